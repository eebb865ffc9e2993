"""The catalogue of problem codes: what each means, with an example that fails and one that passes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# The texts of an example's files by name; None for a file that is missing on purpose.
Files = Mapping[str, Any]


@dataclass(frozen=True)
class Code:
    """A problem code. ``explanation`` says why it matters, in a few sentences.

    ``fails`` gives the problem and ``passes`` is clean: a pipeline's text, or several files. A file may also be
    described: ``repeat`` a text so many ``times`` after ``before``, text in ``latin_1``, or a ``link_to`` a path.
    """

    code: str
    title: str
    explanation: str
    fails: str | Files
    passes: str | Files


@functools.cache
def all_codes() -> Mapping[str, Code]:
    """Every code, in the order of the catalogue."""
    catalogue = yaml.safe_load((Path(__file__).parent / "codes.yaml").read_text(encoding="utf-8"))
    return {code: Code(code, **entry) for code, entry in catalogue.items()}
