"""Identifiers and literals in SQL text. Every name and value that is put into SQL passes through here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.model import Engine

_JINJA = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)


def identifier(name: str) -> str:
    """A quoted identifier, the same in Redshift and Athena's SELECT and INSERT."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Iterable[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def table(name: str) -> str:
    """A quoted table name: ``public.flights`` becomes ``"public"."flights"``."""
    return ".".join(identifier(part) for part in name.split("."))


def hive_identifier(name: str) -> str:
    """A quoted identifier for Athena's DDL, which follows Hive."""
    return "`" + name.replace("`", "``") + "`"


def hive_table(name: str) -> str:
    return ".".join(hive_identifier(part) for part in name.split("."))


def literal(text: str) -> str:
    """A string literal that Redshift, where a backslash escapes, and Athena, where it does not, read alike."""
    quoted = "'" + text.replace("'", "''") + "'"
    if "\\" not in text:
        return quoted
    parts = ("'" + part.replace("'", "''") + "'" for part in text.split("\\"))
    return "(" + " || CHR(92) || ".join(parts) + ")"


def redshift_string(text: str) -> str:
    """A plain string constant for Redshift's commands that take no expression, such as COMMENT ON."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def option(text: str) -> str:
    """The value of an option of COPY or UNLOAD, in which a backslash stands for itself: DELIMITER '\\t'.

    Jinja in it stays as it is written: quotes there are Jinja's own.
    """
    parts = _JINJA.split(text)
    parts[::2] = [part.replace("'", "''") for part in parts[::2]]
    return f"'{''.join(parts)}'"


def constant(text: str, engine: Engine) -> str:
    """A string constant in the words of its engine: in Redshift a backslash escapes, in Athena it stands for itself.

    Jinja in it stays as it is written.
    """
    parts = _JINJA.split(text)
    parts[::2] = [part.replace("'", "''") for part in parts[::2]]
    if engine == "redshift":
        parts[::2] = [part.replace("\\", "\\\\") for part in parts[::2]]
    return f"'{''.join(parts)}'"
