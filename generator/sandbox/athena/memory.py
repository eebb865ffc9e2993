"""Parquet files of one query, in memory: DuckDB opens a file here at once, where S3 takes a dozen requests."""

import uuid
from types import TracebackType

import duckdb
from fsspec.implementations.memory import MemoryFileSystem


class MemoryFiles:
    """A folder of files in this process's memory, for one query; as a context manager it empties itself."""

    def __init__(self) -> None:
        self._files = MemoryFileSystem()
        self._folder = f"/{uuid.uuid4()}"
        self._count = 0

    @staticmethod
    def register(database: duckdb.DuckDBPyConnection) -> None:
        """Let a database, with all its cursors, open `memory://` files."""
        database.register_filesystem(MemoryFileSystem())

    def new(self) -> str:
        """A name for a file that DuckDB writes."""
        self._count += 1
        return f"memory://{self._folder}/{self._count}"

    def put(self, data: bytes) -> str:
        """Keep a file; returns its name as DuckDB shows it."""
        name = self.new()
        self._files.pipe_file(name, data)
        return name

    def take(self, name: str) -> bytes:
        """The bytes of a file, which is gone then."""
        data = bytes(self._files.cat_file(name))
        self._files.rm_file(name)
        return data

    def __enter__(self) -> "MemoryFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._files.exists(self._folder):
            self._files.rm(self._folder, recursive=True)
