"""PagerDuty's notifier, where only a proxy leads out."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.providers.pagerduty.notifications.pagerduty import PagerdutyNotifier


class Notifier(PagerdutyNotifier):
    """The provider's notifier, which in Airflow's triggerer passes over HTTPS_PROXY, and elsewhere does not."""

    async def async_notify(self, context: Any) -> None:
        """Ask for the key as the triggerer wants it, and send the event as everywhere else."""
        self.integration_key = await self.hook_async.get_integration_key()
        self.pagerduty_events_conn_id = None
        await asyncio.to_thread(self.notify, context)
