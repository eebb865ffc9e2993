"""Which channels have been told that a pipeline fails, and since when: in an Airflow variable, until it succeeds.

Airflow can say of a run only which one came before it by its logical date. A run that was cleared and succeeds now, and
one that an asset started, have none that failed before them; the variable knows.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from generator.notifications.send import first_line

_KEY = "pipelines_failing__"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """Since when a pipeline fails, and the labels of the channels that know."""

    since: str
    channels: frozenset[str]


def recall(pipeline: str) -> Told | None:
    """What was told of the pipeline's failures; None where it does not fail, or Airflow does not say."""
    from airflow.sdk import Variable

    try:
        text = Variable.get(_KEY + pipeline, default=None)
        known = json.loads(text) if text else None
        return None if known is None else Told(str(known["since"]), frozenset(known["channels"]))
    except Exception as error:  # noqa: BLE001 - Airflow before 3.1 has no variables for a DAG's callback
        log.warning("Whether %s failed before is not known: %s", pipeline, first_line(error))
        return None


def remember(pipeline: str, told: Told) -> None:
    """Note what was told, until `forget`."""
    from airflow.sdk import Variable

    text = json.dumps({"since": told.since, "channels": sorted(told.channels)})
    try:
        Variable.set(_KEY + pipeline, text, description="Who was told that the pipeline fails; gone when it succeeds.")
    except Exception as error:  # noqa: BLE001
        log.warning("The next success of %s will be told to nobody: %s", pipeline, first_line(error))


def forget(pipeline: str) -> None:
    """The pipeline has succeeded, and everybody knows."""
    from airflow.sdk import Variable

    try:
        Variable.delete(_KEY + pipeline)
    except Exception as error:  # noqa: BLE001
        log.warning("The next success of %s will be told again: %s", pipeline, first_line(error))
