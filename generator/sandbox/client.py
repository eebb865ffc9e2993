"""boto3 clients for a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def of(service: str, environment: Mapping[str, str]) -> Any:
    """A client of ``service`` for the sandbox whose variables are given; no other credentials are looked at."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
