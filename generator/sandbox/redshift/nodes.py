"""Where Redshift runs a statement: on the compute nodes, or on the leader node alone.

"SQL functions supported on the leader node" and "Compute node-only functions" in the Amazon Redshift Database
Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp


def is_on_compute_nodes(tree: exp.Expr) -> bool:
    """Whether a statement is about users' tables or system tables, not the leader node's catalog alone."""
    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.db or table.name.lower() not in local]
    return any(isinstance(table.this, exp.Identifier) and not _is_catalog(table) for table in tables)


def _is_catalog(table: exp.Table) -> bool:
    return table.name.lower().startswith("pg_") or table.db.lower() in ("pg_catalog", "information_schema")
