"""Checks of rows in Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.triggers.athena import AthenaTrigger
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from botocore.exceptions import BotoCoreError, ClientError

from generator import sql_comment
from generator.checks.results import results
from generator.operators import check_report, described

if TYPE_CHECKING:
    from airflow.sdk import Context


class AthenaCheckOperator(AthenaOperator):
    """Runs one SELECT that gives one row, and tells from it which checks pass; deferrable unless told otherwise.

    :param query: the SELECT. (templated)
    :param checks: what to make of its columns, as generator.checks.statement gives it. (templated)
    :param subject: what is checked, for messages: "lake.flights". (templated)
    :param log_schema: the schema of the run log, for checks that compare with earlier runs. (templated)
    :param log_database: the database of Redshift that has the run log; empty where there is none. (templated)
    :param workgroup_name: where that database is, as for Redshift's operators; likewise `cluster_identifier`, `db_user`
        and `secret_arn`.

    The task's result is {"checks": [a result for each]}, also that of a task that fails. Rows that fail are asked for
    with a query for each failed check. A failed check is not tried again: the data would be the same.
    """

    template_fields = (*AthenaOperator.template_fields, "checks", "subject", "log_schema", "log_database")

    def __init__(
        self,
        *,
        checks: list[dict[str, Any]],
        subject: str = "the rows",
        log_schema: str = "",
        log_database: str = "",
        workgroup_name: str | None = None,
        cluster_identifier: str | None = None,
        db_user: str | None = None,
        secret_arn: str | None = None,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(deferrable=deferrable, **kwargs)
        self.checks = checks
        self.subject = subject
        self.log_schema = log_schema
        self.log_database = log_database
        self.workgroup_name = workgroup_name
        self.cluster_identifier = cluster_identifier
        self.db_user = db_user
        self.secret_arn = secret_arn
        self.check_results: list[dict[str, Any]] = []
        self._context: Any = None

    def execute(self, context: Context) -> Any:
        """Submit the SELECT, and wait, deferred, for its end."""
        self._context = context
        self.query_execution_id = self._submit(self.query)
        if self.deferrable:
            self.defer(
                trigger=AthenaTrigger(
                    query_execution_id=self.query_execution_id,
                    waiter_delay=self.sleep_time,
                    waiter_max_attempts=self.max_polling_attempts,
                    aws_conn_id=self.aws_conn_id,
                    region_name=self.region_name,
                    verify=self.verify,
                    botocore_config=self.botocore_config,
                ),
                method_name="execute_complete",
            )
        self.hook.poll_query_status(
            self.query_execution_id, max_polling_attempts=self.max_polling_attempts, sleep_time=self.sleep_time
        )
        return self._finish(self.query_execution_id)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Resumed by the trigger: raise AirflowException with Athena's reason where the query failed."""
        self._context = context
        self.query_execution_id = (event or {}).get("value")
        if not self.query_execution_id:
            raise AirflowException(f"the trigger lost sight of the query: {(event or {}).get('message', 'no message')}")
        return self._finish(self.query_execution_id)

    def _submit(self, query: str) -> str:
        context = {**self.query_execution_context, "Catalog": self.catalog}
        if self.database:
            context["Database"] = self.database
        result = {**self.result_configuration}
        if self.output_location:
            result["OutputLocation"] = self.output_location
        return str(self.hook.run_query(query, context, result, None, self.workgroup))

    def _has_finished(self, query: str) -> bool:
        status = self.hook.check_query_status(query)
        if status in AthenaHook.FAILURE_STATES:
            raise AirflowException(f"{self.hook.get_state_change_reason(query) or status} (Athena query {query})")
        return status == "SUCCEEDED"

    def _finish(self, query: str) -> Any:
        if not self._has_finished(query):
            raise AirflowException(f"the query takes too long (Athena query {query})")
        found = self._results(query)
        for place in check_report.to_sample(self.checks, found):
            try:
                self._sample(place, found)
            except (AirflowException, BotoCoreError, ClientError) as error:
                self.log.warning("The rows that fail can't be shown: %s", error)
                break
        return check_report.conclude(self, self._context, found)

    def _sample(self, place: int, found: list[dict[str, Any]]) -> None:
        """Fetch rows that fail a check, without deferring: it is short, or given up."""
        query = self._submit(self.checks[place]["sample"])
        if not check_report.wait(lambda: self._has_finished(query)):
            self.hook.stop_query(query)
            raise AirflowException("the query for them takes too long")
        found[place]["samples"] = check_report.sample(self.checks[place], self._rows(query))

    def _results(self, query: str) -> list[dict[str, Any]]:
        rows = self._rows(query)
        if len(rows) != 1:
            raise AirflowFailException(f"the checks' query gave {len(rows)} rows, and must give one")
        row: dict[str, Any] = {**rows[0], **self._history()}
        for check in self.checks:
            if check["kind"] == "columns":
                types = described.athena_types(self.hook.conn, self.catalog, check["table"])
                row[f"differences:{check['name']}"] = [*described.differences(check, types, "athena")]
        return results(self.checks, row | check_report.counts(self))

    def _history(self) -> dict[str, Any]:
        """The row counts of earlier runs, or why there are none: a log that can't be read fails no task."""
        compared = [check for check in self.checks if "history" in check]
        reason = "this environment has no Redshift, where the run log is"
        if compared and self.log_database:
            try:
                counts = self._earlier([check["history"] for check in compared])
                return {f"history:{check['name']}": found for check, found in zip(compared, counts, strict=True)}
            except (AirflowException, BotoCoreError, ClientError) as error:
                self.log.warning("The row counts of earlier runs can't be read: %s", error)
                reason = f"the run log can't be read: {str(error).splitlines()[0]}"
        return {f"no_history:{check['name']}": reason for check in compared}

    def _earlier(self, queries: list[str]) -> list[list[int]]:
        # Most tasks never ask, and Airflow reads this module each time that it parses a DAG.
        from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook

        from generator.operators.earlier_runs import row_counts
        from generator.operators.statements import target_of

        hook = RedshiftDataHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            config=self.botocore_config,
        )
        target = target_of(self, self.log_database)
        return row_counts(hook.conn, target, self.log_schema, queries, sql_comment.of_statement(self.query))

    def _rows(self, query: str) -> list[dict[str, str | None]]:
        """The rows of a SELECT, which repeats its columns' names in the first one."""
        hook: AthenaHook = self.hook
        client: Any = hook.conn
        found = client.get_query_results(QueryExecutionId=query)["ResultSet"]
        names = [column["Name"] for column in found["ResultSetMetadata"]["ColumnInfo"]]
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"][1:]]
        return [dict(zip(names, row, strict=True)) for row in rows]
