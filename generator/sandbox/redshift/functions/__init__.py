"""Redshift's functions on DuckDB, a module for each section of AWS's "SQL functions reference".

A function listed in a section reaches sqlglot as `rs_<name>`, so that sqlglot does not take it for another
database's; what is listed nowhere, neither here nor in `rewrites.SAME`, is refused.
"""

from __future__ import annotations

import duckdb

from generator.sandbox import section
from generator.sandbox.redshift.functions import (
    aggregates,
    arithmetic,
    arrays,
    binary,
    bits,
    casts,
    conversion,
    dates,
    hashing,
    json,
    numbers,
    objects,
    patterns,
    sketches,
    spatial,
    super_types,
    super_values,
    system,
    text,
)
from generator.sandbox.section import Section

PREFIX = "rs_"
SECTIONS: tuple[Section, ...] = (
    aggregates.SECTION,
    arrays.SECTION,
    binary.SECTION,
    bits.SECTION,
    conversion.SECTION,
    dates.SECTION,
    hashing.SECTION,
    json.SECTION,
    numbers.SECTION,
    objects.SECTION,
    patterns.SECTION,
    sketches.SECTION,
    spatial.SECTION,
    super_types.SECTION,
    system.SECTION,
    text.SECTION,
)
# What rewrites and COPY call; no SQL of a user's can.
_INTERNAL = (
    aggregates.INTERNAL,
    arithmetic.INTERNAL,
    arrays.INTERNAL,
    binary.INTERNAL,
    casts.INTERNAL,
    conversion.INTERNAL,
    dates.INTERNAL,
    hashing.INTERNAL,
    json.INTERNAL,
    numbers.INTERNAL,
    objects.INTERNAL,
    patterns.INTERNAL,
    spatial.INTERNAL,
    super_types.INTERNAL,
    super_values.INTERNAL,
    text.INTERNAL,
)
NAMES = frozenset[str]().union(*(each.names for each in SECTIONS))
RETURNS = {name: kind for each in SECTIONS for name, kind in each.returns.items()}
# Words that stand for calls without parentheses.
WORDS = {**dates.WORDS}
REWRITES = {name: rewrite for each in SECTIONS for name, rewrite in each.rewrites.items()}
DIFFERENCES = {name: note for each in SECTIONS for name, note in each.differences.items()}


def create(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Make all functions known in a new database of that name, DuckDB's instance being its own."""
    for each in (*_INTERNAL, *SECTIONS):
        section.register(connection, each, PREFIX)
        section.create(connection, each, PREFIX, database=database)
