"""Trino's functions on DuckDB, by the pages of Trino's "Functions and operators".

A function listed in a section reaches sqlglot as `trino_<name>` with its arguments as they were written; the
functions that sqlglot knows, and whose trees are used, are in `expressions`. What is in neither is refused.
A section's rewrites take the arguments and `kind_of`, which tells DuckDB's type of each.
"""

from __future__ import annotations

import duckdb

from generator.sandbox import section
from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.functions import (
    aggregates,
    arrays,
    binary,
    bits,
    conversion,
    dates,
    geospatial,
    json,
    lambdas,
    maps,
    numbers,
    regexp,
    sql_json,
    teradata,
    text,
    urls,
)
from generator.sandbox.section import Section

SECTIONS: tuple[Section, ...] = (
    aggregates.SECTION,
    arrays.SECTION,
    binary.SECTION,
    bits.SECTION,
    dates.SECTION,
    conversion.SECTION,
    geospatial.SECTION,
    json.SECTION,
    lambdas.SECTION,
    maps.SECTION,
    numbers.SECTION,
    regexp.SECTION,
    sql_json.SECTION,
    teradata.SECTION,
    text.SECTION,
    urls.SECTION,
)
# What begins with an underscore is beneath the functions that queries may name.
NAMES = frozenset(name for each in SECTIONS for name in each.names if not name.startswith("_")) | {*lambdas.EARLY}
# What is rewritten before types are asked for, of the arguments alone.
EARLY = {**lambdas.EARLY, **regexp.EARLY}
REWRITES = {name: rewrite for each in SECTIONS for name, rewrite in each.rewrites.items()}
DIFFERENCES = {name: note for each in SECTIONS for name, note in each.differences.items()}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all functions known in a new database, DuckDB's instance being its own."""
    for each in SECTIONS:
        section.register(connection, each, PREFIX)
    for each in SECTIONS:  # macros call Python functions of other sections, and macros of those before theirs
        section.create(connection, each, PREFIX)
