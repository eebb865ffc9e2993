"""Twenty checks of a table in the sandbox, on both engines, against one SELECT with the same aggregates, by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import measure, sandbox
from benchmarks.measure import Comparison, NotMeasuredError, Report
from benchmarks.sandbox import BUCKET, Server
from generator import quoting
from generator.checks import results, statement
from generator.checks.wanted import Subject, listed
from generator.model import Column, Engine, Table

_GOAL = 1.5
_DAY = "2013-12-28"
_CARRIERS = "('UA'), ('B6'), ('EV'), ('DL'), ('AA'), ('MQ'), ('US'), ('9E'), ('WN'), ('VX')"
_TYPES: dict[Engine, tuple[str, ...]] = {
    "redshift": ("integer", "varchar(2)", "date", "integer", "double precision"),
    "athena": ("int", "string", "date", "int", "double"),
}
_CHECKS: tuple[dict[str, Any], ...] = (
    {"row_count": {"min": 1}},
    {"not_null": ["id", "carrier", "flight_date", "distance", "delay"]},
    {"unique": ["id"]},
    {"accepted_values": {"column": "carrier", "values": ["UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E", "WN", "VX"]}},
    {"accepted_values": {"column": "carrier", "values": ["UA", "B6"]}, "max_failures": "90%"},
    {"range": {"column": "id", "min": 0}},
    {"range": {"column": "distance", "min": 80, "max": 4983}},
    {"range": {"column": "delay", "min": -60, "max": 600}},
    {"range": {"column": "delay", "max": 60}, "max_failures": "95%"},
    {"range": {"column": "flight_date", "min": "2013-01-01", "max": "2013-12-31"}},
    {"matches": {"column": "carrier", "pattern": "^[A-Z0-9]{2}$"}},
    {"matches": {"column": "carrier", "pattern": "^[A-Z]"}, "where": "distance > 1000", "max_failures": "20%"},
    {"length": {"column": "carrier", "min": 2, "max": 2}},
    {"freshness": {"column": "flight_date", "within": "2d"}},
    {"references": {"columns": ["carrier"], "table": "lake.carriers", "to": ["code"]}},
    {"same_count": {"table": "lake.carriers"}, "max_failures": "100%"},
)
# A column for each check, in their order; what rows fail is counted as most people do it. the words in
# braces are those in which the engines differ.
_BY_HAND = """\
SELECT
    COUNT(*) AS c1,
    SUM(CASE WHEN id IS NULL THEN 1 ELSE 0 END) AS c2,
    SUM(CASE WHEN carrier IS NULL THEN 1 ELSE 0 END) AS c3,
    SUM(CASE WHEN flight_date IS NULL THEN 1 ELSE 0 END) AS c4,
    SUM(CASE WHEN distance IS NULL THEN 1 ELSE 0 END) AS c5,
    SUM(CASE WHEN delay IS NULL THEN 1 ELSE 0 END) AS c6,
    COUNT(id) - COUNT(DISTINCT id) AS c7,
    SUM(CASE WHEN carrier NOT IN ('UA', 'B6', 'EV', 'DL', 'AA', 'MQ', 'US', '9E', 'WN', 'VX') THEN 1 ELSE 0 END) AS c8,
    SUM(CASE WHEN carrier NOT IN ('UA', 'B6') THEN 1 ELSE 0 END) AS c9,
    SUM(CASE WHEN id < 0 THEN 1 ELSE 0 END) AS c10,
    SUM(CASE WHEN distance NOT BETWEEN 80 AND 4983 THEN 1 ELSE 0 END) AS c11,
    SUM(CASE WHEN delay NOT BETWEEN -60 AND 600 THEN 1 ELSE 0 END) AS c12,
    SUM(CASE WHEN delay > 60 THEN 1 ELSE 0 END) AS c13,
    SUM(CASE WHEN flight_date NOT BETWEEN DATE '2013-01-01' AND DATE '2013-12-31' THEN 1 ELSE 0 END) AS c14,
    SUM(CASE WHEN {not_two_signs} THEN 1 ELSE 0 END) AS c15,
    SUM(CASE WHEN distance > 1000 AND {no_letter} THEN 1 ELSE 0 END) AS c16,
    SUM(CASE WHEN {size}(carrier) <> 2 THEN 1 ELSE 0 END) AS c17,
    MAX(flight_date) AS c18,
    (SELECT COUNT(*) FROM lake.flights WHERE carrier NOT IN (SELECT code FROM lake.carriers)) AS c19,
    (SELECT COUNT(*) FROM lake.carriers) AS c20
