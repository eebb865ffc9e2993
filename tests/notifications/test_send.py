from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from generator.notifications.send import send, send_async


class Notifier:
    """Fails, waits for ever, or notes that it was called."""

    def __init__(self, behaviour: str, called: list[str]) -> None:
        self.behaviour = behaviour
        self.called = called

    def notify(self, _context: Any) -> None:
        self.called.append(self.behaviour)
        if self.behaviour == "fails":
            raise SystemExit("no such channel\nat all")
        if self.behaviour == "hangs":
            threading.Event().wait(60)

    async def async_notify(self, _context: Any) -> None:
        self.called.append(self.behaviour)
        if self.behaviour == "fails":
            raise ValueError("no such channel")
        if self.behaviour == "hangs":
            await asyncio.sleep(60)


BEHAVIOURS = ("fails", "hangs", "works")


def test_what_fails_or_hangs_is_logged_and_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []
    makers = {name: lambda name=name: Notifier(name, called) for name in BEHAVIOURS}
    assert send(makers, {}, seconds=0.5) == {"works"}
    assert sorted(called) == sorted(BEHAVIOURS)
    assert "The notification of fails failed: SystemExit: no such channel\n" in caplog.text
    assert "The notification of hangs was given up: it took longer than 0.5 seconds" in caplog.text


def test_the_same_in_an_event_loop(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []
    makers = {name: lambda name=name: Notifier(name, called) for name in BEHAVIOURS}
    asyncio.run(send_async(makers, {}, seconds=0.5))
    assert sorted(called) == sorted(BEHAVIOURS)
    assert caplog.text.count("The notification of") == 2


def test_a_provider_that_is_not_installed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def missing() -> Any:
        raise ModuleNotFoundError("No module named 'airflow.providers.pagerduty'")

    assert send({"pagerduty": missing}, {}) == set()
    assert "No module named 'airflow.providers.pagerduty'" in caplog.text
