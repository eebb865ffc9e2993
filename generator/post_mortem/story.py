"""What the log of a run amounts to: which task failed first and why, which checks failed, what was retried."""

from __future__ import annotations

from dataclasses import dataclass

from generator.post_mortem.records import Check, Run, RunLog, TableSize, Try, seconds
from generator.post_mortem.source import Change
from generator.post_mortem.words import first_line

_SLOW = 2.0  # times the median
_WORTH_TELLING = 10.0  # seconds above it


@dataclass(frozen=True)
class TaskStory:
    """A task's tries in order, and the median seconds that it took in good runs."""

    name: str
    tries: tuple[Try, ...]
    median: float | None

    @property
    def last(self) -> Try:
        return self.tries[-1]

    @property
    def is_slow(self) -> bool:
        took = self.last.seconds
        if took is None or self.median is None:
            return False
        return took > _SLOW * self.median and took - self.median > _WORTH_TELLING

    @property
    def troubles(self) -> tuple[Try, ...]:
        """The tries that did not succeed."""
        return tuple(each for each in self.tries if each.state not in ("success", "skipped"))


@dataclass(frozen=True)
class Story:
    """A run as it is told; tasks in the order in which they began, checks as the last try of each task saw them."""

    pipeline: str
    log: RunLog
    tasks: tuple[TaskStory, ...]
    checks: tuple[Check, ...]
    change: Change

    @property
    def run(self) -> Run:
        return self.log.run

    @property
    def last_good(self) -> Run | None:
        return self.log.good_runs[0] if self.log.good_runs else None

    @property
    def median(self) -> float | None:
        """The median seconds of the good runs before."""
        took = sorted(run.seconds for run in self.log.good_runs if run.seconds is not None)
        if not took:
            return None
        return (took[(len(took) - 1) // 2] + took[len(took) // 2]) / 2

    @property
    def seconds(self) -> float | None:
        """How long the run took, or has been going on as far as is logged."""
        return seconds(self.run.started_at, self.run.ended_at or self.run.heard_at)

    @property
    def tables(self) -> tuple[TableSize, ...]:
        return self.log.tables

    @property
    def failed(self) -> tuple[TaskStory, ...]:
        """The tasks whose last try failed, the first to fail first."""
        failed = [task for task in self.tasks if task.last.state == "failed"]
        return tuple(sorted(failed, key=lambda task: str(task.last.ended_at or task.last.started_at or "~")))

    @property
    def retried(self) -> tuple[TaskStory, ...]:
        return tuple(task for task in self.tasks if len(task.tries) > 1 or task.last.state == "up_for_retry")

    @property
    def first_error(self) -> str:
        """The first line of why the run failed; empty where nothing tells."""
        failed = self.failed
        return first_line((failed[0].last.error if failed else None) or self.run.first_error)

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """The checks that failed the run; those of the task that failed first come first."""
        first = self.failed[0].name if self.failed else self.run.failed_task
        failed = [check for check in self.checks if check.passed is False and check.severity == "error"]
        return tuple(sorted(failed, key=lambda check: check.task != first))

    @property
    def warnings(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.passed is False and check.severity != "error")


def tell(pipeline: str, log: RunLog, change: Change) -> Story:
    """Put what is logged of a run in order."""
    tries: dict[str, dict[object, Try]] = {}
    for each in log.tries:  # of a try that was logged twice the later row counts
        by_number = tries.setdefault(each.task, {})
        key = each.number if each.number is not None else ("unnumbered", len(by_number))
        by_number.pop(key, None)
        by_number[key] = each
    tasks = [
        TaskStory(name, tuple(sorted(of.values(), key=_number)), log.medians.get(name)) for name, of in tries.items()
    ]
    last: dict[str, int] = {}
    for check in log.checks:
        last[check.task] = max(last.get(check.task, 0), check.number or 0)
    newest = {(check.task, check.name): check for check in log.checks if (check.number or 0) == last[check.task]}
    return Story(pipeline, log, tuple(tasks), tuple(newest.values()), change)


def _number(each: Try) -> int:
    return each.number or 0
