"""The sample's calendar, as a cluster policy of Airflow's: its data end, so schedules that catch up end there, too.

The examples have start dates in 2013 and catch up, as they would in production. Without an end, Airflow's scheduler
would go on to today, a run for each of thousands of days that have no file. So their timetables get an end, and
nothing else differs from production: the scheduler finds out itself which run is due, and makes it. Other ways
were tried: a DAG's backfill runs only while the DAG is not paused, but then it catches up as well; and runs that
somebody starts after a DAG's end date have no tasks and succeed.
Policies: https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/cluster-policies.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from generator.sandbox import sample

# Airflow imports a module of this name from the folder `config` of its home.
POLICY_FILE = "airflow_local_settings.py"

_WITHOUT_CLOCK = ("@once", "@continuous")


def policy_text(last: date, held: Collection[str] = ()) -> str:
    """The file that makes `ending` Airflow's policy for all DAGs."""
    day = f"datetime.date({last.year}, {last.month}, {last.day})"
    call = f"calendar.ending({day}, {sorted(held)!r})"
    return f"import datetime\n\nfrom generator.up import calendar\n\ndag_policy = {call}\n"


def ending(last: date, held: Collection[str] = ()) -> Callable[[Any], None]:
    """A policy that lets DAGs catch up to the end of the day ``last``, in their own timezone.

    One that starts on a later day of the sample has nothing to run for. One that starts when the sample has ended does
    not wait for its data, and is left alone. Those that are ``held`` are paused when Airflow meets them first.
    """

    def dag_policy(dag: Any) -> None:
        if dag.dag_id in held:
            dag.is_paused_upon_creation = True
        end = datetime.combine(last, time.max, tzinfo=dag.timezone)
        has_clock = isinstance(dag.schedule, str | timedelta) and dag.schedule not in _WITHOUT_CLOCK
        if not (has_clock and dag.catchup and dag.start_date):
            return
        start = dag.start_date.astimezone(dag.timezone)
        if start <= end:
            dag.timetable = _timetable(dag.schedule, start, end)
        elif start.date() <= sample.LAST_DAY:
            dag.timetable = _never()

    return dag_policy


def _never() -> Any:
    from airflow.timetables.simple import NullTimetable

    return NullTimetable()


def _timetable(schedule: str | timedelta, start: datetime, end: datetime) -> Any:
    import pendulum
    from airflow.timetables.events import EventsTimetable

    events = [pendulum.instance(event).in_timezone("UTC") for event in _events(schedule, start, end)]
    return EventsTimetable(events, presorted=True, description=f"{schedule}, to {end:%Y-%m-%d}")


def _events(schedule: str | timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    if isinstance(schedule, str):
        from croniter import croniter_range

        yield from croniter_range(start, end, schedule)
        return
    while start <= end:
        yield start
        start += schedule
