"""Channels become the notifiers of Airflow's providers, with what each of them can show of a message."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from generator.notifications.message import Message

Channel = Mapping[str, Mapping[str, Any]]
Values = Mapping[str, Any]

# The limits of the services: PagerDuty's Events API v2 cuts nothing itself, SNS refuses longer subjects.
_PAGERDUTY_SUMMARY = 1024
_SNS_SUBJECT = 99
_SLACK_TEXT = 3900
# A notifier of Slack's may take so long by itself; ours is over it.
_SLACK_SECONDS = 15


def kind(channel: Channel) -> str:
    """pagerduty, slack, email or sns."""
    (name,) = channel
    return name


def label(channel: Channel) -> str:
    """A channel's name in Airflow's log, and the same for as long as it leads to the same place."""
    values = channel[kind(channel)]
    place = [str(values[key]) for key in ("connection", "channel", "topic", "to") if key in values]
    return " ".join([kind(channel), *place])


def incident(message: Message) -> str:
    """PagerDuty's deduplication key: one incident for a pipeline in an environment, another for its warnings."""
    key = f"{message.environment}/{message.pipeline}"
    return f"{key}/warnings" if message.event == "on_warning" else key


def notifier(channel: Channel, message: Message, environment: Values) -> Any:
    """The notifier that sends a message to a channel.

    :param environment: the environment's values: SNS is asked with its connection, in its region

    Raises ImportError where the provider is not installed.
    """
    return _NOTIFIERS[kind(channel)](channel[kind(channel)], message, environment)


def resolver(channel: Channel, message: Message) -> Any:
    """The notifier that closes PagerDuty's incident; PagerDuty ignores it where none is open."""
    return _pagerduty(channel["pagerduty"], message, {}, "resolve")


def _pagerduty(values: Values, message: Message, _environment: Values, action: str = "trigger") -> Any:
    from generator.notifications.pagerduty import Notifier

    return Notifier(
        pagerduty_events_conn_id=values.get("connection", "pagerduty_events_default"),
        summary=message.subject[:_PAGERDUTY_SUMMARY],
        severity=values.get("severity", "warning" if message.event == "on_warning" else "error"),
        source=f"airflow/{message.environment}",
        action=action,
        dedup_key=incident(message),
        component=message.task or None,
        group=message.pipeline,
        custom_details={"message": message.text},
        links=[{"href": message.url, "text": "Airflow"}] if message.url else None,
    )


def _slack(values: Values, message: Message, _environment: Values) -> Any:
    text = f"*{_for_slack(message.subject)}*\n```\n{_for_slack(message.text)[:_SLACK_TEXT]}\n```"
    connection = values.get("connection", "slack_default")
    if "channel" in values:
        from airflow.providers.slack.notifications.slack import SlackNotifier

        return SlackNotifier(
            slack_conn_id=connection, channel=values["channel"], text=text, timeout=_SLACK_SECONDS, unfurl_links=False
        )
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    return SlackWebhookNotifier(slack_webhook_conn_id=connection, text=text, timeout=_SLACK_SECONDS, unfurl_links=False)


def _for_slack(text: str) -> str:
    """Slack's three control characters, written as it asks for (Slack's documentation, "Formatting text")."""
    return html.escape(text, quote=False).replace("```", "'''")


def _email(values: Values, message: Message, _environment: Values) -> Any:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    return SmtpNotifier(
        smtp_conn_id=values.get("connection", "smtp_default"),
        from_email=values.get("from"),
        to=values["to"],
        cc=values.get("cc"),
        subject=_one_line(message.subject),
        html_content=f"<pre>{html.escape(message.text)}</pre>",
    )


def _sns(values: Values, message: Message, environment: Values) -> Any:
    from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

    connection = values.get("connection", environment.get("aws_conn_id"))
    subject = _one_line(message.subject).encode("ascii", "replace").decode("ascii")
    return SnsNotifier(
        **({} if connection is None else {"aws_conn_id": connection}),
        target_arn=values["topic"],
        subject=subject[:_SNS_SUBJECT],
        message=message.text,
        region_name=environment.get("region"),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


_NOTIFIERS: Mapping[str, Callable[[Values, Message, Values], Any]] = {
    "pagerduty": _pagerduty,
    "slack": _slack,
    "email": _email,
    "sns": _sns,
}
