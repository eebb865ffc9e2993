"""The registry for people: all models of an environment with their versions and promotions, and a promotion by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from generator import query
from generator.registry import statements
from generator.run_log.place import schema

_MOST = 100_000


@dataclass(frozen=True)
class Version:
    """A row of the registry's table of versions; moments are texts, in UTC."""

    model: str
    version: str
    kind: str
    algorithm: str
    pipeline: str
    run_id: str
    run_date: str
    task: str
    trained_at: str
    location: str
    metadata_sha256: str
    rows: int
    metrics: Mapping[str, float]
    git_commit: str
    promoted: bool
    reasons: str | None


@dataclass(frozen=True)
class Promotion:
    """A row of the table of promotions."""

    model: str
    version: str
    effective_from: str
    promoted_at: str
    promoted_by: str
    reason: str


@dataclass(frozen=True)
class Model:
    """A model; its versions and its promotions, the newest first."""

    name: str
    versions: tuple[Version, ...]
    promotions: tuple[Promotion, ...]

    def current(self, day: date) -> Version | None:
        """The version that is current at a day."""
        promotion = self._promotion(day)
        return next((each for each in self.versions if promotion and each.version == promotion.version), None)

    def since(self, day: date) -> str | None:
        """From which day on that one is current."""
        promotion = self._promotion(day)
        return promotion.effective_from if promotion else None

    def _promotion(self, day: date) -> Promotion | None:
        return next((each for each in self.promotions if each.effective_from <= day.isoformat()), None)


def models(values: Mapping[str, Any]) -> list[Model]:
    """All models of an environment with these values, by name, as far as any were trained. Raises QueryError."""
    try:
        versions, promotions = query.redshift_batch(statements.everything(schema(values)), values, _MOST)
    except query.QueryError as error:
        if "does not exist" in str(error):
            return []
        raise
    by_name: dict[str, list[Version]] = {}
    for row in versions.rows:
        version = _version(row)
        by_name.setdefault(version.model, []).append(version)
    promoted = [Promotion(*("" if value is None else str(value) for value in row)) for row in promotions.rows]
    return [
        Model(name, tuple(found), tuple(each for each in promoted if each.model == name))
        for name, found in sorted(by_name.items())
    ]


def promote(values: Mapping[str, Any], model: str, version: str, day: str, by: str, reason: str) -> None:
    """Make a version the current one from a day on (YYYY-MM-DD). Raises QueryError."""
    query.redshift_batch(statements.promote(schema(values), model, version, day, by, reason), values, 1)


def _version(row: Sequence[Any]) -> Version:
    """The row of a version; the query's columns are in the order of the fields."""
    found: dict[str, Any] = dict(zip((each.name for each in fields(Version)), row, strict=True))
    known: dict[str, Any] = {
        name: "" if value is None and name != "reasons" else value for name, value in found.items()
    }
    known |= {"rows": int(found["rows"] or 0), "metrics": json.loads(found["metrics"] or "{}")}
    return Version(**known)
