"""Jobs: each in a thread that prepares its containers, watches them, and ends them when it must."""

from __future__ import annotations

import logging
import queue
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.sandbox.sagemaker.container import Container, Root
from generator.sandbox.sagemaker.errors import JobError
from generator.sandbox.sagemaker.work import DEFAULT_RUNTIME, REASON_LENGTH, Work

# "StopTrainingJob" and "StopProcessingJob" in the API Reference: SIGTERM, and 120 seconds until the job is ended.
_GRACE = 120.0
_STOP, _KILL = "stop", "kill"
_log = logging.getLogger(__name__)


# The words of SecondaryStatusTransitions: "SecondaryStatusTransition" in the API Reference.
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
ENDED = ("Completed", "Failed", "Stopped")


@dataclass
class Job:
    """A job as Describe… shows it; times are seconds since 1970. `tags` and `arn` are what moto's tagging reads."""

    arn: str
    work: Work
    tags: list[dict[str, str]]
    stream: Callable[[str], Callable[[str], None]]  # of a host's name: where to write a line that it prints
    status: str = "InProgress"
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    reason: str = ""
    results: dict[str, Any] = field(default_factory=dict)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    inbox: queue.Queue[str | Container] = field(default_factory=queue.Queue)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def request(self) -> Mapping[str, Any]:
        return self.work.request

    @property
    def secondary(self) -> str:
        return str(self.transitions[-1]["Status"])

    def move(self, secondary: str, status: str = "", **changes: Any) -> bool:
        """Go on to a secondary status, and with it perhaps to another status.

        Only a job in progress goes on to Stopping; whether it went on.
        """
        with self.lock:
            if status == "Stopping" and self.status != "InProgress":
                return False
            now = time.time()
            if self.transitions:
                self.transitions[-1]["EndTime"] = now
            entry = {"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES[secondary]}
            if status in ENDED:
                entry["EndTime"] = self.ended = now
            self.transitions.append(entry)
            self.modified = now
            for name, value in changes.items():
                setattr(self, name, value)
            self.status = status or self.status
            return True


class Jobs:
    """All jobs that run. Each one's files are in a temporary folder that ends with it."""

    def __init__(self, grace: float = _GRACE) -> None:
        """`grace`: seconds between SIGTERM and SIGKILL."""
        self._grace = grace
        self._running: dict[threading.Thread, Job] = {}

    def start(self, job: Job) -> None:
        job.move("Starting")
        thread = threading.Thread(target=self._run, args=(job,), name="sagemaker-job", daemon=True)
        self._running[thread] = job
        thread.start()

    def stop(self, job: Job) -> None:
        """Ask a job to end; it is Stopping from now on."""
        if job.move("Stopping", "Stopping"):
            job.inbox.put(_STOP)

    def close(self) -> None:
        """Kill all jobs, and wait until their threads have ended."""
        running = list(self._running.items())
        for _, job in running:
            job.inbox.put(_KILL)
        for thread, _ in running:
            thread.join()

    def _run(self, job: Job) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="sagemaker-", ignore_cleanup_errors=True) as folder:
                self._work(job, Path(folder))
        except JobError as error:
            job.move("Failed", "Failed", reason=str(error)[:REASON_LENGTH])
        except Exception as error:  # noqa: BLE001 (whatever went wrong, the job must end)
            _log.exception("a SageMaker job that the sandbox fails at")
            job.move("Failed", "Failed", reason=f"InternalServerError: {error!r}"[:REASON_LENGTH])
        finally:
            self._running.pop(threading.current_thread(), None)

    def _work(self, job: Job, folder: Path) -> None:
        job.move("Downloading", started=time.time())
        roots = {host: Root(folder / host) for host in job.work.hosts}
        commands = {host: job.work.prepare(root, host) for host, root in roots.items()}
        containers = [Container(host, root, job.stream(host)) for host, root in roots.items()]
        watch = _Watch(job, self._grace)
        if job.status == "InProgress":
            job.move("Training")
            for container in containers:
                container.start(commands[container.host], job.inbox.put)
            watch.until_all_ended(containers)
        status, secondary, reason = _outcome(job, watch)
        if status == "Completed":
            job.move("Uploading")
        results = job.work.finish(list(roots.values()), status)
        job.move(secondary, status, reason=reason, results=results)


def _outcome(job: Job, watch: _Watch) -> tuple[str, str, str]:
    """Status, secondary status and failure reason of a job whose containers have ended."""
    if watch.exceeded:
        return "Stopped", "MaxRuntimeExceeded", ""
    if job.status == "Stopping":
        return "Stopped", "Stopped", ""
    if watch.failed is not None:
        return "Failed", "Failed", job.work.failure(watch.failed)
    return "Completed", "Completed", ""


@dataclass
class _Watch:
    """Waits for containers, and ends them where the job is stopped or has run for too long; `failed` is the first."""

    job: Job
    grace: float
    exceeded: bool = False
    failed: Container | None = None

    def until_all_ended(self, containers: Sequence[Container]) -> None:
        running = {container.host: container for container in containers}
        limit = time.monotonic() + _max_runtime(self.job.request)
        asked = False
        while running:
            try:
                news = self.job.inbox.get(timeout=max(0.0, limit - time.monotonic()))
            except queue.Empty:
                news = _KILL if asked else _STOP
                self.exceeded = self.exceeded or not asked
                self.job.move("Stopping", "Stopping")
            if isinstance(news, Container):
                del running[news.host]
                if news.code and self.failed is None:
                    self.failed = news
                news = _STOP if self.failed is not None else ""  # one that fails ends the others
            if news == _STOP and not asked:
                asked, limit = True, time.monotonic() + self.grace
                for container in running.values():
                    container.terminate()
            elif news == _KILL:
                limit = time.monotonic() + self.grace
                for container in running.values():
                    container.kill()


def _max_runtime(request: Mapping[str, Any]) -> int:
    return int(request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DEFAULT_RUNTIME))
