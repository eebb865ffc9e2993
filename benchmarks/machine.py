"""What the figures were measured on: the machine and the versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = (
    "pipeline-generator",
    "apache-airflow",
    "apache-airflow-providers-amazon",
    "dag-factory",
    "check-jsonschema",
    "jsonschema",
    "PyYAML",
    "sqlglot",
    "scikit-learn",
    "pyarrow",
)
_BYTES_PER_GIB = 1024**3


def machine() -> str:
    """Processor, cores, memory and system, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _BYTES_PER_GIB
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.release()}"
    )


def load() -> str:
    """How many processes wanted a core in the last minute: more than the cores are is a busy machine."""
    return f"{os.getloadavg()[0]:.1f}"


def versions() -> dict[str, str]:
    """Python and the packages that matter for the figures."""
    return {"Python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
