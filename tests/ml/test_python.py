"""The job's code runs where AWS's scikit-learn image runs it: Python 3.10, and nothing else of this package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from generator import ml

_MODULES = sorted(Path(ml.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: path.stem)
def test_its_syntax_is_that_of_python_3_10(module: Path) -> None:
    ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 10))


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: path.stem)
def test_it_imports_what_is_there(module: Path) -> None:
    standard = {"__future__", "argparse", "collections", "dataclasses", "datetime", "difflib", "hashlib", "importlib",
                "io", "json", "math", "os", "pathlib", "platform", "re", "resource", "subprocess", "sys", "traceback",
                "typing", "warnings", "zipfile"}  # fmt: skip
    libraries = {"numpy", "pyarrow", "scipy", "sklearn", "skops", "xgboost"}
    named: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            named.add(node.module or "")
    ours = {name for name in named if name == "generator" or name.startswith("generator.")}
    assert all(name == "generator.ml" or name.startswith("generator.ml.") for name in ours)
    assert {name.partition(".")[0] for name in named - ours} <= standard | libraries
