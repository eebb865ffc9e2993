"""Jinja as users write it: checked, and rendered with placeholders, without Airflow."""

from generator.jinja.checking import NAMES, Scope, check, origin

__all__ = ["NAMES", "Scope", "check", "origin"]
