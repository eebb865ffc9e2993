"""The steps that templates are made of: operators of the Amazon provider, or ours, with arguments that keep them safe.

All of them defer, so that a waiting task holds no worker. ``durable`` is for the case that deferring is switched off:
a re-run task would otherwise take an old statement's result for its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator import sql, template
from generator.checks import history, statement
from generator.checks.wanted import Subject, listed
from generator.model import Task, seconds
from generator.template import Step

REDSHIFT_STATEMENTS = "generator.operators.redshift_statements.RedshiftStatementsOperator"
REDSHIFT_CHECK = "generator.operators.redshift_check.RedshiftCheckOperator"
REDSHIFT_TABLE = "generator.operators.redshift.RedshiftTableOperator"
REDSHIFT_ENCODINGS = "generator.operators.redshift.RedshiftEncodingReportOperator"
RESUME_CLUSTER = "generator.operators.redshift_cluster.RedshiftResumeClusterOperator"
PAUSE_CLUSTER = "generator.operators.redshift_cluster.RedshiftPauseClusterOperator"
ATHENA = "airflow.providers.amazon.aws.operators.athena.AthenaOperator"
ATHENA_INSERT = "generator.operators.athena.AthenaInsertOperator"
ATHENA_STAGE = "generator.operators.athena_staged.AthenaStageOperator"
ATHENA_PUBLISH = "generator.operators.athena_staged.AthenaPublishOperator"
ATHENA_DROP = "generator.operators.athena_staged.AthenaDropStagedOperator"
ATHENA_CHECK = "generator.operators.athena_check.AthenaCheckOperator"
S3_KEYS = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"

_POLL_SECONDS = 5


def redshift(
    task: Task,
    statements: str | Sequence[str] | None,
    name: str = "",
    *,
    after: tuple[str, ...] = (),
    teardown: bool = False,
    operator: str = REDSHIFT_STATEMENTS,
    **arguments: Any,
) -> Step:
    """SQL in Redshift: a list of statements is one transaction, a text is one statement on its own.

    Operators of ours that make their SQL themselves take none.
    """
    common = {
        "database": "{{ env.redshift.database }}",
        "deferrable": True,
        "poll_interval": poll_seconds(task),
    }
    if statements is not None:
        arguments["sql"] = statements if isinstance(statements, str) else list(statements)
    return Step(name, operator, {**common, **arguments}, after, teardown)


def athena(
    task: Task,
    statement: str,
    name: str = "",
    *,
    after: tuple[str, ...] = (),
    operator: str = ATHENA,
    **arguments: Any,
) -> Step:
    """One statement in Athena."""
    common = {
        "database": "{{ env.athena.database }}",
        "workgroup": "{{ env.athena.workgroup | default('primary') }}",
        "output_location": "{{ env.athena.output }}",
        "deferrable": True,
        "sleep_time": poll_seconds(task),
    }
    return Step(name, operator, {**common, **arguments, "query": statement}, after)


def checks(task: Task, subject: Subject, name: str = "", *, after: tuple[str, ...] = (), staged: bool = False) -> Step:
    """The task's checks of rows. Staged rows are checked for keys and ``not_null`` without being asked."""
    select, made = statement.of([*listed(task.values.get("checks", ()), subject, keys=staged)], subject)
    more: dict[str, Any] = {
        "checks": made,
        "subject": f"the staged rows of {subject.table.name}" if staged else subject.table.name,
    }
    if any("history" in check for check in made):
        more["log_schema"] = history.SCHEMA
    if subject.engine == "athena":
        if "log_schema" in more:
            more["log_database"] = history.DATABASE
        return athena(task, select, name, after=after, operator=ATHENA_CHECK, **more)
    return redshift(task, select, name, after=after, operator=REDSHIFT_CHECK, **more)


def poll_seconds(task: Task, default: int = _POLL_SECONDS) -> int:
    """The pause between two questions to AWS, from the task's ``poll_interval``."""
    interval = task.settings.get("poll_interval")
    return max(1, seconds(interval)) if interval else default


def statements(task: Task) -> list[str]:
    """The statements of the task's SQL, without semicolons and the space around them."""
    engine = template.get(task.template).engine or "redshift"
    return [text.strip() for _, text in sql.split(task.sql or "", engine)]


def query(task: Task) -> str:
    """The task's SQL, which is a single query."""
    return statements(task)[0]
