"""Clauses of Redshift's SELECT that DuckDB has not, said in clauses that it has.

PIVOT, CONNECT BY and the join operator (+): "SELECT" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported

_TREE, _PARENT = "_hierarchy", "_prior"
_PIVOTED = (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg)


def plain(tree: exp.Expr) -> exp.Expr:
    """The statement without PIVOT, CONNECT BY and (+). Raises RedshiftError where they are used wrongly."""
    for select in list(tree.find_all(exp.Select)):
        _join_marked(select)
        _expand_hierarchy(select)
    for pivot in list(tree.find_all(exp.Pivot)):
        _expand_pivot(pivot)
    return tree


def _expand_pivot(pivot: exp.Pivot) -> None:
    """A column for each value of FOR; rows are grouped by all columns that PIVOT does not name."""
    source = pivot.parent
    if pivot.args.get("unpivot") or source is None:
        return
    if len(pivot.expressions) != 1 or len(pivot.args["fields"]) != 1:
        raise RedshiftError('syntax error at or near "pivot"')
    choice, aggregate = pivot.args["fields"][0], pivot.expressions[0]
    if not isinstance(aggregate.unalias(), _PIVOTED):
        raise RedshiftError("PIVOT supports the aggregate functions COUNT, SUM, MIN, MAX and AVG")
    named = [*aggregate.find_all(exp.Column), choice.this]
    columns: list[exp.Expr] = [exp.Star(except_=[exp.column(name) for name in dict.fromkeys(c.name for c in named)])]
    columns += [_pivoted(aggregate, choice.this, value) for value in choice.expressions]
    inner = source.copy()
    inner.set("pivots", None)
    query = exp.Select(expressions=columns, group=exp.Group(all=True)).from_(inner)
    source.replace(exp.Subquery(this=query, alias=pivot.args.get("alias")))


def _pivoted(aggregate: exp.Expr, column: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The aggregate function over the rows that have that value."""
    constant = value.this if isinstance(value, exp.PivotAlias | exp.Alias) else value
    if not isinstance(constant, exp.Literal | exp.Null | exp.Boolean | exp.Neg | exp.Cast):
        raise RedshiftError("the values of PIVOT must be constants")
    name = value.alias or ("null" if isinstance(constant, exp.Null) else constant.name or "?column?")
    if isinstance(constant, exp.Null):
        chosen: exp.Expr = exp.Is(this=column.copy(), expression=exp.null())
    else:
        chosen = exp.EQ(this=column.copy(), expression=constant.copy())
    function = aggregate.unalias().copy()
    argument = function.this
    if isinstance(argument, exp.Distinct):
        argument = argument.expressions[0]
    counted = exp.Literal.number(1) if isinstance(argument, exp.Star) else argument.copy()
    argument.replace(exp.Case(ifs=[exp.If(this=chosen, true=counted)]))
    suffix = f"_{aggregate.alias}" if aggregate.alias else ""
    return exp.alias_(function, f"{name}{suffix}".lower(), quoted=True)


def _expand_hierarchy(select: exp.Select) -> None:
    """START WITH … CONNECT BY as a recursive query, of which the rest of the SELECT is."""
    connect = select.args.get("connect")
    if connect is None:
        return
    source = select.args["from_"].this
    if select.args.get("joins") or not source.alias_or_name:
        raise Unsupported("CONNECT BY over a join or a subquery without a name")
    if connect.args.get("nocycle") or not connect.args["connect"].find(exp.Prior):
        raise RedshiftError("CONNECT BY needs a condition with PRIOR")
    select.set("connect", None)
    name = source.alias_or_name
    condition = _to_parent(connect.args["connect"], name)
    level = exp.column("level", table=_PARENT)
    rows = exp.Column(this=exp.Star(), table=exp.to_identifier(name))
    seed = exp.select(rows.copy(), "1 AS level").from_(source.copy())
    if connect.args.get("start") is not None:
        seed = seed.where(connect.args["start"].copy())
    child = exp.select(rows, exp.alias_(exp.Add(this=level, expression=exp.Literal.number(1)), "level"))
    child = child.from_(source.copy()).join(exp.to_table(_TREE).as_(_PARENT), on=condition, join_type="inner")
    tree = exp.CTE(
        this=exp.Union(this=seed, expression=child, distinct=False), alias=exp.TableAlias(this=exp.to_identifier(_TREE))
    )
    hierarchy = exp.select("*").from_(_TREE)
    hierarchy.set("with_", exp.With(expressions=[tree], recursive=True))
    source.replace(exp.Subquery(this=hierarchy, alias=exp.TableAlias(this=exp.to_identifier(name))))
    _hide_level(select)


