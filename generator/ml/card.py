"""A model's card, metadata.json: all that is known of a version, and what predicting needs of it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from generator.ml.algorithms import ALGORITHMS, Kind
from generator.ml.errors import JobError
from generator.ml.features import Feature

NAME = "metadata.json"
MODEL = "model.skops"

_KINDS: Mapping[str, Kind] = {"classification": "classification", "regression": "regression"}


@dataclass(frozen=True)
class Card:
    """The part of a card that predicting needs."""

    kind: Kind
    algorithm: str
    classes: tuple[Any, ...]
    positive: Any
    features: tuple[Feature, ...]
    libraries: Mapping[str, str]
    model_sha256: str


def text(card: Mapping[str, Any]) -> str:
    """A card as it is written."""
    return json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def sha256(file: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    made = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def read(folder: Path, expected_sha256: str | None) -> Card:
    """The card of the model in a folder. Raises JobError where it is not the one that was registered, or no card."""
    file = folder / NAME
    if not file.is_file():
        raise JobError(f"there is no {NAME} beside the model")
    found = sha256(file)
    if expected_sha256 not in (None, found):
        raise JobError(f"{NAME} is not the registered one: its SHA-256 is {found}, the registry has {expected_sha256}")
    try:
        return _card(json.loads(file.read_bytes()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise JobError(f"{NAME} is no model's card: {type(error).__name__}: {error}") from error


def _card(data: Mapping[str, Any]) -> Card:
    classes = tuple(data["classes"] or ())
    if len(classes) == 2 and data["positive"] not in classes:
        raise ValueError(f"{data['positive']!r} is none of the classes")
    if data["algorithm"] not in ALGORITHMS:
        raise ValueError(f"there is no algorithm {data['algorithm']!r}")
    return Card(
        kind=_KINDS[data["kind"]],
        algorithm=data["algorithm"],
        classes=classes,
        positive=data["positive"],
        features=tuple(_feature(each) for each in data["features"]),
        libraries={str(name): str(version) for name, version in data["libraries"].items()},
        model_sha256=str(data["model_sha256"]),
    )


def _feature(data: Mapping[str, Any]) -> Feature:
    categories = tuple(str(text) for text in data.get("categories", ()))
    other, empty = bool(data.get("other", False)), bool(data.get("empty", False))
    return Feature(str(data["name"]), str(data["type"]), data["role"], categories, other, empty)


def libraries(algorithm: str) -> dict[str, str]:
    """Python and the libraries that a model is made with."""
    names = ["scikit-learn", "skops", "numpy", "pyarrow"]
    versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}
    if ALGORITHMS[algorithm].package == "xgboost":
        versions["xgboost"] = _xgboost()
    return versions


def check_libraries(card: Card) -> None:
    """Raise JobError where the model was made with other versions than those here: it could predict something else."""
    here = libraries(card.algorithm)
    for name in ("scikit-learn", "xgboost"):
        made_with = card.libraries.get(name, "an unknown version")
        if name in here and _minor(here[name]) != _minor(made_with):
            raise JobError(
                f"the model was trained with {name} {made_with}, here is {here[name]}: train it again, or install "
                "that version"
            )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def _xgboost() -> str:
    import xgboost

    return str(xgboost.__version__)
