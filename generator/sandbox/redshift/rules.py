"""What Redshift does not allow in queries although DuckDB does: "SELECT" in the Database Developer Guide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.sql import Token

_CORRELATED = "This type of correlated subquery pattern is not supported yet"


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError for a query that Redshift refuses, Unsupported for one that it does not document."""
    for kind, rule in _RULES:
        for node in tree.find_all(kind):
            rule(node)


def check_words(tokens: Sequence[Token]) -> None:
    """Raise RedshiftError for the join operator (+) after anything but a column, which sqlglot reads."""
    for at in range(3, len(tokens)):
        is_operator = [token.text for token in tokens[at - 2 : at + 1]] == ["(", "+", ")"]
        if is_operator and tokens[at - 3].kind not in ("word", "quoted"):
            raise RedshiftError('syntax error at or near "+"')


def _set_operation(node: exp.Expr) -> None:
    if isinstance(node, exp.Except | exp.Intersect) and not node.args.get("distinct"):
        raise RedshiftError(f"{node.key.upper()} ALL is not supported")
    for side in (node.this, node.expression):
        if side.args.get("limit") or side.args.get("offset") or _limited(side):
            raise RedshiftError("LIMIT may not be used within input to set operations.")


def _limited(side: exp.Expr) -> bool:
    query = side.unnest()
    return isinstance(side, exp.Subquery) and bool(query.args.get("limit") or query.args.get("offset"))


def _select(node: exp.Expr) -> None:
    if node.args.get("locks"):
        raise RedshiftError('syntax error at or near "for"')
    if isinstance(node.args.get("limit"), exp.Fetch) or node.args.get("sample"):
        raise Unsupported("FETCH FIRST or TABLESAMPLE")
    distinct, order, group = (node.args.get(key) for key in ("distinct", "order", "group"))
    if group is not None and group.args.get("all"):
        raise Unsupported("GROUP BY ALL")
    if order is not None:
        _check_order(order, node if distinct is not None else None)
    _check_names(node)
    _check_having(node)
    _check_grouped(node, group)


def _check_order(order: exp.Expr, distinct: exp.Expr | None) -> None:
    listed = set()
    for item in distinct.expressions if distinct is not None else ():
        listed |= {item.alias_or_name.lower(), item.unalias().sql(dialect="redshift").lower()}
    for each in order.expressions:
        key = each.this
        if key.is_string:
            raise RedshiftError("non-integer constant in ORDER BY")
        written = key.sql(dialect="redshift").lower()
        if distinct is not None and not key.is_int and "*" not in listed and not listed & {written, key.name.lower()}:
            raise RedshiftError("for SELECT DISTINCT, ORDER BY expressions must appear in select list")


def _check_having(select: exp.Expr) -> None:
    """HAVING can't use the name that the select list gives to an aggregate."""
    having = select.args.get("having")
    if having is None:
        return
    named = {item.alias.lower() for item in select.expressions if item.alias and item.find(exp.AggFunc)}
    for column in having.find_all(exp.Column):
        is_inside = column.find_ancestor(exp.AggFunc, exp.Having, exp.Select)
        if column.name.lower() in named and not column.table and isinstance(is_inside, exp.Having):
            raise RedshiftError(f'column "{column.name.lower()}" does not exist')


def _check_grouped(select: exp.Expr, group: exp.Expr | None) -> None:
    """GROUP BY can't be by the result of a correlated subquery."""
    if group is None:
        return
    subqueries = {item.alias.lower() for item in select.expressions if item.alias and _is_correlated(item.unalias())}
    if any(isinstance(key, exp.Column) and key.name.lower() in subqueries for key in group.expressions):
        raise RedshiftError(_CORRELATED)


def _is_correlated(node: exp.Expr) -> bool:
    return isinstance(node, exp.Subquery) and any(_reaches(column) for column in node.find_all(exp.Column))


def _sources(select: exp.Expr) -> set[str]:
    return {each.alias_or_name.lower() for each in _from_items(select)}


def _from_items(select: exp.Expr) -> list[exp.Expr]:
    source = select.args.get("from_")
    found = [source.this] if source is not None else []
    return found + [join.this for join in select.args.get("joins") or ()]


def _check_names(select: exp.Expr) -> None:
    schemas: dict[str, str] = {}
    for item in _from_items(select):
        name, schema = item.alias_or_name.lower(), item.text("db").lower()
        if name in schemas and schemas[name] != schema:
            raise Unsupported("tables of the same name from several schemas, without aliases")
        if name in schemas:
            raise RedshiftError(f'table name "{name}" specified more than once')
        if name:
            schemas[name] = schema