FROM lake.flights
"""
_WORDS: dict[Engine, dict[str, str]] = {
    "redshift": {
        "not_two_signs": "carrier !~ '^[A-Z0-9]{2}$'",
        "no_letter": "carrier !~ '^[A-Z]'",
        "size": "LEN",
    },
    "athena": {
        "not_two_signs": "NOT REGEXP_LIKE(carrier, '^[A-Z0-9]{2}$')",
        "no_letter": "NOT REGEXP_LIKE(carrier, '^[A-Z]')",
        "size": "LENGTH",
    },
}


_RUN: dict[Engine, Callable[[Server, str], list[dict[str, Any]]]] = {
    "redshift": sandbox.redshift,
    "athena": sandbox.athena,
}


def compare(scratch: Path, rows: int, repetitions: int) -> Report:
    """From the call of the API to the verdicts; for the peer, to the row in the client's hands."""
    comparisons, figures = [], []
    with sandbox.serving() as server:
        sandbox.load_flights(server, scratch, rows)
        _make_carriers(server)
        for engine, run in _RUN.items():
            check = functools.partial(_verdicts, server, engine, *_compiled(engine))
            by_hand = functools.partial(run, server, _BY_HAND.format(**_WORDS[engine]))
            _compare_counts(check(), by_hand())
            what = f"20 checks of {rows:,} rows in {engine.capitalize()}"
            ours, peer = measure.repeated({"compiled": check, "one SELECT by hand": by_hand}, repetitions, what)
            comparisons.append(Comparison(f"{what}: compiled / one SELECT by hand", ours, peer, _GOAL))
            figures += [ours, peer]
    return Report(tuple(comparisons), tuple(figures))


def _make_carriers(server: Server) -> None:
    sandbox.redshift(server, "CREATE TABLE lake.carriers (code VARCHAR(2))")
    sandbox.redshift(server, f"INSERT INTO lake.carriers VALUES {_CARRIERS}")
    sandbox.athena(
        server,
        f"CREATE TABLE lake.carriers WITH (format = 'PARQUET', external_location = 's3://{BUCKET}/carriers/') AS "
        f"SELECT code FROM (VALUES {_CARRIERS}) AS listed (code)",
    )


def _compiled(engine: Engine) -> tuple[str, list[dict[str, Any]]]:
    """The SELECT as it is compiled for a task, and what to make of its columns."""
    names = ("id", "carrier", "flight_date", "distance", "delay")
    columns = tuple(Column(name, kind) for name, kind in zip(names, _TYPES[engine], strict=True))
    subject = Subject(Table("lake.flights", "benchmark", columns, engine), quoting.table("lake.flights"), names)
    select, checks = statement.of([*listed(_CHECKS, subject, keys=False)], subject)
    return select.replace("{{ run_date }}", _DAY), checks


def _verdicts(server: Server, engine: Engine, select: str, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (row,) = _RUN[engine](server, select)
    return results.results(checks, row)


def _compare_counts(verdicts: list[dict[str, Any]], by_hand: list[dict[str, Any]]) -> None:
    """Raises NotMeasuredError where the two SELECTs do not find the same."""
    ours = [_found(verdict) for verdict in verdicts]
    peer = [str(value).partition(".")[0] for value in by_hand[0].values()]
    if ours != peer or not all(verdict["passed"] for verdict in verdicts):
        raise NotMeasuredError(f"the checks find {ours}, the SELECT by hand {peer}")


def _found(verdict: dict[str, Any]) -> str:
    """What a check counted, as the column of the SELECT by hand has it."""
    if verdict["kind"] == "freshness":
        return str(verdict["found"])
    if verdict["kind"] == "row_count":
        return str(verdict["rows"])
    return str(verdict["rows"] - verdict["failures"] if verdict["kind"] == "same_count" else verdict["failures"])
