"""A trained version into the registry of models, and into use where it is good enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from generator.operators import check_report, log_tables
from generator.operators.statements import StatementsOperator
from generator.registry import gates, statements, tables

if TYPE_CHECKING:
    from airflow.sdk import Context


class MlRegisterOperator(StatementsOperator):
    """Adds a version to the registry, and promotes it where it passes its thresholds, in one transaction.

    :param trained_by: the task that trained the version and kept it
    :param promote_if: a threshold for each metric, and perhaps `compared_to_current`. (templated)
    :param log_schema: the schema of the registry. (templated)

    The task's result is {version, promoted, current_version, checks: a result for each threshold}; a threshold that is
    not met is a warning.
    """

    template_fields = (*StatementsOperator.template_fields, "promote_if", "log_schema")
    template_fields_renderers = {"promote_if": "json"}  # noqa: RUF012

    def __init__(self, *, trained_by: str, promote_if: Mapping[str, str], log_schema: str, **kwargs: Any) -> None:
        super().__init__(sql=[], **kwargs)
        self.trained_by = trained_by
        self.promote_if = promote_if
        self.log_schema = log_schema
        self.subject = "the model"
        self.check_results: list[dict[str, Any]] = []
        self._context: Any = None

    def execute(self, context: Context) -> Any:
        """Make the tables where there are none, and send the transaction."""
        self._context = context
        trained = self._trained()
        log_tables.ensure(self, self.log_schema, tables.TABLES, tables.create(self.log_schema))
        return self.run_statements([self._statements(trained)])

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Resumed by the trigger."""
        self._context = context
        return super().execute_complete(context, event, **kwargs)

    def finish(self, statement_ids: Sequence[str]) -> dict[str, Any]:
        """Tell what became of the version."""
        trained = self._trained()
        (verdict,) = self.rows(f"{statement_ids[0]}:{len(self._statements(trained))}")
        self.rows_written = None  # those of the registry are no data of the pipeline's
        self.subject = f"version {trained['version']} of the model {trained['model']}"
        found = gates.results(self.promote_if, trained["metrics"], verdict, trained["rows"]["test"])
        checks = check_report.conclude(self, self._context, found) if found else {"checks": []}
        now = "is the current one now" if verdict["promoted"] else f"is kept; {verdict['current_version']} is used"
        self.log.info("Version %s of the model %s %s", trained["version"], trained["model"], now)
        told = {"promoted": bool(verdict["promoted"]), "current_version": verdict["current_version"]}
        return {"version": trained["version"], **told, **checks}

    def _trained(self) -> dict[str, Any]:
        found = self._context["ti"].xcom_pull(task_ids=self.trained_by)
        if not isinstance(found, dict):
            raise AirflowFailException(f"'{self.trained_by}' left no result: clear it as well")
        return found

    def _statements(self, trained: Mapping[str, Any]) -> list[str]:
        rows = trained["rows"]
        version = statements.Trained(
            **{name: str(trained[name]) for name in ("model", "version", "kind", "algorithm", "run_date")},
            **{name: str(trained[name]) for name in ("trained_at", "location", "metadata_sha256", "git_commit")},
            pipeline=self._context["dag"].dag_id,
            run_id=self._context["run_id"],
            task=self.task_id,
            rows=int(rows["train"]),
            metrics=trained["metrics"],
        )
        return statements.register(self.log_schema, version, gates.gate(self.promote_if, trained["metrics"]))
