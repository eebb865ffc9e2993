"""Airflow's REST API, as far as a person who waits for runs needs it.

https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

_PAGE = 100  # the most that Airflow gives at once
FINISHED = ("success", "failed")
_FAILED_TASK = ("failed", "upstream_failed")


@dataclass(frozen=True)
class Run:
    """A run of a pipeline. ``date`` is its logical date, or when it was due; ``seconds`` it took so far."""

    pipeline: str
    id: str
    kind: str
    date: datetime
    state: str
    seconds: float | None

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED


@dataclass(frozen=True)
class TaskRun:
    """A task of a run, in its last try."""

    pipeline: str
    run: str
    name: str
    state: str
    attempt: int
    seconds: float | None

    @property
    def is_failed(self) -> bool:
        return self.state in _FAILED_TASK


class Api:
    """Asks Airflow at ``address``, "http://127.0.0.1:PORT"."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = httpx.Client(base_url=f"{address}/api/v2", timeout=30, trust_env=False)

    def is_ready(self) -> bool:
        """Whether all of Airflow's processes are at work."""
        try:
            answer = self._client.get("/monitor/health")
        except httpx.TransportError:
            return False
        return answer.is_success and all(part is None or part["status"] == "healthy" for part in answer.json().values())

    def pipelines(self) -> frozenset[str]:
        """The names of the DAGs that Airflow has."""
        return frozenset(dag["dag_id"] for dag in self._dags())

    def resume(self, pipeline: str) -> None:
        """Let the scheduler make a paused pipeline's runs."""
        self._client.patch(f"/dags/{quote(pipeline)}", json={"is_paused": False}).raise_for_status()

    def has_due(self) -> bool:
        """Whether the scheduler is about to make a run."""
        now = datetime.now(UTC)
        for dag in self._dags():
            if dag["is_paused"] or dag["is_stale"]:
                continue
            due = dag["next_dagrun_run_after"]
            if due and datetime.fromisoformat(due) <= now:
                return True
            if self._assets_are_new(quote(dag["dag_id"])):
                return True
        return False

    def runs(self) -> tuple[Run, ...]:
        """All runs, by pipeline and date."""
        found = [_run(data) for data in self._all("/dags/~/dagRuns", "dag_runs")]
        return tuple(sorted(found, key=lambda run: (run.pipeline, run.date)))

    def tasks(self, run: Run) -> tuple[TaskRun, ...]:
        """The tasks of a run."""
        path = f"/dags/{quote(run.pipeline)}/dagRuns/{quote(run.id, safe='')}/taskInstances"
        return tuple(_task(data) for data in self._all(path, "task_instances"))

    def tasks_at_work(self) -> tuple[TaskRun, ...]:
        """The tasks of all runs that run now, or wait for AWS."""
        states = {"state": ["running", "deferred", "up_for_retry"]}
        path = "/dags/~/dagRuns/~/taskInstances"
        return tuple(_task(data) for data in self._all(path, "task_instances", states))

    def import_errors(self) -> dict[str, str]:
        """The files that Airflow could not make a DAG of, and why."""
        return {data["filename"]: data["stack_trace"] for data in self._all("/importErrors", "import_errors")}

    def first_error(self, task: TaskRun) -> str:
        """The first error in a task's log; empty where there is none, as for a task that never started."""
        path = (
            f"/dags/{quote(task.pipeline)}/dagRuns/{quote(task.run, safe='')}/taskInstances/"
            f"{quote(task.name)}/logs/{task.attempt}"
        )
        answer = self._client.get(path, params={"full_content": True}, headers={"Accept": "application/json"})
        events = answer.json()["content"] if answer.is_success else []
        return next((_error(event) for event in events if _is_error(event)), "")

    def page(self, task: TaskRun) -> str:
        """The address of a task's page in the UI."""
        return f"{self.address}/dags/{task.pipeline}/runs/{quote(task.run, safe=':')}/tasks/{task.name}"

    def _assets_are_new(self, name: str) -> bool:
        """Whether all assets that a DAG waits for have been written since its last run."""
        queued = self._client.get(f"/dags/{name}/assets/queuedEvents")
        if not queued.is_success or not queued.json()["total_entries"]:
            return False
        new = {event["asset_id"] for event in queued.json()["queued_events"]}
        answer = self._client.get(f"/dags/{name}/details")
        answer.raise_for_status()
        return all(each["asset"]["id"] in new for each in answer.json()["asset_expression"]["all"])

    def _dags(self) -> list[dict[str, Any]]:
        return list(self._all("/dags", "dags"))

    def _all(self, path: str, key: str, chosen: Mapping[str, list[str]] | None = None) -> Iterator[dict[str, Any]]:
        """The entries of all pages."""
        offset = 0
        while True:
            answer = self._client.get(path, params={**(chosen or {}), "limit": _PAGE, "offset": offset})
            answer.raise_for_status()
            page = answer.json()
            yield from page[key]
            offset += _PAGE
            if offset >= page["total_entries"]:
                return


def _run(data: Mapping[str, Any]) -> Run:
    return Run(
        pipeline=data["dag_id"],
        id=data["dag_run_id"],
        kind=data["run_type"],
        date=datetime.fromisoformat(data["logical_date"] or data["run_after"]),
        state=data["state"],
        seconds=data["duration"],
    )


def _task(data: Mapping[str, Any]) -> TaskRun:
    return TaskRun(
        pipeline=data["dag_id"],
        run=data["dag_run_id"],
        name=data["task_id"],
        state=data["state"] or "waiting",
        attempt=data["try_number"],
        seconds=data["duration"],
    )


def _is_error(event: Any) -> bool:
    return isinstance(event, Mapping) and str(event.get("level", "")).lower() in ("error", "critical")


def _error(event: Mapping[str, Any]) -> str:
    details = event.get("error_detail") or ()
    causes = [f"{detail['exc_type']}: {detail['exc_value']}" for detail in details]
    return "\n".join(causes) or str(event["event"])
