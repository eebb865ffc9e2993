"""When a row fails a check, as an SQL condition. NULL fails no check but not_null: the condition is not true of it."""

from __future__ import annotations

from collections.abc import Iterator

from generator import quoting
from generator.checks import values
from generator.checks.wanted import Subject, Wanted


def failing(wanted: Wanted, subject: Subject) -> str:
    """The condition that is true of the rows that fail."""
    column = subject.column(wanted.columns[0])
    name = quoting.identifier(column.name)
    if wanted.kind == "not_null":
        return f"{name} IS NULL"
    if wanted.kind == "accepted_values":
        accepted = (values.constant(column, value, subject.engine) for value in wanted.value["values"])
        return f"{name} NOT IN ({', '.join(accepted)})"
    if wanted.kind == "range":
        bounds = {key: values.constant(column, wanted.value[key], subject.engine) for key in _bounds(wanted)}
        return _outside(name, bounds)
    text = values.text(column)
    if wanted.kind == "length":
        size = f"LEN({text})" if subject.engine == "redshift" else f"LENGTH({text})"
        return _outside(size, {key: str(wanted.value[key]) for key in _bounds(wanted)})
    pattern = quoting.constant(wanted.value["pattern"], subject.engine)
    return f"{text} !~ {pattern}" if subject.engine == "redshift" else f"NOT REGEXP_LIKE({text}, {pattern})"


def _bounds(wanted: Wanted) -> Iterator[str]:
    return (key for key in ("min", "max") if key in wanted.value)


def _outside(what: str, bounds: dict[str, str]) -> str:
    signs = {"min": "<", "max": ">"}
    return " OR ".join(f"{what} {signs[key]} {bound}" for key, bound in bounds.items())


def both(*conditions: str) -> str:
    """All conditions at once; empty ones are left out."""
    given = [condition for condition in conditions if condition]
    return " AND ".join(f"({condition})" for condition in given) if len(given) > 1 else "".join(given)


def where(*conditions: str) -> str:
    """A WHERE of all conditions, with the space before it; nothing where there are none."""
    combined = both(*conditions)
    return f" WHERE {combined}" if combined else ""
