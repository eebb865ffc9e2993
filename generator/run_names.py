"""`run_date` and `run_key`: names in Jinja that every run has, also one without a logical date.

Airflow leaves `ds`, `ts` and `logical_date` undefined in runs that an asset started, or an API call without a
logical date (Airflow documentation, "Templates reference"). `run_date` is the day that the run is for, and
`run_key` a short name of the run, for tables and files that no two runs may share.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import jinja2
import jinja2.ext
import jinja2.runtime

KEY_LENGTH = 12


def run_date(moment: datetime.datetime, timezone: datetime.tzinfo) -> str:
    """The day of a moment in the pipeline's timezone, as YYYY-MM-DD."""
    return moment.astimezone(timezone).date().isoformat()


def run_key(dag_id: str, run_id: str) -> str:
    """Twelve hex digits that name a run; the same for each try of each of its tasks."""
    return hashlib.sha256(f"{dag_id}\0{run_id}".encode()).hexdigest()[:KEY_LENGTH]


class RunContext(jinja2.runtime.Context):
    """Works out the two names when a template asks for them, from the values that Airflow gives a task."""

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name, or Jinja's `missing`."""
        if key == "run_date":
            logical_date = self.parent.get("logical_date")
            return run_date(logical_date or self.parent["dag_run"].run_after, self.parent["dag"].timezone)
        if key == "run_key":
            return run_key(self.parent["dag"].dag_id, self.parent["run_id"])
        return super().resolve_or_missing(key)


class RunNames(jinja2.ext.Extension):
    """Jinja extension for `jinja_environment_kwargs`: a DAG's macros are fixed and can't see the run."""

    def __init__(self, environment: jinja2.Environment) -> None:
        super().__init__(environment)
        environment.context_class = RunContext
