"""How much memory and how many idle turns a job may take."""

from __future__ import annotations

import os
import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIB = 1024


def settle() -> None:
    """Let threads that wait sleep; before the libraries are loaded, which read this then.

    Several tasks share a worker's cores, and threads that spin make a busy machine tens of times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def limit_memory(limit: int) -> None:
    """Let this process use no more than `limit` bytes: what is over it fails with a MemoryError.

    The libraries are loaded and at work before, since OpenBLAS and OpenMP wait for ever, or end the process, where they
    get no memory for their threads. What they reserve for these and never touch does not count. Raises MemoryError
    where they alone use more.
    """
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others reserve far more than they use
    _start_libraries()
    used, reserved = _bytes("RssAnon"), _bytes("VmData")
    if used > limit:
        raise MemoryError(f"the libraries alone take {used / 2**20:,.0f} MiB")
    allowed = limit + max(0, reserved - used)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


def _start_libraries() -> None:
    """Have every library make its threads and their buffers."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    import scipy.linalg.blas
    import skops.io  # noqa: F401 - it loads much of scikit-learn
    from sklearn.ensemble import HistGradientBoostingRegressor

    square = np.ones((256, 256))
    scipy.linalg.blas.dgemm(1.0, square, square @ square)
    HistGradientBoostingRegressor(max_iter=1).fit(square, square[0])
    written = pa.BufferOutputStream()
    pq.write_table(pa.table({str(number): square[number] for number in range(len(square))}), written)
    pq.read_table(pa.BufferReader(written.getvalue()))


def _bytes(name: str) -> int:
    """A figure of this process's memory; 0 where the system does not say."""
    lines = _STATUS.read_text(encoding="ascii").splitlines() if _STATUS.exists() else []
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith(f"{name}:"))
