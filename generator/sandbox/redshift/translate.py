"""Redshift's SQL as DuckDB's: words set right before sqlglot reads them, then its tree, then DuckDB's text."""

from __future__ import annotations

import re
from collections.abc import Collection

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from generator.sandbox import differences
from generator.sandbox.redshift import aggregates, catalog, clauses, functions, rules, type_rules, windows
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import patterns, spatial
from generator.sandbox.redshift.functions.calls import DUCKDB, call
from generator.sandbox.redshift.rewrites import DIFFERENCES, REWRITES, SAME
from generator.sandbox.redshift.spelling import as_calls
from generator.sandbox.redshift.storage import SCHEMA
from generator.sandbox.redshift.super_from import marked
from generator.sandbox.redshift.types import parse_type
from generator.sandbox.sql import Token, lex

_DUPLICATES = re.compile(r"\bREMOVE\s+DUPLICATES\s*$", re.IGNORECASE)
# What Redshift calls functions that sqlglot names otherwise.
_NAMES = {
    "dateadd": "date_add",
    "datediff": "date_diff",
    "date_part": "pgdate_part",
    "extract": "date_part",
    "interval_literal": "interval",
    "group_concat": "listagg",
    "str_position": "position",
    "regexp_like": "?column?",
    "sha": "sha1",
}
_SYSTEM = re.compile(r"(stl|stv|svl|svv|svcs|sys|pg)_")


def parse(text: str) -> exp.Expr:
    """One statement of Redshift SQL as sqlglot's tree. Raises RedshiftError where it can't be read."""
    if _DUPLICATES.search(text):
        raise Unsupported("MERGE … REMOVE DUPLICATES")
    try:
        tree = sqlglot.parse_one(marked(_renamed(as_calls(text))), read="redshift")
    except SqlglotError as error:
        detail = getattr(error, "errors", None)
        near = detail[0].get("highlight") if detail else None
        raise RedshiftError(f'syntax error at or near "{near}"' if near else f"syntax error: {error}") from error
    for part in (rules, aggregates, windows):
        part.check(tree)
    return clauses.plain(tree)


def _renamed(text: str) -> str:
    """Functions that sqlglot would confuse get names of our own; `#temp` is quoted."""
    tokens = lex(text)
    rules.check_words(tokens)
    for pattern, last, plain in patterns.without_escape(tokens):
        return _renamed(f"{text[: pattern.start]}{plain}{text[last.end :]}")
    parts, end = [], 0
    for at, token in enumerate(tokens):
        name = token.text.lower()
        called = at + 1 < len(tokens) and tokens[at + 1].text == "("
        if token.kind != "word" or (at and tokens[at - 1].text == "."):
            continue
        if name.startswith("#"):
            new = f'"{name}"'
        elif called and name.startswith(functions.PREFIX):
            raise RedshiftError(f"function {name} does not exist")
        elif called and name in functions.NAMES and not _is_table(tokens, at):
            new = functions.PREFIX + name
        elif name == "approximate" and tokens[at + 1 :] and tokens[at + 1].upper == "PERCENTILE_DISC":
            new = ""
        elif name == "percentile_disc" and at and tokens[at - 1].upper == "APPROXIMATE":
            new = f"{functions.PREFIX}approximate_{name}"
        elif not called and name in functions.WORDS:
            new = functions.WORDS[name]
        else:
            continue
        parts += [text[end : token.start], new]
        end = token.end
    return "".join((*parts, text[end:]))


def _is_table(tokens: list[Token], at: int) -> bool:
    """Whether the word is a table with a column list (INSERT INTO left (a)), not a call."""
    before = tokens[at - 1].upper if at else ""
    return before in ("INTO", "TABLE", "WITH", "RECURSIVE")


def to_duckdb(tree: exp.Expr, own: Collection[str] = ()) -> str:
    """The statement in DuckDB's SQL. Raises RedshiftError for what the sandbox can't run.

    `own`: names of users' tables that look like those of system tables.
    """
    changed = tree.copy()
    type_rules.check(changed)
    spatial.check(changed)
    local = {cte.alias.lower() for cte in changed.find_all(exp.CTE)}.union(own)
    for table in list(changed.find_all(exp.Table)):
        _system_table(table, local)
    _name_results(changed)
    changed = _translated(changed)
    _show_intervals(changed)
    return changed.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.IGNORE)


def _translated(tree: exp.Expr) -> exp.Expr:
    """The tree with each part rewritten, what is inside before what is around it."""
    notes: dict[str, None] = {}
    for node in reversed(list(tree.walk(bfs=False))):
        parent, key, index = node.parent, node.arg_key, node.index
        new = _rewritten(node, notes)
        if new is node:
            continue
        new.type = new.type or node.type
        if parent is None or key is None:
            tree = new
        else:
            parent.set(key, new, index)
    for note in notes:
        differences.report(note)
    return tree


def _rewritten(node: exp.Expr, notes: dict[str, None]) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        return _called(node, notes)
    if type(node) in DIFFERENCES:
        notes[DIFFERENCES[type(node)]] = None
    rewrite = REWRITES.get(type(node))
    if rewrite is not None:
        return rewrite(node)
    if isinstance(node, exp.Func) and type(node) not in SAME:
        raise Unsupported(f"function {node.sql_name().lower()}")
    return node


