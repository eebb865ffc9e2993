"""The sample's calendar, as a cluster policy of Airflow's: its data end, so schedules that catch up end there, too.

The examples have start dates in 2013 and catch up, as they would in production. Without an end, Airflow's scheduler
would go on to today, a run for each of thousands of days that have no file. Backfills of a few days would be an
alternative, but their DAGs must be unpaused to run, and unpaused DAGs catch up. So nothing but the end date differs
from production: the scheduler finds out itself which runs are due, and makes them.
Policies: https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/cluster-policies.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

# Airflow imports a module of this name from the folder `config` of its home.
POLICY_FILE = "airflow_local_settings.py"


def policy_text(last: date) -> str:
    """The file that makes `ending` Airflow's policy for all DAGs."""
    day = f"datetime.date({last.year}, {last.month}, {last.day})"
    return f"import datetime\n\nfrom generator.up import calendar\n\ndag_policy = calendar.ending({day})\n"


def ending(last: date) -> Callable[[Any], None]:
    """A policy that ends DAGs which catch up at midnight after ``last``, in their own timezone.

    A DAG that starts later has no sample data to wait for, and one with an earlier end keeps it.
    """

    def dag_policy(dag: Any) -> None:
        end = datetime.combine(last, time.max, tzinfo=dag.timezone)
        if dag.catchup and dag.start_date and dag.start_date <= end and not (dag.end_date and dag.end_date <= end):
            dag.end_date = end

    return dag_policy
