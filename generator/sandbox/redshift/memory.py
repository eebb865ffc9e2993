"""What a session remembers from one statement to the next: parameters, the IDs of its queries, what it prepared."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.types import ColumnType

_QUERY_IDS = itertools.count(1)


def next_query_id() -> int:
    """The ID of a query that begins, in whatever session."""
    return next(_QUERY_IDS)


@dataclass(frozen=True)
class Loads:
    """The last query, COPY and UNLOAD of a session: their IDs, -1 before the first, and rows, 0 where one failed."""

    query_id: int = -1
    copy_id: int = -1
    copied: int = 0
    unload_id: int = -1
    unloaded: int = 0

    def with_query(self) -> Loads:
        """After a query of users' tables."""
        return replace(self, query_id=next_query_id())

    def with_copy(self) -> Loads:
        """While a COPY loads."""
        query_id = next_query_id()
        return replace(self, query_id=query_id, copy_id=query_id, copied=0)

    def with_unload(self) -> Loads:
        """While an UNLOAD writes."""
        query_id = next_query_id()
        return replace(self, query_id=query_id, unload_id=query_id, unloaded=0)


@dataclass(frozen=True)
class Prepared:
    """A prepared statement: its text with `$1`, and the types that PREPARE gave its parameters."""

    text: str
    types: tuple[ColumnType, ...]


@dataclass
class Cursor:
    """An open cursor. `position` is the number of rows up to its current one."""

    name: str
    result: Outcome
    position: int = 0


class Parameters:
    """The parameters that SET has set. A transaction that is undone sets none; SET LOCAL holds until its end."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._after: dict[str, str | None] = {}

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a parameter (None: to its default) for the session, or `local`ly until the transaction ends."""
        if local:
            self._after.setdefault(name, self.values.get(name))
        else:
            self._after.pop(name, None)
        self._put(name, value)

    def begin(self) -> None:
        """A transaction starts."""
        self._before = dict(self.values)

    def undo(self) -> None:
        """The transaction is undone."""
        self.values = self._before

    def end(self) -> None:
        """The transaction is over, undone or not."""
        for name, value in self._after.items():
            self._put(name, value)
        self._after = {}

    def _put(self, name: str, value: str | None) -> None:
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value
