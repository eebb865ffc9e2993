"""What a job is asked to do: job.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from generator.ml.algorithms import Kind
from generator.ml.errors import JobError


@dataclass(frozen=True)
class Train:
    """Fit a model. `features`: None for all columns but target and keys. `split`: ``{by, test}``, ``{test, seed}`` or
    ``{folds, seed}``. `query`, `run_date`, `git_commit`, `file_hash` are for the model's card."""

    model: str
    kind: Kind
    target: str
    run_date: str
    features: list[str] | None = None
    keys: list[str] = field(default_factory=list)
    algorithm: str = "gradient_boosting"
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    split: Mapping[str, Any] = field(default_factory=lambda: {"test": 0.2, "seed": 0})
    positive: Any = None
    query: str = ""
    git_commit: str = ""
    file_hash: str = ""


@dataclass(frozen=True)
class Predict:
    """Apply a model. `metadata_sha256`: that of the registry; None for a folder that somebody chose.
    `columns`: the types of the table's columns that are written."""

    model: str
    version: str
    keys: list[str]
    run_date: str
    metadata_sha256: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    batch_rows: int = 50_000


_JOBS: dict[str, type[Train] | type[Predict]] = {"train": Train, "predict": Predict}


def read(path: Path) -> Train | Predict:
    """The order in a file. Raises JobError where it is none."""
    data = json.loads(path.read_text(encoding="utf-8"))
    kind = _JOBS.get(data.get("job", ""))
    if kind is None:
        raise JobError(f"{path.name} has no job 'train' or 'predict'")
    known = {each.name: each for each in fields(kind)}
    missing = [name for name, each in known.items() if name not in data and each.default_factory is MISSING]
    missing = [name for name in missing if known[name].default is MISSING]
    strange = data.keys() - known.keys() - {"job"}
    if missing or strange:
        raise JobError(f"{path.name}: missing {missing}, unknown {sorted(strange)}")
    return kind(**{name: data[name] for name in known if name in data})
