"""The libraries' threads, before they are loaded: they do not spin while they wait, as in a job of its own process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ml.folder import Folder

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder for jobs."""
    return Folder(tmp_path)
