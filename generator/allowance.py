"""How long the callbacks of a run may take.

Airflow's DAG processor calls them in a process that it kills `dag_file_processor_timeout` seconds after its start, and
with it the callbacks that have not come yet (Airflow documentation, "Configuration Reference"). One process gets the
callbacks of all runs of a file that have ended meanwhile, and of tasks whose worker was lost. So all of them share one
allowance. Elsewhere nothing is killed that harms, and each callback has one of its own.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")

_PROCESSOR = "airflow.dag_processing.processor"
_KILLED_AFTER = 50
# The rest is for what comes before the callbacks: the process has to start and to read the DAG.
_OURS = 0.8
# Enough to hand over a request that is not waited for.
_SECONDS_AFTER_OVERRUN = 2.0


class Allowance:
    """Seconds that callbacks have together.

    :param seconds: all of them
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = clock() + seconds
        self._late: set[str] = set()

    @property
    def left(self) -> float:
        """The seconds that are left for all."""
        return max(0.0, self._until - self._clock())

    def part(self, purpose: str, most: float) -> float:
        """The seconds for one callback, which are at most half of all, so that each that follows has some, too.

        A purpose that has overrun gets next to nothing: what did not answer just now does not answer the next one.
        """
        return min(most if purpose not in self._late else _SECONDS_AFTER_OVERRUN, self.left / 2)

    def overrun(self, purpose: str) -> None:
        """Note that the time for a purpose did not suffice."""
        self._late.add(purpose)


_process: Allowance | None = None


def current() -> Allowance:
    """The allowance of the callback that asks."""
    global _process  # noqa: PLW0603 - a process of the DAG processor's has one, and does nothing else
    if not _in_dag_processor():
        return Allowance(_OURS * _KILLED_AFTER)
    if _process is None:
        _process = Allowance(_OURS * _killed_after())
    return _process


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """What work returns, or raises. Raises TimeoutError where that takes longer, whatever it hangs in.

    It is done in a thread, which goes on; a process that ends does not wait for it.
    """
    done: Future[_T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised below
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(seconds)


def _in_dag_processor() -> bool:
    """Whether Airflow's DAG processor is among the callers; its process has no other mark that is public."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == _PROCESSOR:
            return True
    return False


def _killed_after() -> float:
    from airflow.configuration import conf

    return float(conf.getint("dag_processor", "dag_file_processor_timeout", fallback=_KILLED_AFTER))
