"""What our Redshift operators share: statements one after another through the Data API, and clear errors."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.common.compat.sdk import AirflowException

from generator import sql_comment as comments
from generator.operators import check_report, earlier
from generator.operators.triggers import StatementsTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

Statements = str | list[str]

# Amazon Redshift Data API Reference, BatchExecuteStatement: "Sqls: … Maximum number of 40 items".
BATCH_LIMIT = 40
_SHOWN_SQL = 300
_WRITES = ("insert", "update", "merge", "copy")


class StatementsOperator(RedshiftDataOperator):
    """Sends statements one after another, deferred in between: no worker is held while Redshift works.

    A string is one statement; a list of at most 40 is one transaction. A subclass calls `run_statements` from
    `execute` and gets the statements' ids in `finish`, perhaps in another process. It takes the arguments of
    RedshiftDataOperator, and is deferrable unless told otherwise.

    :param sql_comment: a comment that goes before each statement. (templated)

    `statement_ids` are the statements of this try that are known, `rows_written` the rows that they wrote.
    """

    template_fields = (*RedshiftDataOperator.template_fields, "sql_comment")

    def __init__(self, *, deferrable: bool = True, sql_comment: str = "", **kwargs: Any) -> None:
        super().__init__(deferrable=deferrable, **kwargs)
        self.sql_comment = sql_comment
        self.statement_ids: list[str] = []
        self.rows_written: int | None = None

    def pre_execute(self, context: Any) -> None:
        """End what a killed worker left running: of an earlier try, and before a clean-up of all tasks of its group."""
        if self.statement_name and (self.is_teardown or context["ti"].try_number > 1):
            earlier.end(self.hook.conn, self.statement_name, of_group=self.is_teardown)

    def finish(self, statement_ids: Sequence[str]) -> Any:
        """Called when all statements have run; what it returns is the task's result."""
        raise NotImplementedError

    def run_statements(self, waiting: Sequence[Statements], finished: Sequence[str] = ()) -> Any:
        """Send what is waiting, defer while it runs, and finish.

        Raises AirflowException with Redshift's own message where a statement fails.
        """
        done = list(finished)
        self.statement_ids = list(finished)
        for position, sql in enumerate(waiting):
            self.statement_id = self._send(sql)
            self.statement_ids.append(self.statement_id)
            if not self._has_finished(self.statement_id):
                self._wait(waiting[position + 1 :], done)
            done.append(self.statement_id)
        return self.finish(done)

    def run_now(self, sql: Statements) -> str:
        """Run what is short without deferring; the statement's id. `sql` is as in `run_statements`.

        Raises AirflowException with Redshift's own message, or where it is not short: then it is cancelled.
        """
        statement_id = self._send(sql)
        if not check_report.wait(lambda: self._has_finished(statement_id)):
            self.hook.conn.cancel_statement(Id=statement_id)
            raise AirflowException(f"statement {statement_id} takes too long")
        return statement_id

    def execute_complete(
        self,
        context: Context,  # noqa: ARG002
        event: dict[str, Any] | None = None,
    ) -> Any:
        """Resumed by the trigger: go on with the statements that are waiting, which its event holds."""
        event = event or {}
        statement_id = event.get("statement_id") or ""
        self.statement_ids = [*event.get("finished", ()), statement_id]
        if not self._has_finished(statement_id):
            message = event.get("message", "no message")
            raise AirflowException(f"the trigger lost sight of statement {statement_id}: {message}")
        return self.run_statements(event.get("waiting", ()), self.statement_ids)

    def rows(self, statement_id: str) -> list[dict[str, Any]]:
        """The result of a statement: a dict of column name to value for each row."""
        names: list[str] = []
        rows: list[dict[str, Any]] = []
        request = {"Id": statement_id}
        while True:
            page = self.hook.conn.get_statement_result(**request)
            names = names or [column["name"] for column in page["ColumnMetadata"]]
            rows += [dict(zip(names, map(field_value, record), strict=True)) for record in page["Records"]]
            if not page.get("NextToken"):
                return rows
            request["NextToken"] = page["NextToken"]

    @property
    def target(self) -> dict[str, Any]:
        """Where the statements run, in the Data API's words."""
        return target_of(self, self.database)

    @property
    def _cancelling(self) -> dict[str, bool]:
        """Whether the trigger cancels the statement of a task that is killed; older providers have no such word."""
        return {"cancel_on_kill": self.cancel_on_kill} if hasattr(self, "cancel_on_kill") else {}

    def _send(self, sql: Statements) -> str:
        statements = [sql] if isinstance(sql, str) else sql
        self.log.info("Sending to Redshift:\n%s", ";\n".join(statement.strip() for statement in statements))
        statements = [comments.signed(self.sql_comment, statement) for statement in statements]
        request = {**self.target, **({"StatementName": self.statement_name} if self.statement_name else {})}
        if isinstance(sql, str):
            return str(self.hook.conn.execute_statement(Sql=statements[0], **request)["Id"])
        return str(self.hook.conn.batch_execute_statement(Sqls=statements, **request)["Id"])

    def _has_finished(self, statement_id: str) -> bool:
        answer = self.hook.conn.describe_statement(Id=statement_id)
        if answer["Status"] in ("FAILED", "ABORTED"):
            raise AirflowException(failure(answer))
        if answer["Status"] != "FINISHED":
            return False
        self.rows_written = written(answer, self.rows_written)
        return True

    def _wait(self, waiting: Sequence[Statements], finished: Sequence[str]) -> None:
        while not self.deferrable:
            time.sleep(self.poll_interval)
            if self._has_finished(self.statement_id):
                return
        self.defer(
            timeout=self.execution_timeout,
            trigger=StatementsTrigger(
                waiting=waiting,
                finished=finished,
                statement_id=self.statement_id,
                task_id=self.task_id,
                poll_interval=self.poll_interval,
                aws_conn_id=self.aws_conn_id,
                region_name=self.region_name,
                verify=self.verify,
                botocore_config=self.botocore_config,
                **self._cancelling,
            ),
            method_name="execute_complete",
        )


