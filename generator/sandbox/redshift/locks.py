"""Table locks: a transaction that writes a table holds it until its end, and others wait their turn.

"Managing concurrent write operations" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable

from generator.sandbox.redshift.errors import RedshiftError


class TableLocks:
    """The locks of one database. Owners and tables are any hashable values."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holders: dict[Hashable, Hashable] = {}
        self._waiting: dict[Hashable, Hashable] = {}
        self._cancelled: set[Hashable] = set()
        self._clock = 0
        self._rewritten: dict[Hashable, int] = {}

    def now(self) -> int:
        """A snapshot: a moment to compare later commits with."""
        with self._changed:
            return self._clock

    def is_rewritten(self, table: Hashable, since: int) -> bool:
        """Whether a transaction that both read and wrote the table committed after that moment."""
        with self._changed:
            return self._rewritten.get(table, 0) > since

    def acquire(self, owner: Hashable, table: Hashable) -> None:
        """Take the lock of `table`, after whoever holds it; a second time is nothing.

        Raises RedshiftError where waiting would be a deadlock, or was cancelled.
        """
        with self._changed:
            while self._holders.get(table, owner) != owner:
                if owner in self._cancelled:
                    self._waiting.pop(owner, None)
                    raise RedshiftError("Query cancelled on user's request")
                self._waiting[owner] = table
                if self._is_deadlock(owner):
                    del self._waiting[owner]
                    raise RedshiftError("deadlock detected")
                self._changed.wait()
            self._waiting.pop(owner, None)
            self._holders[table] = owner

    def _is_deadlock(self, owner: Hashable) -> bool:
        holder: Hashable | None = self._holders.get(self._waiting[owner])
        while holder is not None and holder != owner:
            awaited = self._waiting.get(holder)
            holder = None if awaited is None else self._holders.get(awaited)
        return holder == owner

    def release(self, owner: Hashable, rewritten: Iterable[Hashable] = ()) -> None:
        """Give back all of the owner's locks; `rewritten` are the tables whose rows it committed changes of."""
        with self._changed:
            self._clock += 1
            self._rewritten.update(dict.fromkeys(rewritten, self._clock))
            self._holders = {table: holder for table, holder in self._holders.items() if holder != owner}
            self._cancelled.discard(owner)
            self._changed.notify_all()

    def cancel(self, owner: Hashable) -> None:
        """Make the owner stop waiting, now or when it next has to."""
        with self._changed:
            self._cancelled.add(owner)
            self._changed.notify_all()
