"""DuckDB databases whose `s3://` is the sandbox's own S3, never that of the surrounding environment."""

from __future__ import annotations

import functools
from typing import Any

import boto3
import botocore.session
import duckdb
import s3fs
from botocore.config import Config

ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox"  # noqa: S105 (the sandbox takes any key; this one says where it belongs)
REGION = "us-east-1"

# Extensions are never fetched, and SQL reaches neither variables of this Python process nor local files.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


def open_database(s3_endpoint: str) -> duckdb.DuckDBPyConnection:
    """Open a new DuckDB database in memory, whose clock is UTC and whose `s3://` is the sandbox's S3.

    Connections made from it with `.cursor()` share its tables, its settings and its `s3://`; temporary
    tables and transactions are a cursor's own. Local files can't be read from SQL.

    `s3_endpoint` is the sandbox's address, such as "http://127.0.0.1:5000".
    """
    database = duckdb.connect(":memory:", config=_CONFIG)
    database.register_filesystem(s3_filesystem(s3_endpoint))
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    database.execute("SET disabled_filesystems = 'LocalFileSystem'")
    return database


@functools.lru_cache(maxsize=8)
def s3_filesystem(s3_endpoint: str) -> s3fs.S3FileSystem:
    """The sandbox's S3 as an fsspec filesystem, which sees new objects at once; one for an endpoint."""
    return s3fs.S3FileSystem(
        key=ACCESS_KEY,
        secret=SECRET_KEY,
        endpoint_url=s3_endpoint,
        client_kwargs={"region_name": REGION},
        use_listings_cache=False,
        skip_instance_cache=True,
    )


@functools.lru_cache(maxsize=64)
def client(service: str, endpoint: str) -> Any:
    """A boto3 client of the sandbox, whatever credentials, profile or endpoints the environment has.

    Making one takes longer than most calls, and threads may share one: each is made once.
    """
    # No profile: one that the environment names may not exist.
    bare = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION, botocore_session=bare)
    config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"})
    return session.client(service, endpoint_url=endpoint, config=config)


def split_uri(uri: str) -> tuple[str, str]:
    """The bucket and the key (or prefix) of an `s3://` URI. Raises ValueError for any other text."""
    scheme, separator, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if not separator or scheme.lower() != "s3" or not bucket:
        raise ValueError(f"not an S3 URI: {uri!r}")
    return bucket, key


def list_keys(s3_endpoint: str, prefix: str) -> list[str]:
    """URIs of the objects whose URI begins with `prefix`, in S3's order.

    The prefix is text, as COPY takes it: "s3://bucket/day=1" is also the start of "s3://bucket/day=10/a.csv".
    Folder markers (empty objects whose key ends in "/") are left out. Raises ValueError where `prefix` is no
    S3 URI, and botocore's ClientError where there is no such bucket.
    """
    bucket, key = split_uri(prefix)
    pages = client("s3", s3_endpoint).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    found = (entry for page in pages for entry in page.get("Contents", []))
    return [f"s3://{bucket}/{entry['Key']}" for entry in found if not entry["Key"].endswith("/")]
