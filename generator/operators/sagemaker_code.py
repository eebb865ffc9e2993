"""The code of the job in S3, for SageMaker's containers: under the hash of its content, written once."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

PROGRAM = "run.py"
_ARCHIVE = "sourcedir.tar.gz"
_RUN = "import sys\n\nfrom generator.ml.container import main\n\nsys.exit(main())\n"
# What AWS's scikit-learn image may lack; xgboost is in none of its versions.
_REQUIREMENTS = ("pyarrow", "skops")
_MISSING = ("404", "NoSuchKey", "NotFound")


@dataclass(frozen=True)
class Code:
    """Where the code is: its files, and the same as one tar.gz, as the training toolkit wants them."""

    sha256: str
    archive: str
    files: str


def ensure(s3: Any, bucket: str, algorithm: str) -> Code:
    """Put the code for an algorithm's jobs into a bucket, unless it is there.

    :param s3: a boto3 client of S3.
    """
    files = contents(algorithm)
    archive = packed(files)
    sha256 = hashlib.sha256(archive).hexdigest()
    folder = f"ml/code/{sha256}/"
    if not _is_there(s3, bucket, folder + _ARCHIVE):
        for name, body in files.items():
            s3.put_object(Bucket=bucket, Key=f"{folder}files/{name}", Body=body)
        # Last, so that it is there only where all of them are.
        s3.put_object(Bucket=bucket, Key=folder + _ARCHIVE, Body=archive)
    return Code(sha256, f"s3://{bucket}/{folder}{_ARCHIVE}", f"s3://{bucket}/{folder}files/")


def contents(algorithm: str) -> dict[str, bytes]:
    """The files of the code by their paths: `generator.ml` as it is installed here, and how it is started."""
    import generator.ml

    folder = Path(generator.ml.__file__).parent
    modules = {f"generator/ml/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.py"))}
    requirements = [*_REQUIREMENTS, *(["xgboost"] if algorithm == "xgboost" else [])]
    return {
        "generator/__init__.py": b"",
        **modules,
        "requirements.txt": "".join(f"{name}\n" for name in requirements).encode(),
        PROGRAM: _RUN.encode(),
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    """A tar.gz of files; the same files give the same bytes."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return gzip.compress(raw.getvalue(), mtime=0)


def _is_there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return False
        raise
    return True
