"""Functions of Redshift that DuckDB lacks or means otherwise, as DuckDB macros named `rs_…`."""

from __future__ import annotations

import duckdb

MACROS: dict[str, str] = {
    # At most `n` bytes of a text, whole characters only.
    "rs_left_bytes(t, n)": """CASE WHEN strlen(t) <= n THEN t WHEN strlen(t) = length(t) THEN left(t, n)
        ELSE left(t, list_max(list_filter(range(0, n + 1), k -> strlen(left(t, k)) <= n))) END""",
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros in a new database."""
    for signature, body in MACROS.items():
        connection.execute(f"CREATE MACRO {signature} AS ({body})")
