"""UNNEST of arrays, of arrays of rows and of maps, several at once, WITH ORDINALITY, as a lateral subquery.

See "UNNEST" (trino.io/docs/current/sql/select.html#unnest): shorter arrays are filled with NULLs.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.rows import member
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import element, fields

KindOf = Callable[[exp.Expr], str]


def table(node: exp.Expr, kind_of: KindOf) -> exp.Expr:
    """What runs in place of an UNNEST in FROM. Raises QueryError where it stands elsewhere, or of other types."""
    if not isinstance(node.parent, exp.From | exp.Join):
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Function 'unnest' not registered")
    columns: list[exp.Expr] = []
    sizes = []
    for argument in node.expressions:
        kind = kind_of(argument)
        if kind.startswith("MAP("):
            columns += [template("unnest(map_keys(:m))", m=argument), template("unnest(map_values(:m))", m=argument)]
            sizes.append(template("coalesce(len(map_keys(:m)), 0)", m=argument))
            continue
        if not element(kind) and kind != '"NULL"':
            raise QueryError("TYPE_MISMATCH: line 1:1: Cannot unnest type: " + kind.lower())
        columns += _elements(argument, element(kind))
        sizes.append(template("coalesce(len(:a), 0)", a=argument))
    ordinality = node.args.get("offset")
    if ordinality:
        names = {f"s{index}": size for index, size in enumerate(sizes)}
        most = f"greatest({', '.join(f':{name}' for name in names)})"
        columns.append(template(f"unnest(range(1, {most} + 1))", **names))
    labels = _names(node.args.get("alias"), ordinality, len(columns))
    # Names that no column of the query can have, since a subquery would take its own for those of the query.
    inner = [exp.alias_(column, f"$unnest{index}", quoted=True) for index, column in enumerate(columns)]
    for each in inner:
        each.meta["translated"] = True
    alias = exp.TableAlias(this=_table_name(node), columns=[exp.to_identifier(name, quoted=True) for name in labels])
    return exp.Lateral(this=exp.Subquery(this=exp.Select(expressions=inner)), alias=alias)


def _elements(argument: exp.Expr, kind: str) -> list[exp.Expr]:
    members = fields(kind)
    if not members:
        return [template("unnest(:a)", a=argument)]
    return [
        template(f"unnest(list_transform(:a, lambda e: {member(kind, place, 'e')}))", a=argument)
        for place in range(len(members))
    ]


def _names(alias: exp.Expr | None, ordinality: exp.Expr | bool | None, count: int) -> list[str]:
    given = [name.name for name in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if isinstance(ordinality, exp.Identifier):
        given.append(ordinality.name)
    if given and len(given) != count:
        raise QueryError(
            f"MISMATCHED_COLUMN_ALIASES: line 1:1: Column alias list has {len(given)} entries but '{alias}' has "
            f"{count} columns available"
        )
    return given or [f"_col{index}" for index in range(count)]


def _table_name(node: exp.Expr) -> exp.Expr:
    name = node.alias
    return exp.to_identifier(name or "$unnest", quoted=True)
