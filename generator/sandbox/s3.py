"""The objects of the sandbox's S3 in this process, where a call over HTTP would take longer than what it is for."""

from __future__ import annotations

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.exceptions import MissingBucket
from moto.s3.models import S3Backend, s3_backends

from generator.sandbox import duck


def backend() -> S3Backend:
    """moto's S3; it is another one after a reset."""
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def read(uri: str) -> bytes:
    """An object's bytes. Raises FileNotFoundError where there is none."""
    bucket, key = duck.split_uri(uri)
    try:
        found = backend().get_object(bucket, key)
    except MissingBucket:
        found = None
    if found is None:
        raise FileNotFoundError(uri)
    return bytes(found.value)