def _to_parent(condition: exp.Expr, name: str) -> exp.Expr:
    """CONNECT BY's condition as one between a row and its parent."""
    condition = condition.copy()
    for column in list(condition.find_all(exp.Column)):
        prior = column.find_ancestor(exp.Prior)
        if column.name.lower() == "level" and not column.table:
            level = exp.column("level", table=_PARENT)
            column.replace(level if prior else exp.paren(exp.Add(this=level, expression=exp.Literal.number(1))))
        else:
            column.set("table", exp.to_identifier(_PARENT if prior else name))
    for prior in list(condition.find_all(exp.Prior)):
        prior.replace(prior.this)
    return condition


def _hide_level(select: exp.Select) -> None:
    """LEVEL is a column only where it is named."""
    for item in select.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            star.set("except_", [*(star.args.get("except_") or ()), exp.column("level")])


def _join_marked(select: exp.Select) -> None:
    """WHERE a = b(+) as LEFT JOIN."""
    where = select.args.get("where")
    marked = [column for column in where.find_all(exp.Column) if column.args.get("join_mark")] if where else []
    if not marked or where is None:
        return
    joins = select.args.get("joins") or []
    if any(join.side or join.kind or join.method or join.args.get("on") or join.args.get("using") for join in joins):
        raise RedshiftError("Outer join operator (+) can't be used in a query with join syntax in its FROM clause")
    if any(column.find_ancestor(exp.Or, exp.In, exp.Select) is not select for column in marked):
        raise RedshiftError("Outer join operator (+) not allowed in operand of OR or IN.")
    conditions: dict[str, list[exp.Expr]] = {}
    rest: list[exp.Expr] = []
    for condition in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        table = _marked_table(condition, marked)
        (conditions.setdefault(table, []) if table else rest).append(condition)
    for column in marked:
        column.set("join_mark", None)
    partners = {table: _partner(table, found) for table, found in conditions.items()}
    for table, partner in partners.items():
        if any({table, partner} <= _tables(condition) for condition in rest):  # marked in part: an inner join
            rest += conditions.pop(table)
    _write_joins(select, conditions, partners, rest)


def _tables(condition: exp.Expr) -> set[str]:
    return {column.table.lower() for column in condition.find_all(exp.Column)}


def _marked_table(condition: exp.Expr, marked: list[exp.Column]) -> str:
    """The table whose columns have (+) in a condition, or nothing. A column without a table is of the only one."""
    known = {column.table.lower() for column in marked} - {""}
    here = [column for column in condition.find_all(exp.Column) if column.args.get("join_mark")]
    for column in here:
        if not column.table:
            if len(known) != 1:
                raise Unsupported("(+) at a column without its table's name")
            column.set("table", exp.to_identifier(next(iter(known))))
    tables = {column.table.lower() for column in here}
    if len(tables) > 1:
        raise RedshiftError("a predicate may reference only one outer-joined table")
    return next(iter(tables), "")


def _partner(table: str, conditions: list[exp.Expr]) -> str:
    partners = {other for condition in conditions for other in _tables(condition)} - {table, ""}
    if len(partners) > 1:
        raise RedshiftError("A table may be outer joined to at most one other table.")
    return next(iter(partners), "")


def _write_joins(
    select: exp.Select, conditions: dict[str, list[exp.Expr]], partners: dict[str, str], rest: list[exp.Expr]
) -> None:
    """FROM with LEFT JOINs; `*` keeps the order in which FROM named the tables."""
    sources = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
    by_name = {source.alias_or_name.lower(): source for source in sources}
    items: list[exp.Expr] = []
    for item in select.expressions:
        each = [exp.Column(this=exp.Star(), table=exp.to_identifier(name)) for name in by_name]
        items += each if isinstance(item, exp.Star) and not item.args.get("except_") else [item]
    select.set("expressions", items)
    inner = [name for name in by_name if name not in conditions]
    if not inner or not set(conditions) <= set(by_name):
        raise RedshiftError("Outer join operator (+) at a table that is not in FROM, or at all of them")
    select.set("from_", exp.From(this=by_name[inner[0]]))
    joins = [exp.Join(this=by_name[name], kind="CROSS") for name in inner[1:]]
    joins += [
        exp.Join(this=by_name[name], side="LEFT", on=exp.and_(*conditions[name], copy=False))
        for name in _in_order(conditions, partners)
    ]
    select.set("joins", joins)
    select.set("where", exp.Where(this=exp.and_(*rest, copy=False)) if rest else None)


def _in_order(conditions: dict[str, list[exp.Expr]], partners: dict[str, str]) -> Iterator[str]:
    """Outer-joined tables, each after the one that it is joined to."""
    waiting = list(conditions)
    while waiting:
        ready = [name for name in waiting if partners[name] not in waiting]
        if not ready:
            raise RedshiftError("two tables can't be outer joined to each other")
        yield from ready
        waiting = [name for name in waiting if name not in ready]