def target_of(operator: Any, database: str | None) -> dict[str, Any]:
    """A database that an operator with RedshiftDataOperator's arguments reaches, in the Data API's words."""
    target = {
        "Database": database,
        "WorkgroupName": operator.workgroup_name,
        "ClusterIdentifier": operator.cluster_identifier,
        "DbUser": operator.db_user,
        "SecretArn": operator.secret_arn,
    }
    return {name: value for name, value in target.items() if value is not None}


def failure(answer: Mapping[str, Any]) -> str:
    """Why a statement failed, in Redshift's words first, from an answer of DescribeStatement."""
    parts = answer.get("SubStatements") or []
    failed = [(place, part) for place, part in enumerate(parts, 1) if part["Status"] in ("FAILED", "ABORTED")]
    where, error, sql = "statement", answer.get("Error"), answer.get("QueryString")
    if failed:
        place, part = failed[0]
        where, error, sql = (
            f"statement {place} of {len(parts)}",
            part.get("Error") or error,
            part.get("QueryString"),
        )
    lines = [f"{error or 'the statement was aborted'} ({where}, id {answer['Id']})"]
    if sql:
        shown = comments.without(sql.strip())
        lines.append(shown if len(shown) <= _SHOWN_SQL else shown[:_SHOWN_SQL] + " …")
    return "\n".join(lines)


def written(answer: Mapping[str, Any], before: int | None = None) -> int | None:
    """How many rows the statements of an answer of DescribeStatement wrote, added to `before`; None where none did."""
    counts = [] if before is None else [before]
    for statement in answer.get("SubStatements") or [answer]:
        words = comments.without(statement.get("QueryString", "").lstrip()).lower()
        # -1 is the Data API's word for "not known".
        if words.startswith(_WRITES) and statement.get("ResultRows", -1) >= 0:
            counts.append(statement["ResultRows"])
    return sum(counts) if counts else None


def field_value(field: Mapping[str, Any]) -> Any:
    """A value of GetStatementResult: int, float, bool, str (also for exact numbers and dates), or None."""
    if field.get("isNull"):
        return None
    return next(iter(field.values()))


def number(value: Any) -> Decimal | None:
    """A value as an exact number, or None where it is none: NULL, NaN, and text that holds no number."""
    if value is None:
        return None
    try:
        found = Decimal(str(int(value) if isinstance(value, bool) else value))
    except InvalidOperation:
        return None
    return None if found.is_nan() else found
