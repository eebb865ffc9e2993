"""Who hears of a pipeline's runs: PagerDuty, Slack, e-mail and Amazon SNS, through the notifiers of the providers.

Runs tell of themselves in callbacks of the DAG, which Airflow calls once when a run has ended: so a task that is tried
again wakes nobody. Whatever goes wrong here is a line in Airflow's log, and changes nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from generator.notifications.channels import Channel, kind
from generator.notifications.late import alerts
from generator.notifications.runs import Callbacks
from generator.notifications.send import first_line
from generator.notifications.story import keep_error

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from generator.environment import Environment

__all__ = ["Callbacks", "attach", "callbacks", "detach", "filled"]

log = logging.getLogger(__name__)


def callbacks(config: Mapping[str, Any], environment: Environment, timezone: str = "UTC") -> Callbacks:
    """The callbacks for what a compiled pipeline has under `notifications`, in an environment."""
    failure, success, warning, late = (
        tuple(filled(config.get(event, ()), environment))
        for event in ("on_failure", "on_success", "on_warning", "on_late")
    )
    deadlines = alerts(late, config["deadline"], environment.name, environment.values, timezone) if late else ()
    return Callbacks(environment.name, environment.values, failure, success, warning, late, deadlines)


def attach(dag: DAG, environment: Environment, config: Mapping[str, Any]) -> None:
    """Let a DAG tell of its runs. Its own callbacks come after these: somebody is to be woken first."""
    if not config:
        return
    made = callbacks(config, environment, dag.timezone.name or "UTC")
    for task in dag.tasks if made.on_failure else ():
        setattr(task, "on_failure_callback", [keep_error, *_listed(task.on_failure_callback)])  # noqa: B010
    if made.on_failure or made.on_warning:
        dag.on_failure_callback = [made.failed, *_listed(dag.on_failure_callback)]
        dag.has_on_failure_callback = True
    dag.on_success_callback = [made.succeeded, *_listed(dag.on_success_callback)]
    dag.has_on_success_callback = True
    if made.late:
        dag.deadline = list(made.late)


def detach(dag: DAG) -> None:
    """Let a DAG's runs tell nobody: who starts one in a terminal sees what becomes of it."""
    dag.on_failure_callback = _without(dag.on_failure_callback)
    dag.on_success_callback = _without(dag.on_success_callback)
    dag.deadline = None


def filled(channels: Any, environment: Environment) -> list[Channel]:
    """The channels with the environment's values put in; one that can't be is left out."""
    found = []
    for channel in channels:
        try:
            found.append(_rendered(channel, environment))
        except Exception as error:  # noqa: BLE001 - a DAG that tells nobody is better than no DAG
            log.error("Nothing is told through %s: %s", kind(channel), first_line(error))
    return found


def _rendered(value: Any, environment: Environment) -> Any:
    if isinstance(value, Mapping):
        return {key: _rendered(part, environment) for key, part in value.items()}
    if isinstance(value, list):
        return [_rendered(part, environment) for part in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    return jinja.from_string(value).render(env=environment.names)


def _listed(callback: Any) -> list[Any]:
    if callback is None:
        return []
    return list(callback) if isinstance(callback, list | tuple) else [callback]


def _without(callback: Any) -> list[Any] | None:
    return [each for each in _listed(callback) if not isinstance(getattr(each, "__self__", None), Callbacks)] or None
