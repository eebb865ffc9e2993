"""Values as Athena prints them in GetQueryResults and in result files.

See "Working with query results" (docs.aws.amazon.com/athena/latest/ug/querying.html): every value is text,
NULL is a missing value, result files quote every value that is there.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from generator.sandbox.athena import zones
from generator.sandbox.athena.types import ResultType

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: ResultType


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: its rows, or how many rows it wrote and where (URIs in the manifest)."""

    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[Row, ...] = ()
    header: bool = False
    update_count: int = 0
    scanned_bytes: int = 0
    manifest: tuple[str, ...] | None = None

    def csv(self) -> bytes:
        """The `.csv` result file of a SELECT: a header, all values in quotes, nothing for NULL."""
        lines = [tuple(column.name for column in self.columns), *self.rows]
        return "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode()

    def text(self) -> bytes:
        """The `.txt` result file of DDL and SHOW statements: values parted by tabs."""
        return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows).encode()


def text_row(values: Sequence[object], types: Sequence[ResultType]) -> Row:
    """A row of DuckDB's Python values as text."""
    return tuple(
        None if value is None else render(value, single=kind.name == "float")
        for value, kind in zip(values, types, strict=True)
    )


def render(value: object, *, single: bool = False) -> str:
    """A value as text; `single`: a floating-point number has single precision."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value, single=single)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, tuple | list | dict):
        return _nested(value, single=single)
    return _moment(value)


def _nested(value: tuple[object, ...] | list[object] | dict[object, object], *, single: bool) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(render(item, single=single) for item in value) + "]"
    if isinstance(value, tuple):  # a row without names
        return "{" + ", ".join(f"field{place}={render(item)}" for place, item in enumerate(value)) + "}"
    if value.keys() == {zones.INSTANT, zones.ZONE}:
        return zones.zoned_text(value)
    return "{" + ", ".join(f"{render(key)}={render(item)}" for key, item in value.items()) + "}"


def _moment(value: object) -> str:
    """Dates and times, and what is shown as it is."""
    if isinstance(value, datetime):
        return zones.text(value)
    if isinstance(value, time):
        return zones.text(datetime.combine(date.min, value))[11:]
    return value.isoformat() if isinstance(value, date) else str(value)


def java_double(value: float, *, single: bool = False) -> str:
    """A floating-point number as Java's `Double.toString` (or `Float.toString`) writes it, as Trino does."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    sign, digits, exponent = Decimal(_shortest_single(value) if single else repr(value)).normalize().as_tuple()
    point = len(digits) + int(exponent)
    text = "".join(map(str, digits))
    if -3 < point <= 7:
        whole, fraction = (text[:point].ljust(point, "0"), text[point:]) if point > 0 else ("", "0" * -point + text)
        return f"{'-' * sign}{whole or '0'}.{fraction or '0'}"
    return f"{'-' * sign}{text[0]}.{text[1:] or '0'}E{point - 1}"


def _shortest_single(value: float) -> str:
    packed = struct.pack("f", value)
    candidates = (f"{value:.{digits}g}" for digits in range(1, 10))
    return next(text for text in candidates if struct.pack("f", float(text)) == packed)


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
