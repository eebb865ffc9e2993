"""Lists of jobs, filtered, sorted and in pages: "ListTrainingJobs" and "ListProcessingJobs" in the API Reference."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from generator.sandbox.sagemaker.errors import RequestError
from generator.sandbox.sagemaker.jobs import Job

_DEFAULT_PAGE = 10
_ORDERS: dict[str, Callable[[tuple[str, Job]], Any]] = {
    "Name": lambda item: item[0],
    "CreationTime": lambda item: item[1].created,
    "Status": lambda item: item[1].status,
}


def listed(jobs: Mapping[str, Job], body: Mapping[str, Any]) -> tuple[list[Job], dict[str, str]]:
    """A page of the jobs that a request asks for, and its NextToken where there are more."""
    found = [(name, job) for name, job in list(jobs.items()) if _is_asked_for(name, job, body)]
    found.sort(key=_ORDERS[body.get("SortBy", "CreationTime")], reverse=body.get("SortOrder") == "Descending")
    token = body.get("NextToken", "0")
    if not token.isdecimal():
        raise RequestError("Invalid NextToken")
    start, size = int(token), body.get("MaxResults", _DEFAULT_PAGE)
    page = [job for _, job in found[start : start + size]]
    return page, ({"NextToken": str(start + size)} if start + size < len(found) else {})


def _is_asked_for(name: str, job: Job, body: Mapping[str, Any]) -> bool:
    times = (("CreationTime", job.created), ("LastModifiedTime", job.modified))
    return (
        body.get("NameContains", "").lower() in name.lower()
        and body.get("StatusEquals", job.status) == job.status
        and all(_seconds(body.get(f"{what}After"), 0.0) <= when for what, when in times)
        and all(when <= _seconds(body.get(f"{what}Before"), float("inf")) for what, when in times)
    )


def _seconds(moment: Any, otherwise: float) -> float:
    """A time of a request, as seconds since 1970; clients send a number or ISO 8601."""
    if moment is None:
        return otherwise
    if isinstance(moment, int | float):
        return float(moment)
    return datetime.datetime.fromisoformat(str(moment)).timestamp()
