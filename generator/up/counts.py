"""Rows of the tables that pipelines filled, beside what the sample data hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from generator import query
from generator.model import Table
from generator.sandbox import sample


@dataclass(frozen=True)
class Count:
    """``rows`` is None where there is no such table; ``source`` is None where the sample data don't tell."""

    table: str
    engine: str
    rows: int | None
    source: int | None

    @property
    def is_wrong(self) -> bool:
        return self.source is not None and self.rows != self.source


def source_rows(first: date, last: date, delivered: Mapping[str, int]) -> dict[str, int]:
    """The rows that the examples' tables have once the sample files are loaded; ``delivered`` is rows by key.

    A flight that was corrected is in two files, and once in the tables. The weather's bad delivery is in no table.
    """
    flights = sum(totals.rows for totals in sample.expected_flights(first, last).values())
    in_files = sum(rows for key, rows in delivered.items() if key.startswith("raw/flights/"))
    reference = {f"public.{name}": delivered[f"raw/{name}.csv.gz"] for name in sample.REFERENCE_TABLES}
    weather = {"public.weather": sample.expected_weather(first, last)}
    return {"public.flights": flights, "lake.flights": flights, "lake.flights_raw": in_files, **weather, **reference}


def count(tables: Iterable[Table], values: Mapping[str, Any], source: Mapping[str, int]) -> tuple[Count, ...]:
    """Ask the environment's Redshift and Athena."""
    return tuple(Count(table.name, table.engine, _rows(table, values), source.get(table.name)) for table in tables)


def _rows(table: Table, values: Mapping[str, Any]) -> int | None:
    ask = query.athena if table.engine == "athena" else query.redshift
    try:
        result = ask(f"SELECT count(*) FROM {table.name}", values, 1)
    except query.QueryError:
        return None
    return int(str(result.rows[0][0]))
