"""Runs that are not done in time: Airflow's deadline alerts (Airflow documentation, "Deadline Alerts").

Airflow 3.1 and later have them. The clock starts when the run is queued, which for a schedule's run is when it is due:
a logical date would be long past in a backfill, and each of its runs late at once.
"""

from __future__ import annotations

import datetime
import functools
import logging
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from generator import run_names
from generator.model import seconds
from generator.notifications import channels, message, story
from generator.notifications.channels import Channel
from generator.notifications.message import Run
from generator.notifications.send import first_line, send_async

log = logging.getLogger(__name__)


def alerts(
    to: Sequence[Channel], deadline: str, environment: str, values: Mapping[str, Any], timezone: str
) -> tuple[Any, ...]:
    """The deadline alert of a DAG; none, and a warning in the log, where Airflow has no such thing.

    :param deadline: as the pipeline's file has it, such as 2h
    :param timezone: the pipeline's, by its IANA name
    """
    try:
        from airflow.sdk.definitions.deadline import (  # type: ignore[attr-defined]  # its home in Airflow 3.1
            AsyncCallback,
            DeadlineAlert,
            DeadlineReference,
        )
    except ImportError:
        log.warning("on_late tells nobody: this version of Airflow has no deadline alerts; 3.1 and later have them")
        return ()
    needed = {key: values[key] for key in ("aws_conn_id", "region") if key in values}
    told = {
        "to": [dict(channel) for channel in to],
        "deadline": deadline,
        "environment": environment,
        "values": needed,
        "timezone": timezone,
    }
    alert = DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, _interval(deadline), AsyncCallback(tell, kwargs=told))
    return (alert,)


def _interval(deadline: str) -> Any:
    """A deadline's time as this version of Airflow stores it well.

    Airflow 3.3 stores a timedelta as a mapping that it can't read again where a task is cleared, and in PostgreSQL
    nowhere at all (apache/airflow#70368, #72319). A number it stores as one, as the versions before did with a
    timedelta; those take nothing else. It has to be a plain number: the DAG processor sends it to its parent.
    """
    from airflow.sdk.definitions import deadline as definitions

    length = float(seconds(deadline))
    return length if hasattr(definitions, "VariableInterval") else datetime.timedelta(seconds=length)


async def tell(
    to: Sequence[Channel],
    deadline: str,
    environment: str,
    values: Mapping[str, Any],
    timezone: str,
    context: Mapping[str, Any],
) -> None:
    """What Airflow's triggerer runs for a run that missed its deadline.

    :param context: what Airflow 3 hands over: `dag_run`, as its REST API shows it, and `deadline`
    """
    try:
        run, due_by = context["dag_run"], context["deadline"]["deadline_time"]
        if run.get("state") == "failed":
            return  # on_failure has told of it; Airflow drops the deadlines of successful runs alone
        news = message.late(_run(run, environment, timezone), deadline, story.moment(_moment(due_by)))
        makers = {
            channels.label(channel): functools.partial(channels.notifier, channel, news, values) for channel in to
        }
        await send_async(makers, context)
    except Exception as error:
        log.exception("Nobody was told of a late run: %s", first_line(error))


def _run(run: Mapping[str, Any], environment: str, timezone: str) -> Run:
    at = run.get("logical_date") or run.get("run_after")
    date = run_names.run_date(_moment(at), zoneinfo.ZoneInfo(timezone)) if at else ""
    name, run_id = str(run["dag_id"]), str(run.get("dag_run_id") or run.get("run_id"))
    return Run(name, environment, run_id, date, story.run_url(name, run_id))


def _moment(at: Any) -> datetime.datetime:
    """Airflow hands over a moment, or its text."""
    return at if isinstance(at, datetime.datetime) else datetime.datetime.fromisoformat(str(at))
