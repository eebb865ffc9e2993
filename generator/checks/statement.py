"""The SELECT that answers all checks of a table with one row, and what to make of each of its columns.

What aggregates is counted in one scan of the table; groups, other tables and queries are one-row subqueries beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from generator import quoting
from generator.checks import conditions, history, samples, words
from generator.checks.wanted import ROWS, TOLERANT, Subject, Wanted
from generator.model import seconds

Check = dict[str, Any]
_DAY = 86_400


@dataclass
class _Select:
    """The SELECT as it grows: aggregates of the scan, and subqueries of one row."""

    subject: Subject
    counts: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def count(self, expression: str, name: str) -> str:
        """The column of an aggregate; one that is there already is not counted again."""
        return self.counts.setdefault(expression, f"{name}_{len(self.counts) + 1}")

    def join(self, expression: str, rest: str, name: str) -> str:
        """The column of a subquery of one row: an expression, and what comes after it."""
        number = len(self.joins) + 1
        column = f"{name}_{number}"
        self.joins.append(f"CROSS JOIN (\n  SELECT {expression} AS {column}\n  {rest}\n) AS joined_{number}")
        return column

    def rows(self, where: str) -> str:
        return self.count(_counted(where), "rows")

    @property
    def text(self) -> str:
        inner = ",\n    ".join(f"{expression} AS {name}" for expression, name in self.counts.items())
        where = f"\n  WHERE {self.subject.where}" if self.subject.where else ""
        scan = f"SELECT *\nFROM (\n  SELECT\n    {inner}\n  FROM {self.subject.source}{where}\n) AS counts"
        return "\n".join([scan, *self.joins])


def _counted(condition: str) -> str:
    return f"COUNT(CASE WHEN {condition} THEN 1 END)" if condition else "COUNT(*)"


def of(wanted: Sequence[Wanted], subject: Subject) -> tuple[str, list[Check]]:
    """The SELECT, and each check with the columns that answer it, as :mod:`generator.checks.results` reads them."""
    select = _Select(subject)
    checks = [_check(each, select) for each in wanted]
    select.rows("")  # a scan counts something
    before = samples.rows_as_table(subject) if any(_names_rows(each) for each in wanted) else ""
    return before + select.text, checks


def _names_rows(wanted: Wanted) -> bool:
    return wanted.kind == "sql" and ROWS in wanted.value.lower()


def _check(wanted: Wanted, select: _Select) -> Check:
    check: Check = {"name": wanted.name, "kind": wanted.kind}
    check["severity"] = wanted.options.get("severity", "error")
    for key in ("description", "max_failures"):
        if key in wanted.options:
            check[key] = wanted.options[key]
    check["expected"] = words.expected(wanted, _measured_from(wanted))
    if wanted.kind == "columns":
        return check | _declared(wanted, select.subject)
    check["rows"] = select.rows(wanted.where)
    if wanted.kind == "row_count":
        return check | _row_count(wanted, select.subject)
    if wanted.kind == "freshness":
        return check | _freshness(wanted, select)
    if wanted.kind == "same_count" and "from" in wanted.value:
        return check | {"failures": f"counted:{wanted.name}", "count_file": wanted.value["from"]}
    check["failures"] = _failures(wanted, select)
    if wanted.kind in TOLERANT and (sample := samples.statement(wanted, select.subject)):
        check["sample"] = sample
    if wanted.kind == "sql" and (hidden := samples.hidden(select.subject)):
        check["hidden"] = hidden
    return check


def _declared(wanted: Wanted, subject: Subject) -> Check:
    declared = [{"name": column.name, "type": column.type} for column in subject.table.all_columns]
    return {"table": subject.table.name, "exact": wanted.value == "exact", "declared": declared}


def _row_count(wanted: Wanted, subject: Subject) -> Check:
    check: Check = {key: wanted.value[key] for key in ("min", "max") if key in wanted.value}
    if change := wanted.value.get("change"):
        check["within"] = change["within"]
        check["history"] = history.query(wanted, subject, int(change["of"].split()[0]))
    return check


def _measured_from(wanted: Wanted) -> str:
    if wanted.kind != "freshness":
        return ""
    return "now" if wanted.value.get("of") == "now" else "the end of {{ run_date }}"


def _freshness(wanted: Wanted, select: _Select) -> Check:
    """The newest value is compared by the engine, which knows how to count with its own times."""
    column = select.subject.column(wanted.columns[0])
    name = quoting.identifier(column.name)
    newest = f"MAX(CASE WHEN {wanted.where} THEN {name} END)" if wanted.where else f"MAX({name})"
    age = seconds(wanted.value["within"])
    redshift = select.subject.engine == "redshift"
    if wanted.value.get("of") == "now":
        now = "GETDATE()" if redshift else "CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP)"
        start, shift = now, -age
    else:
        start, shift = "CAST('{{ run_date }}' AS TIMESTAMP)", _DAY - age
    unit = "second" if redshift else "'second'"
    limit = f"{'DATEADD' if redshift else 'DATE_ADD'}({unit}, {shift}, {start})"
    stale = f"CASE WHEN CAST({newest} AS TIMESTAMP) >= {limit} THEN 0 ELSE 1 END"
    check: Check = {"stale": select.count(stale, "stale")}
    if not column.sensitive:
        check["newest"] = select.count(f"CAST({newest} AS VARCHAR)", "newest")
    return check


def _failures(wanted: Wanted, select: _Select) -> str:
    subject = select.subject
    if wanted.kind == "unique":
        columns = quoting.identifiers(wanted.columns)
        rows = f"{subject.source}{conditions.where(subject.where, wanted.where)}"
        groups = f"SELECT COUNT(*) AS times\n    FROM {rows}\n    GROUP BY {columns}\n    HAVING COUNT(*) > 1"
        return select.join("COALESCE(SUM(times - 1), 0)", f"FROM (\n    {groups}\n  ) AS repeated", "repeated")
    if wanted.kind == "references":
        return select.join("COUNT(*)", samples.unmatched(wanted, subject), "unmatched")
    if wanted.kind == "same_count":
        where = conditions.where(wanted.value.get("where", "").strip())
        return select.join("COUNT(*)", f"FROM {quoting.table(wanted.value['table'])}{where}", "others")
    if wanted.kind == "sql":
        return select.join("COUNT(*)", f"FROM (\n{samples.query_of(wanted, subject)}\n  ) AS failing", "returned")
    condition = conditions.both(wanted.where, conditions.failing(wanted, subject))
    return select.count(_counted(condition), "failing")
