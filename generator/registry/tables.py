"""The registry's tables. Pure."""

from __future__ import annotations

from generator import quoting

MODELS, PROMOTIONS = "models", "promotions"

_NAME = "VARCHAR(256)"
TABLES: dict[str, dict[str, str]] = {
    MODELS: {
        "model": _NAME,
        "version": "VARCHAR(64)",
        "kind": "VARCHAR(64)",
        "algorithm": "VARCHAR(64)",
        "pipeline": _NAME,
        "run_id": _NAME,
        "run_date": "DATE",
        "task": _NAME,
        "trained_at": "TIMESTAMP",
        "location": "VARCHAR(1024)",
        "metadata_sha256": "VARCHAR(64)",
        "rows": "BIGINT",
        "metrics": "VARCHAR(4000)",
        "git_commit": "VARCHAR(64)",
        "promoted": "BOOLEAN",
        "reasons": "VARCHAR(4000)",
        "logged_at": "TIMESTAMP",
    },
    PROMOTIONS: {
        "model": _NAME,
        "version": "VARCHAR(64)",
        "effective_from": "DATE",
        "promoted_at": "TIMESTAMP",
        "promoted_by": "VARCHAR(1024)",
        "reason": "VARCHAR(4000)",
    },
}


def create(schema: str) -> list[str]:
    """The statements that make the schema and the tables where they are not there yet."""
    made = [f"CREATE SCHEMA IF NOT EXISTS {quoting.identifier(schema)}"]
    for table, columns in TABLES.items():
        defined = ", ".join(f"{quoting.identifier(name)} {kind}" for name, kind in columns.items())
        made.append(f"CREATE TABLE IF NOT EXISTS {name_of(schema, table)} ({defined})")
    return made


def name_of(schema: str, table: str) -> str:
    """The table's quoted name."""
    return f"{quoting.identifier(schema)}.{quoting.identifier(table)}"


def lock(schema: str) -> str:
    """What a transaction that writes begins with: Redshift takes its snapshot of the data after that."""
    return f"LOCK {name_of(schema, MODELS)}, {name_of(schema, PROMOTIONS)}"
