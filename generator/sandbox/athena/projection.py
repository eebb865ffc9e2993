"""Partition projection: partitions that follow from a table's properties instead of the catalog.

See docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import sqlglot
from sqlglot import exp

from generator.sandbox.athena.catalog import Partition, Table, folder, partition_folder
from generator.sandbox.athena.errors import QueryError, UnsupportedError

_MOST_PARTITIONS = 200_000
_JAVA_DATES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?$", re.IGNORECASE)


def is_projected(table: Table) -> bool:
    return table.properties.get("projection.enabled", "false").lower() == "true"


def projected_partitions(table: Table, conditions: Sequence[str]) -> list[Partition]:
    """All partitions that the table's properties describe; `conditions` give the values of injected columns.

    Raises QueryError for properties that are missing or wrong, UnsupportedError for what is not covered.
    """
    names = [key.name for key in table.partition_keys]
    missing = [name for name in names if f"projection.{name}.type" not in table.properties]
    if missing:
        raise QueryError(
            f"HIVE_METASTORE_ERROR: Table {table.name} is configured for partition projection, but the following "
            f"partition columns are missing projection configuration: [{', '.join(missing)}] (table {table.name})"
        )
    choices = [_values(table, key.name, key.type, conditions) for key in table.partition_keys]
    template = table.properties.get("storage.location.template", "")
    if template and not all("${" + name + "}" in template for name in names):
        raise QueryError(f"INVALID_TABLE_PROPERTY: storage.location.template of {table.name} lacks a partition column")
    found: list[Partition] = []
    for values in itertools.product(*choices):
        if len(found) >= _MOST_PARTITIONS:
            raise UnsupportedError(f"partition projection with more than {_MOST_PARTITIONS} partitions")
        found.append(Partition(values, _location(table, values, template)))
    return found


def _location(table: Table, values: Sequence[str], template: str) -> str:
    if not template:
        return partition_folder(table, values)
    for key, value in zip(table.partition_keys, values, strict=True):
        template = template.replace("${" + key.name + "}", value)
    return folder(template)


def _values(table: Table, column: str, hive: str, conditions: Sequence[str]) -> list[str]:
    kind = _property(table, column, "type").strip().lower()
    if kind == "enum":  # blanks are part of a value
        return _property(table, column, "values").split(",")
    if kind == "injected":
        if hive != "string":
            raise QueryError(f"INVALID_TABLE_PROPERTY: the injected column {column} must be of the type string")
        return _injected(column, conditions)
    if kind not in ("integer", "date"):
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection.{column}.type is {kind!r}")
    ends = _property(table, column, "range").split(",")
    if len(ends) != 2:
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection.{column}.range is no pair")
    try:
        return _numbers(table, column, *ends) if kind == "integer" else _dates(table, column, *ends)
    except ValueError as error:
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection.{column}: {error}") from error


def _numbers(table: Table, column: str, first: str, last: str) -> list[str]:
    digits = int(_property(table, column, "digits", "0"))
    numbers = range(int(first), int(last) + 1, _interval(table, column, "1"))
    return [str(number).zfill(digits) for number in numbers]


def _dates(table: Table, column: str, first: str, last: str) -> list[str]:
    """Between days and between months the interval is one; between others it must be given."""
    form = _strftime(_property(table, column, "format"))
    finest = next((code for code in ("%S", "%M", "%H", "%d", "%m", "%Y") if code in form), "")
    default = {"%d": "DAYS", "%m": "MONTHS"}.get(finest)
    step = _interval(table, column, None if default is None else "1")
    unit = _property(table, column, "interval.unit", default).strip().upper().rstrip("S")
    return [moment.strftime(form) for moment in _moments(_moment(first, form), _moment(last, form), step, unit)]


def _interval(table: Table, column: str, default: str | None) -> int:
    step = int(_property(table, column, "interval", default))
    if step < 1:
        raise ValueError(f"the interval {step}")
    return step


def _property(table: Table, column: str, name: str, default: str | None = None) -> str:
    key = f"projection.{column}.{name}"
    value = table.properties.get(key, default)
    if value is None:
        raise QueryError(f"INVALID_TABLE_PROPERTY: Table {table.name} is missing the table property {key}")
    return value


def _injected(column: str, conditions: Sequence[str]) -> list[str]:
    for condition in conditions:
        parsed = sqlglot.parse_one(condition, read="duckdb")
        found = [parsed.expression] if isinstance(parsed, exp.EQ) else parsed.expressions
        named = isinstance(parsed, exp.EQ | exp.In) and parsed.this.name.lower() == column
        if named and found and all(isinstance(value, exp.Literal) for value in found):
            return [value.name for value in found]
    raise QueryError(
        f"CONSTRAINT_VIOLATION: For the injected projected partition column {column}, the WHERE clause must "
        "contain only static equality conditions, and at least one such condition must be present."
    )


def _strftime(java: str) -> str:
    form = re.sub("|".join(_JAVA_DATES), lambda match: _JAVA_DATES[match[0]], java)
    if re.search(r"(?<!%)[A-Za-z']", form):
        raise UnsupportedError(f"the projection format {java!r}")
    return form


def _moment(text: str, form: str) -> datetime:
    now = _NOW.fullmatch(text.strip())
    if not now:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    moment = datetime.now(UTC)
    if now[2]:
        moment = _shift(moment, int(f"{now[1]}{now[2]}"), now[3].upper())
    return datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC)


def _moments(first: datetime, last: datetime, step: int, unit: str) -> Iterator[datetime]:
    for count in itertools.count():
        moment = _shift(first, count * step, unit)
        if moment > last:
            return
        yield moment


def _shift(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("MONTH", "YEAR"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEAR" else 1)
        year, month = months // 12, months % 12 + 1
        last_day = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
        return moment.replace(year=year, month=month, day=min(moment.day, last_day))
    if unit == "MILLISECOND":
        raise UnsupportedError("partition projection in steps of milliseconds")
    if unit not in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection interval unit {unit}")
    return moment + timedelta(**{unit.lower() + "s": count})
