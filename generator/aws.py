"""How the commands reach the AWS of an environment: by the usual variables, which AWS's own libraries read."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def variables(values: Mapping[str, Any], present: Mapping[str, str]) -> dict[str, str]:
    """The variables that an environment's ``region`` and ``endpoint_url`` ask for; what is ``present`` comes first.

    A sandbox on this machine takes any credentials, so it gets made-up ones, and real ones never reach it.
    """
    wanted = {"AWS_DEFAULT_REGION": str(values["region"])}
    endpoint = present.get("AWS_ENDPOINT_URL") or values.get("endpoint_url")
    if endpoint:
        wanted["AWS_ENDPOINT_URL"] = str(endpoint)
        if urlsplit(str(endpoint)).hostname in _LOOPBACK:
            return {**wanted, "AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    return {name: value for name, value in wanted.items() if name not in present}


def use(values: Mapping[str, Any], process: MutableMapping[str, str] = os.environ) -> None:
    """Let this process, and those that it starts, reach the environment's AWS."""
    process.update(variables(values, process))
