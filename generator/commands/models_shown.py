"""Models and their versions, as `pipelines models` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from generator.commands.registered import Model, Version

_DIGITS = 4


def overview(models: Sequence[Model], today: Mapping[str, date]) -> Iterator[str]:
    """Each model in two lines: its current version, and the metrics of it."""
    for model in models:
        yield _title(model, today[model.name])
        current = model.current(today[model.name])
        if current and current.metrics:
            yield f"  {_metrics(current)}"


def versions(model: Model, today: date) -> Iterator[str]:
    """Each version, what it was made of, and why those that are not used are not."""
    yield _title(model, today)
    current = model.current(today)
    for version in model.versions:
        days = ", ".join(each.effective_from for each in model.promotions if each.version == version.version)
        used = f"current from {days}" if days else f"not promoted: {version.reasons or 'no reason is known'}"
        yield ""
        yield f"{'*' if current and version.version == current.version else ' '} {version.version}  {used}"
        made = f"{version.rows:,} rows, {version.algorithm}"
        yield f"    trained {version.trained_at[:16]} UTC by {version.pipeline}, {made}"
        if version.metrics:
            yield f"    {_metrics(version)}"


def record(model: Model, today: date) -> dict[str, Any]:
    """All that is known of a model, for JSON."""
    current = model.current(today)
    return {
        "model": model.name,
        "current": current.version if current else None,
        "since": model.since(today),
        "versions": [
            {
                "version": each.version,
                "kind": each.kind,
                "algorithm": each.algorithm,
                "trained_at": each.trained_at,
                "run_date": each.run_date,
                "pipeline": each.pipeline,
                "run_id": each.run_id,
                "rows": each.rows,
                "metrics": dict(each.metrics),
                "promoted": each.promoted,
                "reasons": each.reasons,
                "location": each.location,
                "metadata_sha256": each.metadata_sha256,
                "git_commit": each.git_commit,
            }
            for each in model.versions
        ],
        "promotions": [
            {
                "version": each.version,
                "effective_from": each.effective_from,
                "promoted_at": each.promoted_at,
                "promoted_by": each.promoted_by,
                "reason": each.reason,
            }
            for each in model.promotions
        ],
    }


def _title(model: Model, today: date) -> str:
    count = len(model.versions)
    current, since = model.current(today), model.since(today)
    used = f"{current.version} is current since {since}" if current else "none is current"
    return f"{model.name} ({model.versions[0].kind}), {count} version{'' if count == 1 else 's'}; {used}"


def _metrics(version: Version) -> str:
    return "  ".join(f"{name} {value:.{_DIGITS}g}" for name, value in version.metrics.items())
