"""Operators for Redshift beside the stock RedshiftDataOperator: tables as declared, and encodings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from generator import quoting
from generator.operators.described import redshift_columns
from generator.operators.drift import drift
from generator.operators.report import as_table
from generator.operators.statements import BATCH_LIMIT, StatementsOperator, number

if TYPE_CHECKING:
    from airflow.sdk import Context


class RedshiftTableOperator(StatementsOperator):
    """Creates a table, or brings one that exists to its declaration by adding columns that may be NULL.

    :param table: the table with its schema: public.flights
    :param columns: {name, type, not_null, identity, definition} of each column, where `definition` is what
        ADD COLUMN takes: "dest" char(3) ENCODE bytedict. (templated)
    :param create: statements that make the schema and the table where they do not exist. (templated)
    :param comments: statements that set the comments; sent each time, so that a changed description reaches
        the warehouse. (templated)

    Any other difference fails the task, with what to do about it. Its result says what was done.
    """

    template_fields = (*StatementsOperator.template_fields, "columns", "create", "comments")
    template_fields_renderers = {"create": "sql", "comments": "sql", "columns": "json"}  # noqa: RUF012

    def __init__(
        self,
        *,
        table: str,
        columns: list[dict[str, Any]],
        create: list[str],
        comments: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(sql=[], **kwargs)
        self.table = table
        self.columns = columns
        self.create = create
        self.comments = list(comments)

    def execute(self, context: Context) -> Any:  # noqa: ARG002
        """Compare, and send what is missing."""
        existing = redshift_columns(self.hook.conn, self.target, self.table)
        statements = self.create if not existing else self._additions(existing)
        if not existing:
            self.log.info("%s does not exist yet", self.table)
        elif not statements:
            self.log.info("The columns of %s are as declared", self.table)
        return self.run_statements(in_batches([*statements, *self.comments]))

    def finish(self, statement_ids: Sequence[str]) -> None:
        """All is as declared."""
        self.log.info("%s is up to date (%d batches of statements)", self.table, len(statement_ids))

    def _additions(self, existing: Sequence[Mapping[str, Any]]) -> list[str]:
        found = drift(self.columns, existing, self.table)
        if found.differences:
            listed = "\n".join(f"- {difference}" for difference in found.differences)
            raise AirflowFailException(f"{self.table} is not as its YAML file declares it:\n{listed}")
        name = quoting.table(self.table)
        return [f"ALTER TABLE {name} ADD COLUMN {definition}" for definition in found.additions]


def in_batches(statements: Sequence[str]) -> list[str | list[str]]:
    """Statements as transactions of at most as many as the Data API takes."""
    return [list(statements[start : start + BATCH_LIMIT]) for start in range(0, len(statements), BATCH_LIMIT)]


class RedshiftEncodingReportOperator(StatementsOperator):
    """Reports the column encodings that ANALYZE COMPRESSION would change; it locks the table while it runs.

    :param table: the table with its schema: public.flights

    The task's result is [{column, present, suggested, reduction}], the reduction in percent.
    """

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        super().__init__(sql=[], **kwargs)
        self.table = table

    def execute(self, context: Context) -> Any:  # noqa: ARG002
        """Ask for the present encodings, then for those that Redshift suggests."""
        schema, _, table = self.table.partition(".")
        present = f"""SELECT "column" AS column_name, encoding FROM pg_table_def
WHERE schemaname = {quoting.redshift_string(schema)} AND tablename = {quoting.redshift_string(table)}"""
        # pg_table_def shows the schemas in the search path only.
        search_path = f"SET search_path TO {quoting.identifier(schema)}"
        return self.run_statements([[search_path, present], f"ANALYZE COMPRESSION {quoting.table(self.table)}"])

    def finish(self, statement_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Log the columns whose encoding would change, the greatest reduction first."""
        described, analyzed = statement_ids
        changes = encoding_changes(self.rows(f"{described}:2"), self.rows(analyzed))
        if not changes:
            self.log.info("ANALYZE COMPRESSION would keep all encodings of %s", self.table)
            return changes
        rows = [(row["column"], row["present"], row["suggested"], f"{row['reduction']:.1f} %") for row in changes]
        self.log.info(
            "ANALYZE COMPRESSION would change the encodings of %d columns of %s:\n%s",
            len(changes), self.table, as_table(("column", "present", "suggested", "smaller by"), rows),
        )  # fmt: skip
        return changes


def encoding_changes(
    present: Sequence[Mapping[str, Any]], suggested: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The columns whose encoding ANALYZE COMPRESSION would change, from the rows of pg_table_def and its own."""
    now = {row["column_name"]: _encoding(row["encoding"]) for row in present}
    changes = [
        {
            "column": row["column"].strip(),
            "present": now.get(row["column"].strip(), "unknown"),
            "suggested": _encoding(row["encoding"]),
            "reduction": float(number(row["est_reduction_pct"]) or 0),
        }
        for row in suggested
    ]
    changed = [change for change in changes if change["present"] != change["suggested"]]
    return sorted(changed, key=lambda change: (-change["reduction"], change["column"]))


def _encoding(name: str | None) -> str:
    """Redshift calls no encoding "none" in pg_table_def, and "raw" elsewhere."""
    plain = (name or "none").strip().lower()
    return "raw" if plain == "none" else plain
