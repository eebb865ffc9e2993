"""Models and their versions, as `pipelines models` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from generator.commands.registered import Model, Version

_DIGITS = 4


def overview(models: Sequence[Model], today: Mapping[str, date]) -> None:
    """A line for each model."""
    rows = []
    for model in models:
        current = model.current(today[model.name])
        since = model.since(today[model.name]) or ""
        rows.append((model.name, model.versions[0].kind, str(len(model.versions)), _name(current), since,
                     _metrics(current)))  # fmt: skip
    _table(("model", "kind", "versions", "current version", "since", "metrics"), rows)


def versions(model: Model, today: date) -> None:
    """A line for each version, and why those that are not used are not."""
    current = model.current(today)
    rows = []
    for version in model.versions:
        days = ", ".join(each.effective_from for each in model.promotions if each.version == version.version)
        mark = "current" if current and version.version == current.version else ""
        why = (version.reasons or "") if not days else ""
        rows.append((version.version, mark, version.trained_at[:16], str(version.rows), version.algorithm, days,
                     _metrics(version), why))  # fmt: skip
    _table(("version", "", "trained (UTC)", "rows", "algorithm", "current from", "metrics", "not promoted"), rows)


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


def _name(version: Version | None) -> str:
    return version.version if version else "none"


def _metrics(version: Version | None) -> str:
    if version is None:
        return ""
    return " ".join(f"{name} {value:.{_DIGITS}g}" for name, value in version.metrics.items())


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=box.SIMPLE_HEAD)
    filled = [place for place, name in enumerate(header) if any(row[place] for row in rows) or name == "model"]
    for place in filled:
        table.add_column(header[place], no_wrap=header[place] in ("version", "model"))
    for row in rows:
        table.add_row(*(row[place] for place in filled))
    console.print(table)
