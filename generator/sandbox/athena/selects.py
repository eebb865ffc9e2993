"""The clauses of a SELECT that mean something else in DuckDB, or that sqlglot does not write for it.

See "SELECT" (trino.io/docs/current/sql/select.html): named windows, WITH TIES, GROUP BY ALL and DISTINCT, table
functions, limits of recursion; conditions are booleans and the columns of set operations have one type.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.sources import Sources
from generator.sandbox.athena.templates import template

KindOf = Callable[[exp.Expr], str]
Sets = list[tuple[exp.Expr, ...]]
_RECURSION = "a recursive query runs to its end, where Athena stops it with an error after 10 steps"


def reshape(tree: exp.Expr) -> None:
    """Write the clauses of all SELECTs for DuckDB; before types are asked for."""
    for select in list(tree.find_all(exp.Select)):
        _inline_windows(select)
        _check_windows(select)
        _group(select)
        _limit(select)
        _check_distinct(select)
    for with_ in tree.find_all(exp.With):
        if with_.args.get("recursive") and any(_reads_itself(cte) for cte in with_.expressions):
            differences.report(_RECURSION)
    for operation in tree.find_all(exp.SetOperation):
        if operation.args.get("by_name"):
            raise UnsupportedError("CORRESPONDING")


def _reads_itself(cte: exp.Expr) -> bool:
    return any(table.name.lower() == cte.alias.lower() for table in cte.this.find_all(exp.Table))


def _inline_windows(select: exp.Select) -> None:
    """Named windows in the places that use them, since DuckDB's ORDER BY does not know them."""
    named = {window.name.lower(): window for window in select.args.get("windows") or []}
    for window in list(named.values()):
        _complete(window, named)
    for key in ("expressions", "order"):
        value = select.args.get(key)
        for part in value if isinstance(value, list) else [value]:
            for window in list(part.find_all(exp.Window)) if part is not None else []:
                if window.find_ancestor(exp.Select) is select:
                    _complete(window, named)
    select.set("windows", None)


def _complete(window: exp.Expr, named: dict[str, exp.Expr]) -> None:
    alias = window.args.get("alias")
    if alias is None:
        return
    base = named.get(alias.name.lower())
    if base is None:
        raise QueryError(f"INVALID_WINDOW_REFERENCE: line 1:1: Cannot resolve WINDOW name {alias.name}")
    _complete(base, named)
    window.set("alias", None)
    for key in ("partition_by", "order", "spec"):
        inherited = base.args.get(key)
        if inherited and not window.args.get(key):
            copied = [each.copy() for each in inherited] if isinstance(inherited, list) else inherited.copy()
            window.set(key, copied)


