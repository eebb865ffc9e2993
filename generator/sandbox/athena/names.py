"""Which name means what: where Trino and DuckDB look for a name in different places.

In Trino the names of result columns exist in ORDER BY alone; DuckDB sees them in the select list, WHERE,
GROUP BY and HAVING too. In ORDER BY, Trino prefers them within expressions also.
"""

from collections.abc import Callable, Iterator

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.sources import Sources

UNNAMED = "_col?"  # an expression without a name; it becomes _col<position> in the result


def select_from(values: exp.Expr) -> exp.Expr:
    """VALUES as a SELECT from it, whose columns have no names."""
    first = values.expressions[0]
    width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    names = [exp.to_identifier(f"{UNNAMED}{index}", quoted=True) for index in range(width)]
    values.set("alias", exp.TableAlias(this=exp.to_identifier("rows", quoted=True), columns=names))
    return exp.select("*").from_(values)


def name_results(tree: exp.Expr) -> None:
    """Give the result's columns the names that Trino gives them."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for index, chosen in enumerate(select.expressions):
        if isinstance(chosen, exp.Alias) or chosen.is_star:
            continue
        name = chosen.name if isinstance(chosen, exp.Column | exp.Dot) else f"{UNNAMED}{index}"
        chosen.replace(exp.alias_(chosen.copy(), name, quoted=True))


def settle(tree: exp.Expr) -> None:
    """Put expressions for the names of result columns that ORDER BY uses within expressions."""
    for select in list(tree.find_all(exp.Select)):
        aliases = _aliases(select)
        if aliases:
            _expand_order(select, aliases)


def check(tree: exp.Expr, sources: Sources, bind: Callable[[exp.Expr], None]) -> None:
    """Raise QueryError where a translated query uses the name of a result column where Trino knows it not.

    `bind` raises where DuckDB can't bind a query; it is asked where `sources` can't tell what a name means.
    """
    for select in list(tree.find_all(exp.Select)):
        aliases = _aliases(select)
        if not aliases:
            continue
        for column in _columns(select.args.get("having")):
            if column.name.lower() not in aliases:
                continue
            owner = sources.owner(select, column.name.lower())
            if owner:  # DuckDB would take the result column of that name
                column.set("table", exp.to_identifier(owner, quoted=True))
            else:
                _check_name(column, select, aliases, sources)
                raise UnsupportedError(f"HAVING with the name of a result column ({column.name})")
        early = [column for column in _early_columns(select) if column.name.lower() in aliases]
        if not all(_check_name(column, select, aliases, sources) for column in early):
            _check_without_aliases(tree, select, bind)


def _check_name(column: exp.Column, select: exp.Select, aliases: dict[str, exp.Expr], sources: Sources) -> bool:
    """Whether `column` is one of the sources' for certain; raises QueryError where it is none for certain."""
    name = column.name.lower()
    if name not in aliases:
        return True
    found = sources.has(select, name) if column.find_ancestor(exp.Select) is select else None
    if found is False and select.find_ancestor(exp.Select) is None:
        raise QueryError(
            f"COLUMN_NOT_FOUND: line 1:1: Column '{name}' cannot be resolved or requester is not authorized to "
            "access requested resources"
        )
    return bool(found)


def _aliases(select: exp.Select) -> dict[str, exp.Expr]:
    """Result names that are not just the name of the column beneath."""
    found = {}
    for chosen in select.expressions:
        if isinstance(chosen, exp.Alias):
            plain = isinstance(chosen.this, exp.Column) and chosen.this.name.lower() == chosen.alias.lower()
            if not plain:
                found[chosen.alias.lower()] = chosen.this
    return found


def _columns(node: exp.Expr | None) -> Iterator[exp.Column]:
    for column in node.find_all(exp.Column) if node is not None else ():
        if not column.table:
            yield column


def _early_columns(select: exp.Select) -> Iterator[exp.Column]:
    for chosen in select.expressions:
        yield from _columns(chosen)
    for key in ("where", "group"):
        yield from _columns(select.args.get(key))


def _check_having(select: exp.Select, aliases: dict[str, exp.Expr]) -> None:
    for column in _columns(select.args.get("having")):
        if column.name.lower() in aliases:
            raise UnsupportedError(f"HAVING with the name of a result column ({column.name})")


def _check_without_aliases(tree: exp.Expr, select: exp.Select, bind: Callable[[exp.Expr], None]) -> None:
    """Bind the query with this select's result names given from outside, where its own parts can't see them."""
    inner, renamed = select.copy(), []
    for index, chosen in enumerate(inner.expressions):
        if isinstance(chosen, exp.Alias):
            hidden = f"$result{index}"
            renamed.append(f'"{hidden}" AS "{chosen.alias}"')
            chosen.set("alias", exp.to_identifier(hidden, quoted=True))
    for key in ("order", "limit", "offset", "with_"):
        inner.set(key, None)
    outer = exp.select(f"* RENAME ({', '.join(renamed)})", dialect="duckdb").from_(inner.subquery("results"))
    outer.set("with_", select.args.get("with_") and select.args["with_"].copy())
    select.replace(outer)
    try:
        bind(tree)
    finally:
        outer.replace(select)


def _expand_order(select: exp.Select, aliases: dict[str, exp.Expr]) -> None:
    order = select.args.get("order")
    for ordered in order.expressions if order is not None else ():
        if isinstance(ordered.this, exp.Column | exp.Literal):
            continue
        for column in list(_columns(ordered.this)):
            if column.name.lower() in aliases:
                column.replace(exp.paren(aliases[column.name.lower()].copy()))
