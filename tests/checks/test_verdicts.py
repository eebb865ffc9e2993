"""Each check's verdict equals a plain evaluation of the same rows in Python, in Redshift's and in Athena's dialect."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import quoting
from generator.checks import statement
from generator.checks.results import results
from generator.checks.wanted import Subject, listed
from generator.model import Column, Engine, Table
from tests.sandbox.conftest import Redshift

RUN_DATE = date(2013, 1, 31)
TYPES: dict[Engine, dict[str, str]] = {
    "redshift": {
        "n": "integer",
        "d": "decimal(6, 2)",
        "x": "double precision",
        "s": "varchar(16)",
        "c": "char(4)",
        "b": "boolean",
        "day": "date",
        "at": "timestamp",
    },
    "athena": {
        "n": "int",
        "d": "decimal(6, 2)",
        "x": "double",
        "s": "string",
        "c": "varchar(4)",
        "b": "boolean",
        "day": "date",
        "at": "timestamp",
    },
}
TRINO = {"int": "integer", "string": "varchar"}
_NUMBERS = itertools.count(1)

Row = dict[str, Any]

# Blanks at the end are no part of a CHAR, and Redshift compares no text by them.
texts = st.text("abAB1_%'\"\\ {}é", max_size=4).map(str.rstrip)
rows = st.fixed_dictionaries(
    {
        "n": st.none() | st.integers(-3, 3),
        "d": st.none() | st.integers(-250, 250).map(lambda cents: Decimal(cents) / 100),
        "x": st.none() | st.integers(-6, 6).map(lambda halves: halves / 2),
        "s": st.none() | texts,
        "c": st.none() | st.text("ab1", max_size=4),
        "b": st.none() | st.booleans(),
        "day": st.none() | st.integers(-3, 3).map(lambda days: RUN_DATE + timedelta(days)),
        "at": st.none() | st.integers(-80, 80).map(lambda hours: datetime(2013, 1, 31) + timedelta(hours=hours)),
    }
)

CONDITIONS: dict[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "n > 0": lambda row: row["n"] is not None and row["n"] > 0,
    "s IS NOT NULL OR b": lambda row: row["s"] is not None or row["b"] is True,
}
PATTERNS = ["^a", "b$", "^[abAB]*$", r"\d", "a.b|1", "^.{2,3}$", "'", r"\\", "é", r"\{", "[^a1]", "^$", r"(ab|_)+%?"]


@dataclass(frozen=True)
class Case:
    """A table with another beside it, and checks of it."""

    rows: list[Row]
    others: list[Row]
    checks: list[dict[str, Any]]
    where: str


def bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    both = st.tuples(values, values).map(lambda pair: {"min": min(pair), "max": max(pair)})
    return both | values.map(lambda value: {"min": value}) | values.map(lambda value: {"max": value})


def on(columns: str, rest: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.sampled_from(columns.split()), rest).map(lambda pair: {"column": pair[0], **pair[1]})


def accepted(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(lambda found: {"column": column, "values": found})


names = st.lists(st.sampled_from("n d s c b day".split()), min_size=1, max_size=3, unique=True)
days = st.integers(-3, 3).map(lambda each: (RUN_DATE + timedelta(each)).isoformat())
times = st.integers(-80, 80).map(lambda hours: str(datetime(2013, 1, 31) + timedelta(hours=hours)))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "row_count": bounds(st.integers(0, 9)),
    "not_null": names,
    "unique": names,
    "accepted_values": accepted("n", st.integers(-3, 3))
    | accepted("s", texts)
    | accepted("c", st.text("ab1", max_size=4))
    | accepted("b", st.booleans())
    | accepted("day", days),
    "range": on("n d x", bounds(st.integers(-3, 3) | st.integers(-6, 6).map(lambda halves: halves / 2)))
    | on("day", bounds(days))
    | on("at", bounds(times)),
    "matches": on("s c", st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern})),
    "length": on("s c", bounds(st.integers(0, 4))),
    "references": st.sampled_from([["n"], ["s"], ["day"], ["n", "c"]]).map(
        lambda columns: {"columns": columns, "table": "lake.others"}
    ),
    "freshness": on("day at", st.integers(1, 100).map(lambda hours: {"within": f"{hours}h"})),
    "same_count": st.sampled_from([{}, {"where": "n > 0"}]).map(lambda more: {"table": "lake.others", **more}),
    "sql": st.just("SELECT n, x FROM checked WHERE n < x;"),
}
TOLERANCES = st.none() | st.sampled_from([1, 2, "10%", "33.4%", "100%"])


@st.composite
def checks(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    made: dict[str, Any] = {kind: draw(KINDS[kind])}
    where, tolerance = draw(st.sampled_from(sorted(CONDITIONS))), draw(TOLERANCES)
    if where and kind != "sql":
        made["where"] = where
    if tolerance is not None and kind not in ("row_count", "freshness"):
        made["max_failures"] = tolerance
    return made


cases = st.builds(
    Case,
    st.lists(rows, max_size=9),
    st.lists(rows, max_size=5),
    st.lists(checks(), min_size=1, max_size=12),
    st.sampled_from(sorted(CONDITIONS)),
)


# What Python says.


def verdicts(case: Case) -> list[tuple[str, bool, int | None]]:
    """Kind, whether it passes, and how many rows fail, for each check in the order of the operator's.

    A plain not_null or unique that is written twice is one check.
    """
    known: set[str] = set()
    inside = [row for row in case.rows if CONDITIONS[case.where](row)]
    found = []
    for check in case.checks:
        kind = next(key for key in KINDS if key in check)
        looked_at = [row for row in inside if CONDITIONS[check.get("where", "")](row)]
        for value in [[name] for name in check[kind]] if kind == "not_null" else [check[kind]]:
            plainly = f"{kind} {value}" if kind in ("not_null", "unique") and len(check) == 1 else ""
            if plainly in known:
                continue
            known.update([plainly] if plainly else [])
            failures = JUDGES[kind](value, looked_at, case.others)
            passed = failures == 0
            if kind not in ("row_count", "freshness"):
                passed = failures <= tolerated(check.get("max_failures", 0), len(looked_at))
            found.append((kind, passed, None if kind in ("row_count", "freshness") else failures))
    return found


def tolerated(limit: int | str, rows: int) -> Decimal:
    return Decimal(limit) if isinstance(limit, int) else Decimal(limit[:-1]) * rows / 100


def outside(value: Any, limits: dict[str, Any]) -> bool:
    if isinstance(value, datetime | date):
        limits = {key: type(value).fromisoformat(limits[key]) for key in limits if key != "column"}
    return value is not None and (
        ("min" in limits and value < limits["min"]) or ("max" in limits and value > limits["max"])
    )


def surplus(columns: list[str], rows: Iterable[Row]) -> int:
    counts = Counter(tuple(row[name] for name in columns) for row in rows)
    return sum(count - 1 for count in counts.values())


def unmatched(columns: list[str], rows: Iterable[Row], others: Iterable[Row]) -> int:
    known = {tuple(row[name] for name in columns) for row in others}
    keys = [tuple(row[name] for name in columns) for row in rows]
    return sum(None not in key and key not in known for key in keys)


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def stale(value: dict[str, Any], rows: Iterable[Row]) -> bool:
    moments = [row[value["column"]] for row in rows if row[value["column"]] is not None]
    newest = max(moments, default=date.min)
    at = newest if isinstance(newest, datetime) else datetime(newest.year, newest.month, newest.day)
    return at < datetime(2013, 2, 1) - timedelta(hours=int(value["within"][:-1]))


Judge = Callable[[Any, list[Row], list[Row]], int]
JUDGES: dict[str, Judge] = {
    "row_count": lambda value, rows, _: int(outside(len(rows), value)),
    "not_null": lambda value, rows, _: sum(row[value[0]] is None for row in rows),
    "unique": lambda value, rows, _: surplus(value, rows),
    "accepted_values": lambda value, rows, _: sum(
        row[value["column"]] is not None and plain(row[value["column"]]) not in value["values"] for row in rows
    ),
    "range": lambda value, rows, _: sum(outside(row[value["column"]], value) for row in rows),
    "matches": lambda value, rows, _: sum(
        row[value["column"]] is not None and not re.search(value["pattern"], row[value["column"]]) for row in rows
    ),
    "length": lambda value, rows, _: sum(
        row[value["column"]] is not None and outside(len(row[value["column"]]), value) for row in rows
    ),
    "references": lambda value, rows, others: unmatched(value["columns"], rows, others),
    "freshness": lambda value, rows, _: int(stale(value, rows)),
    "same_count": lambda value, rows, others: abs(
        len(rows) - sum(CONDITIONS[value.get("where", "")](row) for row in others)
    ),
    "sql": lambda _, rows, __: sum(None not in (row["n"], row["x"]) and row["n"] < row["x"] for row in rows),
}


# What the engines say.


def question(case: Case, engine: Engine, source: str, others: str) -> tuple[str, list[dict[str, Any]]]:
    table = Table("lake.t", "test", tuple(Column(*pair) for pair in TYPES[engine].items()), engine)
    subject = Subject(table, source, table.column_names, case.where)
    select, made = statement.of([*listed(case.checks, subject, keys=False)], subject)
    select = select.replace("{{ run_date }}", RUN_DATE.isoformat()).replace('"lake"."others"', others)
    return select, made


def said(made: list[dict[str, Any]], row: Row) -> list[tuple[str, bool, int | None]]:
    return [(result["kind"], result["passed"], result["failures"]) for result in results(made, row)]


def constant(value: Any, kind: str) -> str:
    if value is None:
        return f"CAST(NULL AS {kind})"
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    return f"CAST({quoting.literal(text)} AS {kind})"


def selected(rows: list[Row], engine: Engine) -> str:
    """A query that gives the rows, with their types."""
    kinds = {name: TRINO.get(kind, kind) for name, kind in TYPES[engine].items()}
    made = [
        "SELECT " + ", ".join(f"{constant(row[name], kind)} AS {name}" for name, kind in kinds.items()) for row in rows
    ]
    empty = "SELECT " + ", ".join(f"{constant(None, kind)} AS {name}" for name, kind in kinds.items()) + " WHERE 1 = 0"
    return "\nUNION ALL\n".join(made) if made else empty


COMMON = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@COMMON
@given(cases)
def test_redshift(redshift: Redshift, case: Case) -> None:
    number = next(_NUMBERS)
    select, made = question(case, "redshift", f"checked_{number}", f"others_{number}")
    described = redshift.batch(
        f"CREATE TABLE checked_{number} AS {selected(case.rows, 'redshift')}",
        f"CREATE TABLE others_{number} AS {selected(case.others, 'redshift')}",
        select,
    )
    answer = redshift.api.get_statement_result(Id=f"{described['Id']}:3")
    (values,) = redshift.rows(f"{described['Id']}:3")
    row = dict(zip([column["name"] for column in answer["ColumnMetadata"]], values, strict=True))
    assert said(made, row) == verdicts(case)


@COMMON
@given(cases)
def test_athena(athena: Any, case: Case) -> None:
    source, others = (f"(\n{selected(each, 'athena')}\n)" for each in (case.rows, case.others))
    select, made = question(case, "athena", f"{source} AS given", f"{others} AS given")
    answer = athena(select)
    assert answer.reason == ""
    row = dict(zip(answer.header, answer.rows[0], strict=True))
    assert said(made, row) == verdicts(case)
