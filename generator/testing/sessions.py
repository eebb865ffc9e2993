"""boto3 sessions that tasks share: making one anew for each task takes as long as the task's own work.

Airflow finds the class by the setting AIRFLOW__AWS__SESSION_FACTORY, its way to replace how sessions are made.
"""

from __future__ import annotations

import functools
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import BaseSessionFactory
from boto3.session import Session


class SharedSessions(BaseSessionFactory):
    """One session for a region. The sandbox takes any credentials, so there are no roles to assume."""

    def create_session(self, deferrable: bool = False) -> Any:
        """A session of boto3, or for triggers one of aiobotocore, as Airflow makes it."""
        return super().create_session(deferrable=True) if deferrable else _session(self._region_name)


@functools.lru_cache(maxsize=4)
def _session(region: str | None) -> Session:
    return Session(region_name=region)