def _check_windows(select: exp.Select) -> None:
    for window in select.find_all(exp.Window):
        function = window.this
        while isinstance(function, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
            function = function.this
        if isinstance(function.this, exp.Distinct) or any(
            isinstance(each, exp.Distinct) for each in function.expressions
        ):
            raise QueryError("NOT_SUPPORTED: line 1:1: DISTINCT in window function parameters not yet supported")
        name = {exp.Lag: "lag", exp.Lead: "lead"}.get(type(function), "")
        if name and not window.args.get("order"):
            raise QueryError(f"MISSING_ORDER_BY: line 1:1: {name} function requires an ORDER BY window clause")
        if name and window.args.get("spec"):
            raise QueryError(f"INVALID_WINDOW_FRAME: line 1:1: Cannot specify window frame for {name} function")
        offset = function.args.get("offset")
        if name and isinstance(offset, exp.Null):
            raise QueryError("INVALID_FUNCTION_ARGUMENT: Offset must not be null")
        if name and isinstance(offset, exp.Neg):
            raise QueryError("INVALID_FUNCTION_ARGUMENT: Offset must be at least 0")
        if isinstance(function, exp.NthValue) and _not_positive(offset or function.args.get("expression")):
            raise QueryError("INVALID_FUNCTION_ARGUMENT: Offset must be at least 1")


def _check_distinct(select: exp.Select) -> None:
    """SELECT DISTINCT is sorted by what it gives alone."""
    order = select.args.get("order")
    if not select.args.get("distinct") or order is None or any(each.is_star for each in select.expressions):
        return
    given = {part.sql().lower() for each in select.expressions for part in (each, each.unalias())}
    given |= {each.alias_or_name.lower() for each in select.expressions}
    for item in order.expressions:
        plain = isinstance(item.this, exp.Literal) or item.this.sql().lower() in given
        if not plain and not (isinstance(item.this, exp.Column) and item.this.name.lower() in given):
            raise QueryError(
                "EXPRESSION_NOT_IN_DISTINCT: line 1:1: For SELECT DISTINCT, ORDER BY expressions must appear in "
                "select list"
            )


def _not_positive(offset: exp.Expr | None) -> bool:
    return isinstance(offset, exp.Neg) or (isinstance(offset, exp.Literal) and offset.name == "0")


def _group(select: exp.Select) -> None:
    group = select.args.get("group")
    if group is None or "all" not in group.args or group.args["all"] is None:
        return
    if group.args["all"] is False:  # DISTINCT: each grouping set once
        sets = _distinct(_product([_sets(each) for each in group.expressions]))
        tuples = [exp.Tuple(expressions=[each.copy() for each in part]) for part in sets]
        group.set("expressions", [exp.GroupingSets(expressions=tuples)])
    group.set("all", None)


def _sets(element: exp.Expr) -> Sets:
    """The grouping sets that an element of GROUP BY stands for."""
    parts = [_columns(each) for each in element.expressions]
    if isinstance(element, exp.GroupingSets):
        return list(itertools.chain.from_iterable(_sets(each) for each in element.expressions))
    if isinstance(element, exp.Rollup):
        return [sum(parts[:count], ()) for count in range(len(parts), -1, -1)]
    if isinstance(element, exp.Cube):
        sizes = range(len(parts), -1, -1)
        return [sum(chosen, ()) for size in sizes for chosen in itertools.combinations(parts, size)]
    return [_columns(element)]


def _columns(element: exp.Expr) -> tuple[exp.Expr, ...]:
    if isinstance(element, exp.Tuple):
        return tuple(element.expressions)
    return (element.this,) if isinstance(element, exp.Paren) else (element,)


def _product(elements: list[Sets]) -> Sets:
    return [_distinct_columns(sum(chosen, ())) for chosen in itertools.product(*elements)]


def _distinct_columns(columns: tuple[exp.Expr, ...]) -> tuple[exp.Expr, ...]:
    return tuple({column.sql().lower(): column for column in columns}.values())


def _distinct(sets: Sets) -> Sets:
    return list({frozenset(column.sql().lower() for column in each): each for each in sets}.values())


def _limit(select: exp.Select) -> None:
    limit = select.args.get("limit")
    if not isinstance(limit, exp.Fetch):
        return
    options = limit.args.get("limit_options")
    count = limit.args.get("count") or exp.Literal.number(1)
    if options is None or not options.args.get("with_ties"):
        select.set("limit", exp.Limit(expression=count))
        return
    order = select.args.get("order")
    if order is None:
        raise QueryError("MISSING_ORDER_BY: line 1:1: FETCH FIRST WITH TIES clause requires ORDER BY")
    if (
        select.args.get("offset")
        or select.args.get("distinct")
        or any(isinstance(each.this, exp.Literal) for each in order.expressions)
    ):
        raise UnsupportedError("FETCH FIRST WITH TIES with OFFSET, DISTINCT or the position of a column")
    aliases = {each.alias.lower(): each.this for each in select.expressions if isinstance(each, exp.Alias)}
    items = []
    for item in order.expressions:
        ranked = item.copy()
        if isinstance(item.this, exp.Column) and not item.this.table and item.this.name.lower() in aliases:
            ranked.set("this", aliases[item.this.name.lower()].copy())
        items.append(ranked)
    rank = exp.Window(this=exp.Rank(), order=exp.Order(expressions=items), over="OVER")
    select.set("limit", None)
    select.set("qualify", exp.Qualify(this=exp.LTE(this=rank, expression=count)))


def expand_using(select: exp.Select, sources: Sources) -> None:
    """Columns for `*` after JOIN … USING, which gives the joined columns first; DuckDB leaves them where they are."""
    joins = select.args.get("joins") or []
    stars = [each for each in select.expressions if isinstance(each, exp.Star)]
    if not stars or not any(join.args.get("using") for join in joins):
        return
    columns = _source_columns(select.args["from_"].this, sources)
    for join in joins:
        shared = [name.name.lower() for name in join.args.get("using") or []]
        both = [*columns, *_source_columns(join.this, sources)]
        columns = [("", name) for name in shared] + [(table, name) for table, name in both if name not in shared]
    expanded: list[exp.Expr] = []
    for each in select.expressions:
        chosen = [exp.column(name, table or None, quoted=True) for table, name in columns]
        expanded += chosen if isinstance(each, exp.Star) else [each]
    select.set("expressions", expanded)


def _source_columns(source: exp.Expr, sources: Sources) -> list[tuple[str, str]]:
    columns = sources.source(source)
    if columns is None:
        raise UnsupportedError("* after JOIN … USING with a source whose columns can't be told")
    return [(source.alias_or_name, name) for name, _ in columns]


def table_function(table: exp.Table) -> exp.Expr:
    """TABLE(sequence(…)) as a subquery. Raises UnsupportedError for other table functions."""
    calls = table.this.expressions if isinstance(table.this, exp.Anonymous) else []
    call = calls[0] if len(calls) == 1 and table.this.name.upper() == "TABLE" else None
    if not isinstance(call, exp.Anonymous) or call.name.lower() != "trino_sequence":
        raise UnsupportedError(f"the table function {table.sql('trino')[:60]}")
    given: dict[str, exp.Expr] = {"start": exp.Literal.number(0), "step": exp.Literal.number(1)}
    for name, argument in zip(("start", "stop", "step"), call.expressions, strict=False):
        named = isinstance(argument, exp.Kwarg | exp.PropertyEQ)
        given[argument.this.name.lower() if named else name] = argument.expression if named else argument
    if "stop" not in given or len(given) > 3:
        raise QueryError("MISSING_ARGUMENT: line 1:1: Missing argument: STOP")
    numbers = template("unnest(generate_series(CAST(:start AS BIGINT), CAST(:stop AS BIGINT), :step))", **given)
    select = exp.Select(expressions=[exp.alias_(numbers, "sequential_number", quoted=True)])
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier("sequence"))
    return exp.Subquery(this=select, alias=alias)


