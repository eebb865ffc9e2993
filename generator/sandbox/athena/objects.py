"""Objects in the sandbox's S3, as Athena sees a table's files.

They are moto's own, in this process: a query reads and writes several, and each call over HTTP would take as long as
the query.
"""

import bz2
import gzip
from dataclasses import dataclass

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeDeleteMarker

from generator.sandbox import duck, s3
from generator.sandbox.athena.errors import QueryError, UnsupportedError

_DECOMPRESS = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_OTHER_CODECS = (".zst", ".snappy", ".lz4", ".lzo", ".deflate", ".lzop")


@dataclass(frozen=True)
class Object:
    uri: str
    size: int


class Objects:
    """Lists, reads and writes the objects of the sandbox's S3."""

    def under(self, prefix: str) -> list[Object]:
        """The objects with this prefix that hold data, by URI; a missing bucket is an error.

        As in Hive, names that begin with "_" or "." are hidden, with all that lies in such folders.
        """
        bucket, start = split(prefix)
        try:
            keys = list(s3.backend().get_bucket(bucket).keys.items())
        except MissingBucket as error:
            raise QueryError(f"PERMISSION_DENIED: Access denied on operation ListObjects of {bucket}") from error
        return sorted(
            (
                Object(f"s3://{bucket}/{name}", key.size)
                for name, key in keys
                if name.startswith(start) and not isinstance(key, FakeDeleteMarker)
                if key.size and not _hidden(name[len(start) :])
            ),
            key=lambda found: found.uri,
        )

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
        try:
            return s3.read(uri)
        except FileNotFoundError as error:
            raise QueryError(f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {uri}: it is gone") from error

    def write(self, uri: str, data: bytes) -> None:
        """Put an object. Raises QueryError where there is no such bucket."""
        bucket, key = split(uri)
        try:
            s3.backend().put_object(bucket, key, data)
        except MissingBucket as error:
            raise QueryError(f"PERMISSION_DENIED: Access denied on operation PutObject of {uri}") from error

    def bucket_exists(self, bucket: str) -> bool:
        return bucket in s3.backend().buckets


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