def _reaches(column: exp.Expr) -> int:
    """How many queries out a column's table is, by its name: 0 for one of its own query."""
    name, steps = column.text("table").lower(), 0
    if not name:
        return 0
    select = column.find_ancestor(exp.Select)
    while select is not None:
        if name in _sources(select):
            return steps
        steps += 1
        select = select.find_ancestor(exp.Select)
    return 0


def _column(node: exp.Expr) -> None:
    """Correlations that Redshift can't take apart; see "Correlated subqueries"."""
    steps = _reaches(node)
    if steps == 0:
        return
    select = node.find_ancestor(exp.Select)
    if steps > 1 or (select is not None and (select.find(exp.Window) or _is_in_outer_join(select))):
        raise RedshiftError(_CORRELATED)


def _is_in_outer_join(select: exp.Expr) -> bool:
    join = select.find_ancestor(exp.Join, exp.Select)
    return isinstance(join, exp.Join) and bool(join.side) and select.find_ancestor(exp.From, exp.Join) is join


def _in(node: exp.Expr) -> None:
    """IN (a grouped subquery with an aggregate other than MIN and MAX that refers to the query around it)."""
    query = node.args.get("query")
    select = query.unnest() if query is not None else None
    if not isinstance(select, exp.Select) or select.args.get("group") is None:
        return
    totals = [f for item in select.expressions for f in item.find_all(exp.AggFunc)]
    reaching = any(_reaches(column) for column in select.find_all(exp.Column))
    if reaching and any(not isinstance(total, exp.Min | exp.Max) for total in totals):
        raise RedshiftError(_CORRELATED)


def _with(node: exp.Expr) -> None:
    later = {cte.alias.lower() for cte in node.expressions}
    for cte in node.expressions:
        later.discard(cte.alias.lower())
        ahead = [table for table in cte.this.find_all(exp.Table) if table.name.lower() in later and not table.db]
        if ahead and not node.args.get("recursive"):
            raise RedshiftError(f'relation "{ahead[0].name.lower()}" does not exist')
    if node.find_ancestor(exp.CTE) is not None:
        raise Unsupported("WITH inside of a subquery of WITH, which Redshift's documentation rules out")
    for cte in node.expressions:
        if node.args.get("recursive") and _names_itself(cte):
            _recursive(cte)


def _names_itself(cte: exp.Expr) -> bool:
    return any(table.name.lower() == cte.alias.lower() and not table.db for table in cte.this.find_all(exp.Table))


def _recursive(cte: exp.Expr) -> None:
    query = cte.this
    if not cte.args["alias"].args.get("columns"):
        raise RedshiftError("a recursive common table expression needs a list of column names")
    if not isinstance(query, exp.Union) or query.args.get("distinct"):
        raise RedshiftError("a recursive common table expression must be a UNION ALL of two queries")
    if any(part.args.get(key) for part in (query, query.expression) for key in ("order", "limit")):
        raise RedshiftError("ORDER BY and LIMIT can't be used in a recursive common table expression")


def _quantified(node: exp.Expr) -> None:
    allowed = exp.EQ if isinstance(node, exp.Any) else exp.NEQ
    if isinstance(node.parent, exp.Binary) and not isinstance(node.parent, allowed):
        raise RedshiftError("ANY and SOME are supported with = only, ALL with <> only")


def _values(node: exp.Expr) -> None:
    if isinstance(node.parent, exp.From | exp.Join | exp.Subquery):
        raise RedshiftError('syntax error at or near "values"')


def _between(node: exp.Expr) -> None:
    if node.args.get("symmetric"):
        raise RedshiftError('syntax error at or near "symmetric"')


def _unsupported(what: str) -> Callable[[exp.Expr], None]:
    def rule(_: exp.Expr) -> None:
        raise Unsupported(what)

    return rule


_RULES: tuple[tuple[type[exp.Expr], Callable[[exp.Expr], None]], ...] = (
    (exp.SetOperation, _set_operation),
    (exp.Select, _select),
    (exp.Column, _column),
    (exp.In, _in),
    (exp.With, _with),
    (exp.Any, _quantified),
    (exp.All, _quantified),
    (exp.Values, _values),
    (exp.Between, _between),
    (exp.Lateral, _unsupported("LATERAL")),
    (exp.TableSample, _unsupported("TABLESAMPLE")),
)
