"""Messages are sent side by side, each in its own time: what fails or hangs is logged, and harms nothing."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

PURPOSE = "notifications"
# A channel that takes longer does not answer at all.
SECONDS = 20.0

log = logging.getLogger(__name__)

# Makes a notifier: in the thread, where a missing provider or connection harms nobody.
Maker = Callable[[], Any]


def send(makers: Mapping[str, Maker], context: Any, seconds: float = SECONDS) -> set[str]:
    """Send through all notifiers at once; the names of those that were done in time.

    :param makers: what makes each notifier, by a name for the log
    :param context: Airflow's context, which notifiers are called with
    :param seconds: the time that all have together
    """
    sent: set[str] = set()
    threads = [
        threading.Thread(target=_notify, args=(name, maker, context, sent), name=f"notify {name}", daemon=True)
        for name, maker in makers.items()
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for thread, name in zip(threads, makers, strict=True):
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            log.error("The notification of %s was given up: it took longer than %g seconds", name, seconds)
    return set(sent)  # one that is late may still add to its own


async def send_async(makers: Mapping[str, Maker], context: Any, seconds: float = SECONDS) -> None:
    """The same in Airflow's triggerer, whose connections are for its event loop alone."""
    await asyncio.gather(*(_notify_async(name, maker, context, seconds) for name, maker in makers.items()))


def first_line(error: BaseException) -> str:
    """The kind of an error, and the first line of what it says."""
    lines: Sequence[str] = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _notify(name: str, maker: Maker, context: Any, sent: set[str]) -> None:
    try:
        maker().notify(context)  # calling the notifier itself would render the message as Jinja, error texts and all
    except BaseException as error:  # noqa: BLE001 - whatever it is, the run's other callbacks go on
        log.error("The notification of %s failed: %s", name, first_line(error))
    else:
        sent.add(name)


async def _notify_async(name: str, maker: Maker, context: Any, seconds: float) -> None:
    try:
        await asyncio.wait_for(maker().async_notify(context), seconds)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other channels are told
        log.error("The notification of %s failed: %s", name, first_line(error))
