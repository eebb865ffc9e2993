"""Each channel through the provider's own notifier, to a server on this machine."""

from __future__ import annotations

import asyncio
import email
import email.policy
import functools
import json
from pathlib import Path
from typing import Any

import pytest

from generator.notifications import channels, message
from generator.notifications.message import Failure, Message, Run
from generator.notifications.send import send, send_async
from tests.notifications import servers

pytestmark = pytest.mark.usefixtures("airflow_database")

RUN = Run(
    "flights_load",
    "production",
    "scheduled__1",
    "2026-01-31",
    "http://airflow/dags/flights_load/runs/1",
    logical_date="2026-01-31T08:30:00+00:00",
)
ERROR = "1 of 5 checks failed\nunique <key> & {{ more }}: found 12 of 842 rows"
FAILED = message.failed(RUN, [Failure("load.check", ERROR)], "2026-02-01 08:31:07 UTC")
SUCCEEDED = message.succeeded(RUN, "2026-02-01 08:31:07 UTC")


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **values: Any) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(values))


def tell(channel: channels.Channel, news: Message, environment: dict[str, Any] | None = None) -> set[str]:
    return send({"it": functools.partial(channels.notifier, channel, news, environment or {})}, {})


def test_slack_through_a_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []
    with servers.http(b"ok", received) as address:
        connect(monkeypatch, "slack_data", conn_type="slackwebhook", host=f"{address}/services", password="T0/B0/x")
        assert tell({"slack": {"connection": "slack_data"}}, FAILED) == {"it"}
    (body,) = received
    assert body["text"].startswith("*flights_load failed: load.check (run of 2026-01-31)*\n```\nflights_load failed")
    assert "unique &lt;key&gt; &amp; {{ more }}: found 12 of 842 rows" in body["text"]  # not rendered as Jinja


def test_slack_through_its_api(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []
    with servers.http(b'{"ok": true}', received) as address:
        connect(
            monkeypatch,
            "slack_api",
            conn_type="slack",
            password="xoxb-1",
            extra=json.dumps({"base_url": f"{address}/"}),
        )
        assert tell({"slack": {"connection": "slack_api", "channel": "#data"}}, FAILED) == {"it"}
    assert [body["channel"] for body in received] == ["#data"]


def test_pagerduty_in_the_triggerer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    received: list[Any] = []
    connect(monkeypatch, "pagerduty_data", conn_type="pagerduty_events", password="k" * 32)
    channel = {"pagerduty": {"connection": "pagerduty_data"}}
    with servers.https_proxy("events.pagerduty.com", tmp_path, received) as (address, certificate):
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        asyncio.run(send_async({"it": functools.partial(channels.notifier, channel, FAILED, {})}, {}))
    assert [(event["event_action"], event["routing_key"]) for event in received] == [("trigger", "k" * 32)]


def test_pagerduty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    received: list[Any] = []
    channel = {"pagerduty": {"connection": "pagerduty_data", "severity": "critical"}}
    connect(monkeypatch, "pagerduty_data", conn_type="pagerduty_events", password="k" * 32)
    with servers.https_proxy("events.pagerduty.com", tmp_path, received) as (address, certificate):
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert tell(channel, FAILED) == {"it"}
        assert send({"it": functools.partial(channels.resolver, channel, SUCCEEDED)}, {}) == {"it"}
    failed, resolved = received
    assert (failed["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert failed["dedup_key"] == resolved["dedup_key"] == "production/flights_load"
    assert failed["routing_key"] == "k" * 32
    assert failed["payload"]["severity"] == "critical"
    assert failed["payload"]["summary"] == "flights_load failed: load.check (run of 2026-01-31)"
    assert "found 12 of 842 rows" in failed["payload"]["custom_details"]["message"]
    assert failed["links"] == [{"href": RUN.url, "text": "Airflow"}]


def test_email(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[Any] = []
    with servers.mail(received) as port:
        extra = {"disable_ssl": True, "disable_tls": True}
        connect(monkeypatch, "smtp_default", conn_type="smtp", host="127.0.0.1", port=port, extra=json.dumps(extra))
        to = {"to": ["anna@example.com", "otto@example.com"], "cc": "eve@example.com", "from": "airflow@example.com"}
        assert tell({"email": to}, FAILED) == {"it"}
    (envelope,) = received
    assert envelope.rcpt_tos == ["anna@example.com", "otto@example.com", "eve@example.com"]
    sent = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert sent["subject"] == FAILED.subject
    body = sent.get_body()
    assert body is not None
    assert "unique &lt;key&gt; &amp; {{ more }}" in body.get_content()


def test_sns(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto import mock_aws
    from moto.sns.models import sns_backends

    with mock_aws():
        topic = boto3.client("sns", region_name="eu-west-1").create_topic(Name="alerts")["TopicArn"]
        monkeypatch.setenv("AIRFLOW_CONN_AWS_ALERTS", json.dumps({"conn_type": "aws"}))
        assert tell({"sns": {"topic": topic}}, FAILED, {"region": "eu-west-1", "aws_conn_id": "aws_alerts"}) == {"it"}
        ((_, text, subject, *_),) = sns_backends["123456789012"]["eu-west-1"].topics[topic].sent_notifications
    assert (subject, json.loads(text)["default"]) == (FAILED.subject, FAILED.text)


@pytest.mark.parametrize(
    "channel",
    [{"slack": {"connection": "nowhere"}}, {"email": {"to": "anna@example.com", "connection": "nowhere"}}],
    ids=["slack", "email"],
)
def test_a_connection_that_is_missing_harms_nothing(
    channel: channels.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    assert tell(channel, FAILED) == set()
    assert "The notification of it failed" in caplog.text
