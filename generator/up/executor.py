"""Airflow's LocalExecutor, for tasks that wait for little: they are deferred, and go on a second or two later.

Airflow's own one can hear of the end of a task's first process when the task has resumed in a second one. It takes
that for the end of the second, and the scheduler fails a task that runs, to try it again after its retry delay.
Where a query takes a minute this is never seen; the local AWS answers at once.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from airflow.executors import local_executor
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.utils.state import TaskInstanceState

from generator.imports import PARSE_IMPORTS

# Tasks run in forks of the executor's process, so what is imported there need not be imported by each of them.
_SHARED_IMPORTS = (
    *PARSE_IMPORTS,
    "airflow.providers.amazon.aws.operators.athena",
    "airflow.providers.amazon.aws.operators.redshift_data",
    "airflow.providers.amazon.aws.sensors.s3",
    "generator.build",
    "generator.operators.athena",
    "generator.operators.redshift",
)
_ENDS = (TaskInstanceState.SUCCESS, TaskInstanceState.FAILED)


class LocalExecutor(local_executor.LocalExecutor):
    """Counts the processes of each task, and tells of the end of the last one only."""

    def start(self) -> None:
        """Start the worker processes."""
        self._processes: Counter[TaskInstanceKey] = Counter()
        for module in _SHARED_IMPORTS:
            importlib.import_module(module)
        super().start()

    def _process_workloads(self, workload_list: Sequence[Any]) -> None:
        self._processes.update(workload.key for workload in workload_list)
        super()._process_workloads(workload_list)  # type: ignore[no-untyped-call]

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Note the end of a task's process, unless the task has another one."""
        if state in _ENDS:
            self._processes[key] -= 1
            if self._processes[key] > 0:
                return
            del self._processes[key]
        super().change_state(key, state, info, remove_running)
