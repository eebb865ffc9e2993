"""What Airflow calls when a run has ended: who is told, and what."""

from __future__ import annotations

import datetime
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator import allowance
from generator.allowance import Allowance
from generator.notifications import channels, memory, message, story
from generator.notifications.channels import Channel
from generator.notifications.message import Message, Run
from generator.notifications.send import PURPOSE, SECONDS, Maker, first_line, send
from generator.notifications.story import Context, Results

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Callbacks:
    """The callbacks of a DAG. None of them raises.

    `environment` is its name and `values` are its values; `late` is the DAG's deadline alerts, none where nobody hears
    of a late run, or where Airflow has no such alerts.
    """

    environment: str
    values: Mapping[str, Any]
    on_failure: tuple[Channel, ...] = ()
    on_success: tuple[Channel, ...] = ()
    on_warning: tuple[Channel, ...] = ()
    on_late: tuple[Channel, ...] = ()
    late: tuple[Any, ...] = ()
    allowance: Callable[[], Allowance] = allowance.current

    def failed(self, context: Context) -> None:
        """A run has failed, after all retries: tell it, and the warnings of the tasks that succeeded."""
        _safely(self._failed, context)

    def succeeded(self, context: Context) -> None:
        """A run has succeeded: tell it to whom it concerns, and resolve what was open."""
        _safely(self._succeeded, context)

    def _failed(self, context: Context) -> None:
        run = story.run_of(context, self.environment)
        before = memory.recall(run.pipeline)
        since = before.since if before else story.moment(datetime.datetime.now(datetime.UTC))
        made = self._to(self.on_failure, message.failed(run, story.failures(context), since))
        sent = self._send({**made, **self._warning(run, self._warnings(context))}, context)
        told = (before.channels if before else frozenset()) | (sent & made.keys())
        if told and (before is None or told != before.channels):
            memory.remember(run.pipeline, memory.Told(since, told))

    def _succeeded(self, context: Context) -> None:
        run = story.run_of(context, self.environment)
        before = memory.recall(run.pipeline) if self.on_failure else None
        news = message.succeeded(run, before.since if before else "")
        told = [channel for channel in self.on_failure if before and channels.label(channel) in before.channels]
        good = [channel for channel in (*self.on_success, *told) if channels.kind(channel) != "pagerduty"]
        warnings = self._warnings(context)
        makers = {**self._to(good, news), **self._resolved((*self.on_failure, *self.on_late), news)}
        if warnings:
            makers |= self._warning(run, warnings)
        else:
            makers |= self._resolved(self.on_warning, message.warned(run, {}))
        self._send(makers, context)
        if before:
            memory.forget(run.pipeline)

    def _send(self, makers: Mapping[str, Maker], context: Context) -> set[str]:
        return send(makers, context, self.allowance().part(PURPOSE, SECONDS))

    def _warnings(self, context: Context) -> Results:
        return story.warnings(context) if self.on_warning else {}

    def _warning(self, run: Run, results: Results) -> dict[str, Maker]:
        return self._to(self.on_warning, message.warned(run, results), "warning to ") if results else {}

    def _to(self, to: Sequence[Channel], news: Message, what: str = "") -> dict[str, Maker]:
        """A notifier for each channel, by its label: the same channel named twice is told once."""
        return {
            what + channels.label(channel): functools.partial(channels.notifier, channel, news, self.values)
            for channel in to
        }

    def _resolved(self, to: Sequence[Channel], news: Message) -> dict[str, Maker]:
        """What closes incidents: at each success, since PagerDuty knows best whether one is open."""
        return {
            f"{channels.incident(news)} resolved: {channels.label(channel)}": functools.partial(
                channels.resolver, channel, news
            )
            for channel in to
            if channels.kind(channel) == "pagerduty"
        }


def _safely(tell: Callable[[Context], object], context: Context) -> None:
    try:
        tell(context)
    except Exception as error:
        log.exception("Nobody was notified: %s", first_line(error))
