"""What the modules of functions share: Python functions that give NULL for NULL, and Trino's errors in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from generator.sandbox.athena.errors import UnsupportedError
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
    _REFUSED.count += 1
    _REFUSED.what = what
    return ValueError(f"the sandbox can't run this: {what}")


@contextmanager
def none_hidden(sql: str) -> Iterator[None]:
    """Raise UnsupportedError where a TRY in `sql` made a NULL of what the sandbox can't run.

    What other queries are refused meanwhile is taken for this one's: it fails then, which is told, not hidden.
    """
    before = _REFUSED.count
    yield
    if "TRY(" in sql and _REFUSED.count > before:
        raise UnsupportedError(_REFUSED.what)


@dataclass
class _Refused:
    """How many values were refused by now, and the last of them: DuckDB's TRY does not tell."""

    count: int = 0
    what: str = ""


_REFUSED = _Refused()


def _fail(message: str) -> None:
    raise ValueError(message)


# trino_fail("CODE: text") is DuckDB's error() for macros, but may stand in TRY: it gives a NULL of any type.
BASIS = Section(python={"fail": Python(_fail, ("VARCHAR",), '"NULL"')})
