"""Which tables a statement reads and writes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from generator.model import Engine
from generator.sql import grammar, scanner

_PART = r'(?:"x*"|`x*`|[\w$#]+)'
_NAME = rf"({_PART}(?:\s*\.\s*{_PART})*)"


def _starting(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\s*" + pattern.replace(" ", r"\s+").replace("@", _NAME), re.IGNORECASE)


# Statements that are not parsed: what the names in them are.
_OPAQUE: tuple[tuple[re.Pattern[str], str], ...] = (
    (_starting(r"COPY @"), "w"),
    (_starting(r"TRUNCATE (?:TABLE )?@"), "w"),
    (_starting(r"REFRESH MATERIALIZED VIEW @"), "w"),
    (_starting(r"ALTER TABLE @ APPEND FROM @"), "wr"),
    (_starting(r"ALTER TABLE @ (?:ADD|DROP) (?:IF (?:NOT )?EXISTS )?PARTITION\b"), "w"),
    (_starting(r"MSCK REPAIR TABLE @"), "w"),
)
_RENAME = _starting(r"ALTER TABLE @ RENAME TO @")
_UNLOAD = re.compile(r"\s*UNLOAD\s*\(\s*", re.IGNORECASE)
_SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "pg_internal", "pg_automv"}
_SYSTEM_TABLE = re.compile(r"(?:stl|stv|svl|svv|svcs|sys|pg)_")

Name = tuple[str, str]  # schema, which may be empty, and table; lower case


@dataclass(frozen=True)
class Lineage:
    """``temporary`` are names of tables that live no longer than the session."""

    reads: frozenset[Name] = frozenset()
    writes: frozenset[Name] = frozenset()
    temporary: frozenset[str] = frozenset()


@dataclass
class _Found:
    reads: set[Name] = field(default_factory=set)
    writes: set[Name] = field(default_factory=set)


@functools.lru_cache(maxsize=512)
def lineage(text: str, engine: Engine) -> Lineage:
    """The tables of one statement. Raises nothing, whatever the text."""
    reading = grammar.read(text, engine)
    if reading.tree is not None:
        return _of_tree(reading.tree)
    if inner := unloaded(text, engine):
        return Lineage(reads=lineage(inner, engine).reads)
    return _of_text(text, engine)


def unloaded(text: str, engine: Engine) -> str:
    """The query of an UNLOAD, with blanks before it, so that offsets in it are offsets in the text; or nothing."""
    masked = scanner.scan(text, engine).masked
    start = _UNLOAD.match(masked)
    if not start:
        return ""
    if engine == "athena":
        end = _closing(masked, start.end())
        return " " * start.end() + text[start.end() : end]
    quoted = re.compile(r"'x*'|\$x*\$").match(masked, start.end())
    if not quoted:
        return ""
    inner = quoted[0]
    opened = text[quoted.start() : quoted.end()]
    if inner.startswith("$"):
        width = opened.index("$", 1) + 1
        return " " * (quoted.start() + width) + opened[width:-width]
    # A doubled quote becomes a quote and a blank, and four of them, a quote within a string, two and two blanks.
    query = opened[1:-1].replace("''''", "''\0\0").replace("''", "' ").replace("' \0\0", "''  ").replace("\\'", "' ")
    return " " * (quoted.start() + 1) + query


def _closing(masked: str, start: int) -> int:
    depth = 1
    for match in re.compile(r"[()]").finditer(masked, start):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return match.start()
    return len(masked)


def _of_text(text: str, engine: Engine) -> Lineage:
    masked = scanner.scan(text, engine).masked
    found = _Found()
    for pattern, roles in _OPAQUE:
        if match := pattern.match(masked):
            for number, role in enumerate(roles, start=1):
                name = _parts(text[match.start(number) : match.end(number)])
                (found.writes if role == "w" else found.reads).add(name)
    if match := _RENAME.match(masked):
        schema, _ = _parts(text[match.start(1) : match.end(1)])
        found.writes.add((schema, _parts(text[match.start(2) : match.end(2)])[1]))
    return Lineage(frozenset(_lasting(found.reads)), frozenset(_lasting(found.writes)))


def _parts(written: str) -> Name:
    parts = [part[0].strip('"`').lower() for part in re.finditer(r'"[^"]*"|`[^`]*`|[^\s."`]+', written)]
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def _of_tree(tree: exp.Expr) -> Lineage:
    target = written(tree)
    targets = {id(table) for table in target}
    common = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    reads = {name for table in tree.find_all(exp.Table) if id(table) not in targets and (name := _read(table, common))}
    writes = {name_of(table) for table in target}
    if isinstance(tree, exp.Create) and tree.expression is None:
        reads = set()  # LIKE and REFERENCES name tables, and read no rows
    temporary = frozenset(name for _, name in writes if name.startswith("#") or _is_temporary(tree))
    if temporary:
        writes = set()
    return Lineage(frozenset(_lasting(reads)), frozenset(_lasting(writes)), temporary)


def written(tree: exp.Expr) -> list[exp.Table]:
    """The tables that a statement changes or makes with rows in them."""
    found: list[object] = []
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        found = [tree.this, *(tree.args.get("tables") or ())]
    elif isinstance(tree, exp.Create) and (tree.expression is not None or _is_temporary(tree)):
        found = [tree.this]
    elif into := tree.args.get("into"):
        found = [into.this]
    unwrapped = [each.this if isinstance(each, exp.Schema) else each for each in found]
    return [each for each in unwrapped if isinstance(each, exp.Table)]


_MADE = _starting(r"(?:CREATE (?:EXTERNAL )?TABLE (?:IF NOT EXISTS )?@|ALTER TABLE @ RENAME TO @)")


def made(text: str, engine: Engine) -> list[str]:
    """The table that a statement makes, or gives a new name, as ``schema.table``."""
    match = _MADE.match(scanner.scan(text, engine).masked)
    if not match:
        return []
    new, old, name = (_parts(text[slice(*match.span(number))]) if match[number] else ("", "") for number in (1, 2, 3))
    return [".".join(new)] if match[1] else [f"{old[0]}.{name[1]}"]


def _is_temporary(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Create):
        properties = tree.args.get("properties")
        marked = properties is not None and any(properties.find_all(exp.TemporaryProperty))
        table = tree.this.find(exp.Table)
        return marked or (table is not None and table.name.startswith("#"))
    into = tree.args.get("into")
    return bool(into and into.args.get("temporary"))


def _read(table: exp.Table, common: set[str]) -> Name | None:
    if not isinstance(table.this, exp.Identifier):
        return None  # a function such as generate_series
    schema, name = name_of(table)
    if not schema and name in common and not _is_within(table, name):
        return None
    return schema, name


def _is_within(table: exp.Table, name: str) -> bool:
    """``WITH flights AS (SELECT * FROM flights)`` reads the real table."""
    around = table.find_ancestor(exp.CTE)
    if around is None or around.alias_or_name.lower() != name:
        return False
    parent = around.parent
    return not (isinstance(parent, exp.With) and parent.args.get("recursive"))


def name_of(table: exp.Table) -> Name:
    return table.db.lower(), table.name.lower().split("$")[0] or table.name.lower()


def _lasting(names: Iterable[Name]) -> Iterator[Name]:
    for schema, name in names:
        system = schema in _SYSTEM_SCHEMAS or (not schema and _SYSTEM_TABLE.match(name))
        if not system and not name.startswith("#"):
            yield schema, name
