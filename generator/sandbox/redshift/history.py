"""The statements that ran in a database, as SYS_QUERY_HISTORY and STL_QUERY show them.

"SYS_QUERY_HISTORY" and "STL_QUERY" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import datetime
from collections import deque
from dataclasses import asdict, dataclass

import duckdb

from generator.sandbox.sql import SqlSyntaxError, lex

_FUNCTION = "rs_query_history"
_KEPT = 10_000
_LONGEST_TEXT = 4000
_LONGEST_ERROR = 512
_ROW = """STRUCT(query_id BIGINT, session_id INTEGER, query_type VARCHAR, status VARCHAR, start_time TIMESTAMP,
    end_time TIMESTAMP, error_message VARCHAR, returned_rows BIGINT, query_text VARCHAR)[]"""
_ROWS = f"SELECT unnest({_FUNCTION}(), recursive := true)"
_LASTED = "date_diff('microsecond', start_time, end_time)"
_DATABASE = "CAST('{database}' AS VARCHAR) AS"

VIEWS = {
    "sys_query_history": f"""SELECT 100 AS user_id, query_id, 'default' AS query_label, session_id,
        {_DATABASE} database_name, query_type, status, start_time, end_time, {_LASTED} AS elapsed_time,
        {_LASTED} AS execution_time, error_message, returned_rows, query_text FROM ({_ROWS})""",
    "stl_query": f"""SELECT 100 AS userid, query_id AS query, 'default' AS label, session_id AS pid,
        {_DATABASE} "database", query_text AS querytxt, start_time AS starttime, end_time AS endtime,
        CAST(status = 'canceled' AS INTEGER) AS aborted FROM ({_ROWS})""",
}
PARTIAL = frozenset(VIEWS)
DIFFERENCES = dict.fromkeys(VIEWS, "Statements are shown when they are over, the last 10,000 of them.")

_OWN_TYPES = ("INSERT", "UPDATE", "DELETE", "COPY", "UNLOAD")
_TYPES = {
    **dict.fromkeys(("SELECT", "WITH", "VALUES", "("), "SELECT"),
    **dict.fromkeys(("CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT"), "DDL"),
    **dict.fromkeys(("ANALYZE", "VACUUM", "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SET", "RESET",
                     "SHOW", "LOCK", "PREPARE", "EXECUTE", "DEALLOCATE", "DECLARE", "FETCH", "CLOSE"), "UTILITY"),
}  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A statement that is over; `status` is success, failed or canceled, times are UTC; texts are cut as AWS's."""

    query_id: int
    session_id: int
    query_type: str
    status: str
    start_time: datetime.datetime
    end_time: datetime.datetime
    error_message: str
    returned_rows: int
    query_text: str


class History:
    """The last statements of a database, the oldest first."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._queries: deque[Query] = deque(maxlen=_KEPT)
        connection.create_function(_FUNCTION, self._rows, [], _ROW, side_effects=True)

    def add(self, query: Query) -> None:
        """Note a statement that has just ended."""
        self._queries.append(query)

    def _rows(self) -> list[dict[str, object]]:
        return [asdict(query) for query in list(self._queries)]


def ended(
    query_id: int, session_id: int, text: str, started: datetime.datetime, *, error: str, canceled: bool, rows: int
) -> Query:
    """A statement that has just ended; `error` is empty where it succeeded."""
    status = "canceled" if canceled else "failed" if error else "success"
    kind, shown = query_type(text), text[:_LONGEST_TEXT]
    return Query(query_id, session_id, kind, status, started, now(), error[:_LONGEST_ERROR], rows, shown)


def query_type(text: str) -> str:
    """What SYS_QUERY_HISTORY calls a statement that begins so."""
    try:
        words = [token.upper for token in lex(text)]
    except SqlSyntaxError:
        return "OTHER"
    first = words[0] if words else ""
    if first == "CREATE" and "TABLE" in words[:4] and "AS" in words:
        return "CTAS"
    return first if first in _OWN_TYPES else _TYPES.get(first, "OTHER")


def now() -> datetime.datetime:
    """The time as Redshift's TIMESTAMP has it: UTC, without a time zone."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
