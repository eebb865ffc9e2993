"""Airflow's scheduler, as far as the fault tests need one: it gives the work of a run to processes, and tries again.

It does what Airflow does where such a process is killed: a try that has not reported its state is over, and the DAG
processor runs its callback; a trigger is taken over by another triggerer; a callback of the DAG processor is lost.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Try:
    """A try of a task, and what became of it."""

    task: str
    number: int
    state: str


@dataclass
class Run:
    """A run of a pipeline. `started` is told the id of each process, `ended` that it is over.

    `history` are the tries, in their order. `retries` is how often a task is tried again. `results` are the XComs that
    each task has pushed, by their keys.
    """

    address: str
    pipeline: str
    run_id: str
    retries: int = 1
    deferrable: bool = True
    started: Callable[[int], None] = lambda _pid: None
    ended: Callable[[], None] = lambda: None
    history: list[Try] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    results: dict[str, Json] = field(default_factory=dict)

    def tasks(self) -> list[Json]:
        """The tasks in an order in which they can run: name, after, is_setup, is_teardown."""
        found: list[Json] = self._ask(do="list")["result"]["tasks"]
        return found

    def go(self) -> str:
        """Run all tasks; the state of the run."""
        states: dict[str, str] = {}
        tasks = self.tasks()
        for task in tasks:
            states[task["name"]] = self.run_task(task["name"]) if may_run(task, tasks, states) else "not run"
        return self.end(state_of_run(tasks, states))

    def end(self, state: str) -> str:
        """Let the DAG processor run the callbacks of the run, which has ended in this state."""
        self._ask(do="run callback", state=state, task=self.history[-1].task, **{"try": 1})
        self.ended()
        return state

    def run_task(self, name: str, first: int = 1) -> str:
        """Try a task until it succeeds or has been tried often enough; its state."""
        state = "up_for_retry"
        for number in range(first, first + self.retries + 1):
            state = self._try(name, number)
            self.history.append(Try(name, number, state))
            if state != "up_for_retry":
                break
        return state

    def _try(self, name: str, number: int) -> str:
        common = {"task": name, "try": number}
        following = None
        self.results.pop(name, None)  # each try begins without any
        while True:
            news = self._ask(do="task", next=following, deferrable=self.deferrable, **common)
            self.ended()
            if "state" not in news:
                state = "up_for_retry" if number <= self.retries else "failed"
                self._ask(do="task callback", state=state, **common)
                self.ended()
                return state
            if news["state"] != "deferred":
                self.errors += filter(None, [news.get("result", {}).get("error")])
                return str(news["state"])
            following = self._wait(news["result"])

    def _wait(self, deferred: Json) -> Any:
        """Let triggerers wait for what a task has deferred to."""
        while True:
            news = self._ask(do="trigger", trigger=deferred["trigger"], next=deferred["next"])
            self.ended()
            if "result" in news:
                return news["result"]["next"]

    def _ask(self, **request: Any) -> Json:
        """Let a process do a piece of work; all that is known of it afterwards."""
        known = {"run_id": self.run_id, "retries": self.retries, "results": self.results}
        asked = {"pipeline": self.pipeline, **known, **request}
        news: Json = {}
        for line in _answers(self.address, asked):
            if "pid" in line:
                self.started(line["pid"])
            if pushed := line.get("xcom"):
                self.results.setdefault(pushed["task"], {})[pushed["key"]] = pushed["value"]
            news.update(line)
        assert "broken" not in news, news
        return news


def may_run(task: Json, tasks: list[Json], states: dict[str, str]) -> bool:
    """Airflow's rules all_success, and for a teardown all_done_setup_success."""
    if not task["is_teardown"]:
        return all(states[name] == "success" for name in task["after"])
    setups = [other["name"] for other in tasks if other["is_setup"] and other["name"] in task["after"]]
    return not setups or any(states[name] == "success" for name in setups)


def state_of_run(tasks: list[Json], states: dict[str, str]) -> str:
    """A run has failed where any of its work has; teardowns do not count."""
    work = [task["name"] for task in tasks if not task["is_teardown"]]
    return "success" if all(states[name] == "success" for name in work) else "failed"


def _answers(address: str, request: Json) -> Iterator[Json]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        with connection.makefile("rw", encoding="utf-8") as lines:
            yield json.loads(lines.readline())  # the process id, before any work is done
            lines.write(json.dumps(request) + "\n")
            lines.flush()
            yield from (json.loads(line) for line in lines if line.endswith("\n"))
