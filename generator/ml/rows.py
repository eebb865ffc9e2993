"""The rows of a job: a folder of Parquet files, read whole for training and in batches for predicting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from generator.ml.errors import JobError, listed
from generator.ml.features import kind_of

_BUFFER = 1 << 16  # bytes read at once for a column


def files(folder: Path) -> list[Path]:
    """The Parquet files in a folder and below it, by name. Those of no bytes are left out."""
    return sorted(path for path in folder.rglob("*") if _is_parquet(path))


def _is_parquet(path: Path) -> bool:
    return path.is_file() and path.suffix == ".parquet" and path.stat().st_size > 0


def schema(file: Path) -> pa.Schema:
    """The columns of a file. Raises JobError where it is no Parquet file."""
    try:
        return pq.read_schema(file)
    except pa.ArrowInvalid as error:
        raise JobError(f"{file.name} is not a Parquet file: {error}") from error


def table(folder: Path, names: Sequence[str] | None) -> pa.Table:
    """The named columns of all files, text as dictionaries. None: all columns. Raises JobError where there are none."""
    found = files(folder)
    if not found:
        raise JobError("no rows came: the query's result is empty")
    columns = schema(found[0])
    wanted = columns.names if names is None else list(dict.fromkeys(names))
    missing = [name for name in wanted if name not in columns.names]
    if missing:
        raise JobError(f"the query has no column {listed(missing)}; it has {listed(columns.names)}")
    texts = _texts(columns, wanted)
    parts = [pq.ParquetFile(file, read_dictionary=texts).read(columns=wanted) for file in found]
    return pa.concat_tables(parts).unify_dictionaries()


def batches(file: Path, names: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """The named columns of a file, `size` rows at a time, text as dictionaries."""
    texts = _texts(schema(file), names)
    # Buffered ahead, all bytes of the file would stay in memory to its end.
    with pq.ParquetFile(file, read_dictionary=texts, pre_buffer=False, buffer_size=_BUFFER) as opened:
        yield from opened.iter_batches(batch_size=size, columns=list(names))


def _texts(columns: pa.Schema, names: Sequence[str]) -> list[str]:
    return [name for name in names if kind_of(str(columns.field(name).type)) == "text"]
