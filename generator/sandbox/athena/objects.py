"""Objects in the sandbox's S3, as Athena sees a table's files."""

import bz2
import gzip
from dataclasses import dataclass

from botocore.exceptions import ClientError

from generator.sandbox import duck
from generator.sandbox.athena.errors import QueryError, UnsupportedError

_DECOMPRESS = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_OTHER_CODECS = (".zst", ".snappy", ".lz4", ".lzo", ".deflate", ".lzop")


@dataclass(frozen=True)
class Object:
    uri: str
    size: int


class Objects:
    """Lists, reads and writes objects at the sandbox's `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._s3 = duck.client("s3", endpoint)

    def under(self, prefix: str) -> list[Object]:
        """The objects with this prefix that hold data, by URI; a missing bucket is an error.

        As in Hive, names that begin with "_" or "." are hidden, with all that lies in such folders.
        """
        bucket, key = split(prefix)
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        try:
            entries = [entry for page in pages for entry in page.get("Contents", [])]
        except ClientError as error:
            raise QueryError(f"PERMISSION_DENIED: Access denied on operation ListObjects of {bucket}") from error
        return [
            Object(f"s3://{bucket}/{entry['Key']}", entry["Size"])
            for entry in entries
            if entry["Size"] and not _hidden(entry["Key"][len(key) :])
        ]

    def text(self, uri: str) -> str:
        """An object's text, decompressed as its name says (`.gz`, `.bz2`)."""
        if uri.endswith(_OTHER_CODECS):
            raise UnsupportedError(f"text compressed as in {uri}")
        data = self.read(uri)
        for suffix, decompress in _DECOMPRESS.items():
            if uri.endswith(suffix):
                data = _decompressed(uri, data, decompress)
        return str(data.decode("utf-8", errors="replace"))

    def read(self, uri: str) -> bytes:
        bucket, key = split(uri)
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def write(self, uri: str, data: bytes) -> None:
        """Put an object. Raises QueryError where there is no such bucket."""
        bucket, key = split(uri)
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=data)
        except ClientError as error:
            raise QueryError(f"PERMISSION_DENIED: Access denied on operation PutObject of {uri}") from error

    def bucket_exists(self, bucket: str) -> bool:
        try:
            self._s3.head_bucket(Bucket=bucket)
        except ClientError:
            return False
        return True


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI. Raises QueryError for any other text."""
    try:
        return duck.split_uri(uri)
    except ValueError as error:
        raise QueryError(f"INVALID_TABLE_PROPERTY: External location must be a valid S3 URI: {uri}") from error


def _decompressed(uri: str, data: bytes, decompress: object) -> bytes:
    try:
        return bytes(decompress(data))  # type: ignore[operator]
    except (OSError, EOFError) as error:
        raise QueryError(f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {uri}: {error}") from error


def _hidden(below: str) -> bool:
    return any(part.startswith(("_", ".")) for part in below.split("/"))
