"""The local AWS of `pipelines up`: an environment's endpoint, bucket, databases and workgroups, and the sample data."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from generator.sandbox import account, client, differences, sample
from generator.sandbox.server import Sandbox


def start(values: Mapping[str, Any]) -> Sandbox:
    """Start a sandbox where the environment's ``endpoint_url`` says, or at a free port where that is taken."""
    port = urlsplit(str(values.get("endpoint_url", ""))).port or 0
    logging.getLogger(differences.LOGGER).addFilter(differences.Once())
    sandbox = Sandbox(port, values["region"])
    try:
        sandbox.start()
    except OSError:
        sandbox = Sandbox(0, values["region"])
        sandbox.start()
    return sandbox


def fill(values: Mapping[str, Any], variables: Mapping[str, str], first: date, last: date) -> dict[str, int]:
    """Make what a new account lacks (as whoever runs the infrastructure would), and deliver the sample files.

    Returns the number of rows by key.
    """
    account.make(values, variables)
    return sample.upload(client.of("s3", variables), values["bucket"], first, last)
