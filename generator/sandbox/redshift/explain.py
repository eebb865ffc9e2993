"""EXPLAIN: DuckDB's plan of a query, its steps named as Redshift names them.

"EXPLAIN" and "Query plan" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.query import translated
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.translate import parse
from generator.sandbox.redshift.types import ColumnType
from generator.sandbox.sql import TokenReader

_TEXT = ColumnType("character varying", (65535,))
_NOTE = "EXPLAIN gives DuckDB's plan in Redshift's words; its steps, costs and numbers of rows are not Redshift's."
_STEPS = {
    "HASH_JOIN": "Hash Join DS_DIST_NONE",
    "NESTED_LOOP_JOIN": "Nested Loop DS_BCAST_INNER",
    "BLOCKWISE_NL_JOIN": "Nested Loop DS_BCAST_INNER",
    "CROSS_PRODUCT": "Nested Loop DS_BCAST_INNER",
    "PIECEWISE_MERGE_JOIN": "Merge Join DS_DIST_NONE",
    "IE_JOIN": "Nested Loop DS_BCAST_INNER",
    "HASH_GROUP_BY": "HashAggregate",
    "PERFECT_HASH_GROUP_BY": "HashAggregate",
    "PARTITIONED_AGGREGATE": "HashAggregate",
    "UNGROUPED_AGGREGATE": "Aggregate",
    "SIMPLE_AGGREGATE": "Aggregate",
    "ORDER_BY": "Sort",
    "TOP_N": "Limit",
    "LIMIT": "Limit",
    "STREAMING_LIMIT": "Limit",
    "WINDOW": "Window",
    "STREAMING_WINDOW": "Window",
    "UNION": "Append",
    "FILTER": "Subquery Scan",
    "DUMMY_SCAN": "Result",
    "EMPTY_RESULT": "Result",
    "COLUMN_DATA_SCAN": "Values Scan",
}


def explain(session: Session, reader: TokenReader) -> Outcome:
    """The EXPLAIN command: a line of the plan a row. The statement is checked and not run."""
    reader.accept("VERBOSE")
    query = _query(_after_as(reader) if reader.looking_at("CREATE") else reader.rest())
    (row,) = session.sql(f"EXPLAIN (FORMAT json) {translated(session, query)}").fetchall()
    differences.report(_NOTE)
    lines = [line for plan in json.loads(row[-1]) for line in _lines(plan, 0)]
    return Outcome((ResultColumn("QUERY PLAN", _TEXT),), [(line,) for line in lines or ["XN Result"]])


def _after_as(reader: TokenReader) -> str:
    """The query of CREATE TABLE AS; of other CREATE statements what EXPLAIN does not take."""
    text = reader.text[reader.peek().start :]
    while not reader.at_end:
        if reader.accept("AS") and reader.peek().upper in ("SELECT", "WITH", "("):
            return reader.rest()
        reader.next()
    return text


def _query(text: str) -> exp.Expr:
    """The statement to plan; of SELECT INTO its query."""
    tree = parse(text)
    if isinstance(tree, exp.Query):
        changed = tree.copy()
        for into in list(changed.find_all(exp.Into)):
            into.pop()
        return changed
    if not isinstance(tree, exp.Insert | exp.Update | exp.Delete):
        raise RedshiftError("EXPLAIN is supported for SELECT, SELECT INTO, CREATE TABLE AS, INSERT, UPDATE and DELETE")
    return tree


def _lines(plan: dict[str, Any], depth: int) -> Iterator[str]:
    step, details = _step(plan)
    if step:
        indent = "  " * depth + ("->  " if depth else "")
        about = plan.get("extra_info", {})
        rows = about.get("Estimated Cardinality", "1")
        yield f"{indent}XN {step}  (cost=0.00..0.00 rows={rows} width=0)"
        for detail in details:
            yield f"{'  ' * (depth + 1)}  {detail}"
    for child in plan.get("children", []):
        yield from _lines(child, depth + 1 + bool(depth and step) if step else depth)


def _step(plan: dict[str, Any]) -> tuple[str, list[str]]:
    """Redshift's name of a step, "" for one that it has not, and what it says of it."""
    name, about = plan.get("name", "").strip(), plan.get("extra_info", {})
    details = []
    if about.get("Filters"):
        details.append(f"Filter: {_one(about['Filters'])}")
    if about.get("Conditions"):
        details.append(f"Hash Cond: ({_one(about['Conditions'])})")
    if about.get("Order By"):
        details.append(f"Sort Key: {_one(about['Order By'])}")
    if name in ("SEQ_SCAN", "TABLE_SCAN"):
        return f"Seq Scan on {str(about.get('Table', '')).rpartition('.')[2]}", details
    return _STEPS.get(name, ""), details


def _one(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " AND ".join(value)


COMMANDS = [(("EXPLAIN",), explain)]
