"""What the two kinds of job have in common, and the contract between a kind and what runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from generator.sandbox import duck
from generator.sandbox.sagemaker.container import Command, Container, Root
from generator.sandbox.sagemaker.errors import RequestError, unsupported

# The API's limit on the length of FailureReason and ExitMessage, in characters.
REASON_LENGTH = 1024
DEFAULT_RUNTIME = 24 * 60 * 60  # seconds; StoppingCondition's default


class Work(Protocol):
    """What a job does: made from a request, after all of it was checked."""

    @property
    def request(self) -> Mapping[str, Any]:
        """The request that made the job."""

    @property
    def hosts(self) -> Sequence[str]:
        """The names of its containers."""

    def prepare(self, root: Root, host: str) -> Command:
        """Fill a container's folders from S3. Raises JobError."""

    def failure(self, container: Container) -> str:
        """What FailureReason says of a container that failed, before its exit code."""

    def finish(self, roots: Sequence[Root], status: str) -> dict[str, Any]:
        """Write results to S3 where the job was completed or stopped; further members of the description."""


def hosts(count: int) -> list[str]:
    return [f"algo-{number}" for number in range(1, count + 1)]


def environment(endpoint: str, region: str) -> dict[str, str]:
    """The variables by which a container finds AWS; on AWS the role's credentials come from an address instead."""
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": duck.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": duck.SECRET_KEY,
    }


def algorithm_error(text: str, code: int) -> str:
    """A FailureReason: what the container says of it, and its exit code."""
    end = f", exit code: {code}"
    return f"AlgorithmError: {text}"[: REASON_LENGTH - len(end)] + end


def write_json(root: Root, path: str, value: Any) -> None:
    """A configuration file of a container; the paths in it are this machine's."""
    target = root.at(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(root.outward(json.dumps(value)))


def share(objects: Sequence[str], distribution: str, place: int, count: int) -> list[str]:
    """The objects that one of `count` hosts gets: all, or with ShardedByS3Key a share of them."""
    return list(objects[place::count]) if distribution == "ShardedByS3Key" else list(objects)


def nothing_found(uri: str, region: str, role: str) -> str:
    """SageMaker's words for an input without objects."""
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists '
        f'in the selected region ({region}), that objects exist under that S3 prefix, and that the role "{role}" has '
        f'"s3:ListBucket" permissions on bucket "{uri.partition("://")[2].partition("/")[0]}".'
    )


def refuse(given: Mapping[str, Any], *members: str) -> None:
    """Raise RequestError for members that the sandbox does nothing about."""
    for member in members:
        if given.get(member):
            raise unsupported(member)


def only(value: str, allowed: Sequence[str], member: str) -> None:
    """Raise RequestError for a value that the sandbox does nothing about."""
    if value not in allowed:
        raise unsupported(f"{member} {value}")


def unique(names: Sequence[str], what: str) -> None:
    """Raise RequestError where a name comes twice."""
    twice = {name for name in names if list(names).count(name) > 1}
    if twice:
        raise RequestError(f"{what} must be unique: {', '.join(sorted(twice))}")
