"""Files between S3 and the folders of a container."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

from botocore.exceptions import ClientError

from generator.sandbox import duck
from generator.sandbox.sagemaker.errors import JobError


def keys(endpoint: str, uri: str) -> list[str]:
    """URIs of the objects of an S3Prefix; none also where there is no such bucket."""
    try:
        return duck.list_keys(endpoint, uri)
    except (ClientError, ValueError):
        return []


def download(endpoint: str, prefix: str, objects: Iterable[str], folder: Path) -> None:
    """Copy objects into a folder, under their names after the prefix. Raises JobError where one can't be read."""
    folder.mkdir(parents=True, exist_ok=True)
    for uri in objects:
        target = (folder / _name(prefix, uri)).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise JobError(f"ClientError: Data download failed:the key of {uri} leaves the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        fetch(endpoint, uri, target)


def fetch(endpoint: str, uri: str, target: Path) -> None:
    """Copy one object to a file. Raises JobError where it can't be read."""
    bucket, key = duck.split_uri(uri)
    try:
        duck.client("s3", endpoint).download_file(bucket, key, str(target))
    except (ClientError, OSError) as error:
        raise JobError(f"ClientError: Data download failed:{error}") from error


def _name(prefix: str, uri: str) -> str:
    """An object's path in the channel: what follows the prefix, or its file name where the prefix is all of it."""
    rest = uri.removeprefix(prefix)
    if not rest or not (prefix.endswith("/") or rest.startswith("/")):
        rest = uri.removeprefix(prefix.rpartition("/")[0])
    return rest.lstrip("/")


def upload(endpoint: str, folder: Path, uri: str) -> None:
    """Copy the files of a folder under a prefix. Raises JobError where they can't be written."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            put(endpoint, path, f"{uri.rstrip('/')}/{path.relative_to(folder)}")


def put(endpoint: str, path: Path, uri: str) -> None:
    """Copy one file. Raises JobError where it can't be written."""
    from boto3.exceptions import S3UploadFailedError

    bucket, key = duck.split_uri(uri)
    try:
        duck.client("s3", endpoint).upload_file(str(path), bucket, key)
    except (ClientError, S3UploadFailedError, OSError) as error:
        raise JobError(f"ClientError: Artifact upload failed:{error}") from error


def pack(folders: Iterable[Path], target: Path) -> None:
    """The files of some folders as one tar.gz."""
    with tarfile.open(target, "w:gz") as archive:
        for folder in folders:
            for path in sorted(folder.iterdir()):
                archive.add(path, path.name)


def unpack(data: bytes, folder: Path) -> None:
    """The files of a tar.gz, none of them outside the folder. Raises tarfile.TarError where it is none."""
    inside = folder.resolve()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            path = (inside / member.name).resolve()
            if not path.is_relative_to(inside):
                raise tarfile.TarError(f"{member.name} would be outside of the folder")
            file = archive.extractfile(member)
            if file is not None:  # a folder is made with the first file in it
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())
