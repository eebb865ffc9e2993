"""What the modules of functions share: Python functions that give NULL for NULL, and Trino's errors in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.sandbox.section import Python, Section


def plain(run: Callable[..., Any], takes: str, gives: str) -> Python:
    """A Python function that gives NULL where an argument is NULL.

    Args:
        run: the function; it never gets None.
        takes: DuckDB's types of its arguments, parted by blanks: "VARCHAR BIGINT".
        gives: DuckDB's type of its result.
    """

    def run_unless_null(*arguments: Any) -> Any:
        return None if None in arguments else run(*arguments)

    return Python(run_unless_null, tuple(takes.split()), gives)


def invalid(message: str) -> ValueError:
    """An argument that Trino refuses when the query runs."""
    return ValueError(f"INVALID_FUNCTION_ARGUMENT: {message}")


def unable(what: str) -> ValueError:
    """An argument that Trino may well take, and the sandbox does not."""
    return ValueError(f"the sandbox can't run this: {what}")


def _fail(message: str) -> None:
    raise ValueError(message)


# trino_fail("CODE: text") is DuckDB's error() for macros, but may stand in TRY: it gives a NULL of any type.
BASIS = Section(python={"fail": Python(_fail, ("VARCHAR",), '"NULL"')})