def check_condition(node: exp.Expr, kind_of: KindOf) -> None:
    """Raise QueryError where what must be a boolean is none."""
    conditions: list[tuple[str, exp.Expr | None]] = []
    if isinstance(node, exp.Where | exp.Having):
        conditions = [(f"{node.key.upper()} clause", node.this)]
    elif isinstance(node, exp.And | exp.Or):
        conditions = [("Logical expression term", node.this), ("Logical expression term", node.expression)]
    elif isinstance(node, exp.Not):
        conditions = [("Value of logical NOT expression", node.this)]
    elif isinstance(node, exp.Join):
        conditions = [("JOIN ON clause", node.args.get("on"))]
    elif isinstance(node, exp.If) and not (isinstance(node.parent, exp.Case) and node.parent.this):
        conditions = [("CASE WHEN clause", node.this)]
    for place, condition in conditions:
        kind = kind_of(condition) if condition is not None else "BOOLEAN"
        if kind not in ("BOOLEAN", '"NULL"', "NULL"):
            shown = kind.replace("STRING_LITERAL", "VARCHAR").removesuffix("_LITERAL").lower()
            raise QueryError(f"TYPE_MISMATCH: line 1:1: {place} must evaluate to a boolean: actual type {shown}")


def check_columns(node: exp.SetOperation, sources: Sources, alike: Callable[[str, str], bool]) -> None:
    """Raise QueryError where a set operation's queries differ in the number or the kinds of their columns."""
    left, right = sources.query(node.this), sources.query(node.expression)
    if left is None or right is None:
        return
    name = node.key.upper()
    if len(left) != len(right):
        raise QueryError(
            f"TYPE_MISMATCH: line 1:1: {name} query has different number of fields: {len(left)}, {len(right)}"
        )
    for place, ((_, one), (_, other)) in enumerate(zip(left, right, strict=True), start=1):
        if not alike(one, other):
            raise QueryError(
                f"TYPE_MISMATCH: line 1:1: column {place} in {name} query has incompatible types: "
                f"{one.lower()}, {other.lower()}"
            )
