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
    choices = [_values(table, key.name, conditions) for key in table.partition_keys]
    template = table.properties.get("storage.location.template", "")
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


def _values(table: Table, column: str, conditions: Sequence[str]) -> list[str]:
    kind = _property(table, column, "type").lower()
    if kind == "enum":
        return [value.strip() for value in _property(table, column, "values").split(",")]
    if kind == "injected":
        return _injected(column, conditions)
    if kind not in ("integer", "date"):
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection.{column}.type is {kind!r}")
    first, last = (end.strip() for end in _property(table, column, "range").split(","))
    if kind == "integer":
        step = int(_property(table, column, "interval", "1"))
        digits = int(_property(table, column, "digits", "0"))
        return [str(number).zfill(digits) for number in range(int(first), int(last) + 1, step)]
    form = _strftime(_property(table, column, "format"))
    unit = _property(table, column, "interval.unit", "DAYS" if "%d" in form else "MONTHS").upper().rstrip("S")
    step = int(_property(table, column, "interval", "1"))
    return [moment.strftime(form) for moment in _moments(_moment(first, form), _moment(last, form), step, unit)]


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
    now = _NOW.fullmatch(text)
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
    if unit not in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise QueryError(f"INVALID_TABLE_PROPERTY: projection interval unit {unit}")
    return moment + timedelta(**{unit.lower() + "s": count})
