"""What Airflow tells a callback about its run, as messages need it.

Airflow 3.3 hands a DAG's callback the context of the task that ended last; where it has none (the run timed out before
a task began, or an Airflow before 3.1) only `dag`, `run_id` and `reason`. The error of a failed task is nowhere in it:
`keep_error` is the task's own callback, which leaves the text in an XCom, since Airflow calls it before it says that
the task failed. A task whose process was killed leaves none.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from generator import run_names
from generator.notifications.message import Failure, Run
from generator.notifications.send import first_line

Context = Mapping[str, Any]
Results = dict[str, list[Mapping[str, Any]]]

ERROR_KEY = "notification_error"
_LONGEST_ERROR = 4000

log = logging.getLogger(__name__)
_T = TypeVar("_T")


def keep_error(context: Context) -> None:
    """A task's failure callback: leave its error for the run's callback, and when it was."""
    error = context.get("exception")
    if error is None:
        return
    text = _tried(lambda: _reason(context["task"], error), str(error)).strip() or type(error).__name__
    kept = {"text": text[:_LONGEST_ERROR], "at": moment(datetime.datetime.now(datetime.UTC))}
    _tried(lambda: context["ti"].xcom_push(ERROR_KEY, kept), None)


def _reason(task: Any, error: object) -> str:
    from generator.operators import check_report, outcome

    if isinstance(error, check_report.ChecksFailed):
        return "\n".join(error.lines)
    return outcome.reason(task, error)


def run_of(context: Context, environment: str) -> Run:
    """The run of a DAG's callback."""
    dag, run = context["dag"], context.get("dag_run")
    run_id = str(context["run_id"])
    logical_date = getattr(run, "logical_date", None)
    at = logical_date or getattr(run, "run_after", None)
    return Run(
        pipeline=dag.dag_id,
        environment=environment,
        run_id=run_id,
        run_date=run_names.run_date(at, dag.timezone) if at is not None else "",
        url=run_url(dag.dag_id, run_id),
        reason=str(context.get("reason") or ""),
        logical_date="" if logical_date is None else logical_date.astimezone(datetime.UTC).isoformat(),
    )


def run_url(dag_id: str, run_id: str) -> str:
    """Airflow's page of a run."""
    from airflow.configuration import conf

    base = str(conf.get("api", "base_url", fallback="")).rstrip("/")
    return f"{base}/dags/{dag_id}/runs/{quote(run_id)}" if base else ""


def failures(context: Context) -> list[Failure]:
    """The tasks that failed, by when they did; those that left no error come last."""
    dag, instance = context["dag"], context.get("ti")
    if instance is None:
        return []
    states = _states(context)
    own = str(getattr(instance, "task_id", ""))
    names = [name for name, state in states.items() if state == "failed" and not _is_teardown(dag, name)] or [own]
    found = []
    for name in names:
        kept = _kept_error(instance, name)
        url = f"{run_url(dag.dag_id, str(context['run_id']))}/tasks/{quote(name)}"
        found.append((str(kept.get("at", "~")), Failure(name, str(kept.get("text", "")), url)))
    return [failure for _, failure in sorted(found, key=lambda pair: pair[0])]


def warnings(context: Context) -> Results:
    """The failed checks of severity `warn` by their task: operators return {"checks": [results]}."""
    instance = context.get("ti")
    if instance is None:
        return {}
    found: Results = {}
    for name, state in _states(context).items():
        returned = _tried(lambda name=name: instance.xcom_pull(task_ids=name), None) if state == "success" else None  # type: ignore[misc]
        checks = returned.get("checks") if isinstance(returned, Mapping) else None
        if failed := failed_warnings(checks or ()):
            found[name] = failed
    return found


def failed_warnings(results: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a task's check results that ask for a warning."""
    return [result for result in results if result.get("severity") == "warn" and not result.get("passed")]


def moment(at: datetime.datetime) -> str:
    """A moment in messages."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _states(context: Context) -> dict[str, str]:
    run_id = str(context["run_id"])
    states: Mapping[str, Mapping[str, Any]]
    states = _tried(lambda: context["ti"].get_task_states(context["dag"].dag_id, run_ids=[run_id]), {})
    return {name: str(getattr(state, "value", state)) for name, state in states.get(run_id, {}).items()}


def _is_teardown(dag: Any, task_id: str) -> bool:
    return dag.has_task(task_id) and bool(dag.get_task(task_id).is_teardown)


def _kept_error(instance: Any, task_id: str) -> Mapping[str, Any]:
    kept = _tried(lambda: instance.xcom_pull(task_ids=task_id, key=ERROR_KEY), None)
    return kept if isinstance(kept, Mapping) else {}


def _tried(ask: Callable[[], _T], otherwise: _T) -> _T:
    """What Airflow answers: an older one, or one in trouble, does not, and the message goes out without it."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001
        log.warning("A notification does without something that Airflow did not tell: %s", first_line(error))
        return otherwise
