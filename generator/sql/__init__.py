"""SQL as users write it: split, checked in its dialect, and searched for the tables and columns that it touches."""

from generator.sql.analysis import SqlKind, Statement, analyse, check_columns, check_condition, limits
from generator.sql.columns import Declared
from generator.sql.scanner import split

__all__ = ["Declared", "SqlKind", "Statement", "analyse", "check_columns", "check_condition", "limits", "split"]
