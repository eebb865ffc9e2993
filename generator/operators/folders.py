"""Folders in S3: what lies in one, emptying it, and copying it to another."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from boto3.s3.transfer import TransferConfig

# S3 API Reference, DeleteObjects: "up to 1,000 object keys"; ListObjectsV2 gives as many.
_PAGE = 1000
_COPIES_AT_ONCE = 10
# S3 API Reference, CopyObject: objects of up to 5 GB; larger ones are copied in parts.
_COPYING = TransferConfig(multipart_threshold=4 << 30, multipart_chunksize=512 << 20, use_threads=False)


def folder_of(uri: str) -> tuple[str, str]:
    """Bucket and key prefix of a folder. Raises AirflowFailException for all that could be more than one."""
    scheme, _, path = uri.partition("://")
    bucket, _, key = path.partition("/")
    if scheme != "s3" or not bucket or not key.strip("/") or not key.endswith("/"):
        raise AirflowFailException(f"'{uri}' is no folder that can be emptied: it must look like s3://bucket/folder/")
    return bucket, key


def keys(client: Any, uri: str) -> Iterator[str]:
    """The keys of the objects in a folder."""
    bucket, folder = folder_of(uri)
    for page in _pages(client, bucket, folder):
        yield from page


def empty(client: Any, uri: str, keep: Collection[str] = ()) -> int:
    """Delete the objects in a folder, but for those in the folders `keep`; how many there were.

    Raises AirflowException where S3 does not let one be deleted.
    """
    kept = tuple(folder_of(each)[1] for each in keep)
    return _delete(client, uri, lambda key: not key.startswith(kept))


def copy(client: Any, source: str, target: str) -> None:
    """Make a folder hold what another one does, and nothing else: first the new objects, then away with the others.

    Raises AirflowException where something else has come into it meanwhile: two copy there at once.
    """
    from_bucket, from_folder = folder_of(source)
    to_bucket, to_folder = folder_of(target)
    copies = {to_folder + key[len(from_folder) :]: key for key in keys(client, source)}

    def one(to_key: str) -> None:
        client.copy({"Bucket": from_bucket, "Key": copies[to_key]}, to_bucket, to_key, Config=_COPYING)

    with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
        list(pool.map(one, copies))
    _delete(client, target, lambda key: key not in copies)
    if set(keys(client, target)) != copies.keys():
        raise AirflowException(f"objects came into {target} or went while it was written: does another run write it?")


def _delete(client: Any, uri: str, chosen: Any) -> int:
    bucket, folder = folder_of(uri)
    removed = 0
    for page in _pages(client, bucket, folder):
        objects = [{"Key": key} for key in page if chosen(key)]
        if objects:
            _request(client, bucket, objects)
        removed += len(objects)
    return removed


def _pages(client: Any, bucket: str, folder: str) -> Iterator[list[str]]:
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=folder, PaginationConfig={"PageSize": _PAGE}
    )
    return ([found["Key"] for found in page.get("Contents", ())] for page in pages)


def _request(client: Any, bucket: str, objects: list[dict[str, str]]) -> None:
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    if answer.get("Errors"):
        first = answer["Errors"][0]
        raise AirflowException(
            f"{len(answer['Errors'])} objects could not be removed, first s3://{bucket}/{first['Key']}: "
            f"{first.get('Code')} {first.get('Message')}"
        )