def _called(node: exp.Anonymous, notes: dict[str, None]) -> exp.Expr:
    """A function that sqlglot does not know: one of `functions`, or none of the sandbox's."""
    if node.meta.get(DUCKDB):
        return node
    name = node.name.lower().removeprefix(functions.PREFIX)
    if not node.name.lower().startswith(functions.PREFIX) or name not in functions.NAMES:
        raise Unsupported(f"function {node.name.lower()}")
    if name in functions.DIFFERENCES:
        notes[functions.DIFFERENCES[name]] = None
    rewrite = functions.REWRITES.get(name)
    if rewrite is None:
        return node
    try:
        rewritten: exp.Expr = rewrite(list(node.expressions))
        return rewritten
    except (ValueError, IndexError) as error:
        raise RedshiftError(f"function {name} has other arguments") from error


def _system_table(table: exp.Table, local: set[str]) -> None:
    """Point a system table at the view that stands for it."""
    name, schema = table.name.lower(), table.db.lower()
    if schema == "information_schema":
        name = f"information_schema.{name}"
    elif schema not in ("", "pg_catalog") or not _SYSTEM.match(name) or name in local:
        return
    if name not in catalog.VIEWS:
        raise Unsupported(f"the system table {name} is not in the sandbox")
    if name in catalog.PARTIAL and _shows_all(table):
        raise Unsupported(f"all columns of {name}, which the sandbox has in part; name those that you need")
    if name in catalog.DIFFERENCES:
        differences.report(catalog.DIFFERENCES[name])
    table.set("db", exp.to_identifier(SCHEMA))
    table.set("catalog", None)
    table.set("this", exp.to_identifier(name, quoted=True))
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(name.rpartition(".")[2], quoted=True)))


def system_names(tree: exp.Expr) -> set[str]:
    """Names in a statement that look like those of system tables, and are of none that the sandbox has."""
    names = {table.name.lower() for table in tree.find_all(exp.Table) if not table.db}
    return {name for name in names if _SYSTEM.match(name) and name not in catalog.VIEWS}


def _shows_all(table: exp.Table) -> bool:
    """Whether the query that a table is in has a `*` of it."""
    select = table.find_ancestor(exp.Select)
    if select is None or isinstance(select.parent, exp.Exists):
        return False
    stars = [item for item in select.expressions if item.is_star]
    return any(
        isinstance(star, exp.Star) or star.text("table").lower() == table.alias_or_name.lower() for star in stars
    )


def _name_results(tree: exp.Expr) -> None:
    """Give the columns of all queries the names that Redshift gives them."""
    for query in tree.find_all(exp.Select):
        for item in query.expressions:
            if not isinstance(item, exp.Alias | exp.Column | exp.Star):
                item.replace(exp.alias_(item.copy(), result_name(item), quoted=True))


def _show_intervals(tree: exp.Expr) -> None:
    """Give intervals in the results of a query as Redshift's text of them, which DuckDB's API has not."""
    for item in tree.expressions if isinstance(tree, exp.Select) else ():
        value = item.unalias()
        if value.type is not None and value.type.this == exp.DType.INTERVAL:
            text = call("rs_interval_text", value.copy())
            item.replace(exp.alias_(text, item.alias_or_name, quoted=True))


def result_name(item: exp.Expr) -> str:
    """What Redshift calls a column of a result that has no name of its own."""
    if isinstance(item, exp.Window | exp.Paren | exp.WithinGroup | exp.IgnoreNulls):
        return result_name(item.this)
    if isinstance(item, exp.Cast):
        return _cast_name(item)
    if isinstance(item, exp.Case):
        return "case"
    if isinstance(item, exp.Anonymous):
        name = item.name.lower().removeprefix(functions.PREFIX)
        return _NAMES.get(name, name)
    if isinstance(item, exp.Trim):
        return {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(item.args.get("position")).upper(), "btrim")
    if isinstance(item, exp.Func) and not isinstance(item, exp.And | exp.Or):
        return _NAMES.get(item.sql_name().lower(), item.sql_name().lower())
    return "?column?"


def _cast_name(item: exp.Cast) -> str:
    """The name of what is cast, or where it has none that of the type."""
    value: exp.Expr = item
    while isinstance(value, exp.Cast | exp.Paren):
        value = value.this
    if isinstance(value, exp.Column):
        return value.name.lower()
    name = result_name(value)
    if name not in ("?column?", "case"):
        return name
    try:
        return parse_type(item.args["to"].sql(dialect="redshift")).short
    except (RedshiftError, ValueError):
        return name


def expression(text: str) -> str:
    """One expression, such as a column's default, in DuckDB's SQL."""
    tree = parse(f"SELECT {text}")
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise RedshiftError(f'syntax error at or near "{text}"')
    return to_duckdb(exp.select(exp.alias_(tree.expressions[0], "x"))).removeprefix("SELECT ").rpartition(" AS ")[0]
