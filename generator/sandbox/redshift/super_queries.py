"""SUPER values in queries: navigation, FROM over arrays and objects, and dynamic typing, as DuckDB can run them.

"Querying semi-structured data" in the Amazon Redshift Database Developer Guide. Names are resolved first, so that
`c.items` is known for a column, for an attribute of a column or for what FROM iterates over.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.super_values import of
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.super_conditions import refuse_condition
from generator.sandbox.redshift.super_group import group_by_keys, one_of_each, order_by_positions
from generator.sandbox.redshift.super_paths import got, is_column, last_name, start, step_text
from generator.sandbox.redshift.super_rules import apply
from generator.sandbox.redshift.super_scope import (
    Output,
    Scope,
    Source,
    as_super,
    is_super,
    named,
    path_of,
    renamed,
)
from generator.sandbox.redshift.super_tables import (
    ITERATED,
    check_join,
    check_shared,
    columns_of,
    concerns_super,
    iterating,
    kept,
)
from generator.sandbox.redshift.translate import result_name

_DONE = "super_done"


def resolve(session: Session, tree: exp.Expr) -> exp.Expr:
    """The statement without dots and brackets into SUPER values, and with their operators as calls.

    Raises RedshiftError for what the sandbox can't run.
    """
    if tree.meta.get(_DONE) or not concerns_super(session, tree):
        return tree
    changed = _Resolver(session).statement(tree.copy())
    changed.meta[_DONE] = True
    return changed


class _Resolver:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.seen: dict[int, tuple[Output, ...]] = {}
        self.keeps_case = session.parameters.values.get("enable_case_sensitive_super_attribute") == "on"

    def statement(self, tree: exp.Expr) -> exp.Expr:
        if isinstance(tree, exp.Query):
            self.query(tree, None)
            return tree
        scope = Scope()
        self.with_queries(tree, scope)
        tables = [tree.this.find(exp.Table) if isinstance(tree.this, exp.Expr) else None]
        using = tree.args.get("using")
        tables += using if isinstance(using, list) else [using]
        from_ = tree.args.get("from_")
        if from_ is not None:
            tables += [from_.this, *(join.this for join in from_.this.args.get("joins") or ())]
        for table in tables:
            if isinstance(table, exp.Table | exp.Subquery):
                scope.sources.append(self.source(table, scope))
        for key in ("expressions", "expression", "where", "on", "whens"):
            self.parts(tree, key, scope)
        if isinstance(tree, exp.Insert):
            self.check_inserted(tree)
        return tree

    def check_inserted(self, tree: exp.Insert) -> None:
        """Raise Unsupported where a SUPER value would be cast on its way into a column of another type."""
        table = tree.this.find(exp.Table)
        columns = columns_of(self.session, table) if table is not None else None
        names = [name.name.lower() for name in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
        kinds = [dict(columns or ()).get(name, True) for name in names] or [kind for _, kind in columns or ()]
        source = tree.expression
        if isinstance(source, exp.Values):
            rows = [list(map(is_super, row.expressions)) for row in source.expressions]
        else:
            rows = [[kind for _, kind in self.seen.get(id(source), ())]]
        for row in rows:
            if any(given and not kind for given, kind in zip(row, kinds, strict=False)):
                raise Unsupported("a SUPER value for a column of another type; cast it first")

    def query(self, query: exp.Expr, parent: Scope | None) -> tuple[Output, ...]:
        """Resolve a query in its place; its columns."""
        self.seen[id(query)] = outputs = self._query(query, parent)
        return outputs

    def _query(self, query: exp.Expr, parent: Scope | None) -> tuple[Output, ...]:
        if isinstance(query, exp.Subquery):
            outputs = self.query(query.this, parent)
            if len(outputs) == 1 and outputs[0][1]:
                as_super(query)
            return renamed(outputs, query.args.get("alias"))
        if isinstance(query, exp.SetOperation):
            return self.both(query, parent)
        if isinstance(query, exp.Select):
            return self.select(query, parent)
        scope = Scope(parent)
        for key in query.args:
            self.parts(query, key, scope)
        return ()

    def both(self, query: exp.SetOperation, parent: Scope | None) -> tuple[Output, ...]:
        scope = Scope(parent)
        self.with_queries(query, scope)
        left, right = self.query(query.this, scope), self.query(query.expression, scope)
        outputs = tuple((name, one or other) for (name, one), (_, other) in zip(left, right, strict=False))
        if any(kind for _, kind in outputs):
            if not isinstance(query, exp.Union) or query.args.get("distinct"):
                raise Unsupported("UNION, INTERSECT and EXCEPT of SUPER values, but for UNION ALL")
            for side in (query.this, query.expression):
                _widen(side, [kind for _, kind in outputs])
        scope.aliases = dict(outputs)
        self.parts(query, "order", scope)
        order_by_positions(query, outputs)
        return outputs

    def select(self, query: exp.Select, parent: Scope | None) -> tuple[Output, ...]:
        scope = Scope(parent)
        self.with_queries(query, scope)
        joins = list(query.args.get("joins") or ())
        from_ = query.args.get("from_")
        for holder in ([from_] if from_ is not None else []) + joins:
            check_join(holder)
            scope.sources.append(self.source(holder.this, scope))
            for inner in holder.this.args.get("joins") or ():
                scope.sources.append(self.source(inner.this, scope))
                self.parts(inner, "on", scope)
        if any(source.outer for source in scope.sources) and not all(source.variable for source in scope.sources):
            raise RedshiftError("a subquery that iterates over SUPER values of its outer query has no other tables")
        for join in joins:
            check_shared(join, scope)
            self.parts(join, "on", scope)
        self.items(query, scope)
        outputs = self.outputs(query, scope)
        scope.aliases = dict(outputs)
        for key in ("where", "group", "having", "qualify", "order", "windows", "connect"):
            self.parts(query, key, scope)
        order_by_positions(query, outputs)
        group_by_keys(query, outputs)
        one_of_each(query, has_super=any(kind for _, kind in outputs))
        return outputs

    def with_queries(self, query: exp.Expr, scope: Scope) -> None:
        with_ = query.args.get("with_")
        recursive = with_ is not None and bool(with_.args.get("recursive"))
        for cte in with_.expressions if with_ is not None else ():
            if recursive and isinstance(cte.this, exp.SetOperation):
                first = self.query(cte.this.this.copy(), scope)
                scope.queries[cte.alias.lower()] = renamed(first, cte.args.get("alias"))
            scope.queries[cte.alias.lower()] = renamed(self.query(cte.this, scope), cte.args.get("alias"))

    def source(self, item: exp.Expr, scope: Scope) -> Source:
        alias = item.alias_or_name.lower()
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Anonymous):
            return self.iterated(item, scope)
        if isinstance(item, exp.Table) and len(item.parts) > 1 and scope.source(item.parts[0].name.lower()):
            return self.iterated(iterating(item), scope)
        if isinstance(item, exp.Table):
            outputs = scope.query(item.name.lower()) if not item.db else False
            if isinstance(outputs, bool):
                outputs = columns_of(self.session, item)
            known = None if outputs is None else renamed(outputs, item.args.get("alias"))
            return Source(alias, known, schema=item.db.lower())
        if isinstance(item, exp.Query):
            return Source(alias, self.query(item, scope))
        return Source(alias, None)

    def iterated(self, item: exp.Table, scope: Scope) -> Source:
        """FROM over a SUPER value, as a query that each row of what is before it has of its own."""
        made = ITERATED.get(item.this.name.lower())
        if made is None:
            return Source(item.alias_or_name.lower(), None)
        path = path_of(item.this.expressions[0])
        here = not path.steps or any(source.alias == path.steps[0].name.lower() for source in scope.sources)
        value = self.visit(item.this.expressions[0], scope)
        if isinstance(value, exp.Column) and not is_super(value):
            raise RedshiftError(f'"{value.name}" is not of type super')
        names = [name.name for name in item.args["alias"].args["columns"]]
        each = exp.alias_(call("unnest", call(made, value)), "_super")
        inner = exp.Subquery(this=exp.Select(expressions=[each]))
        picked = [exp.alias_(exp.column(part, "_super"), named(name)) for part, name in zip("vk", names, strict=False)]
        label = exp.TableAlias(this=named(item.alias), columns=[named(name) for name in names])
        item.replace(exp.Subquery(this=exp.select(*picked).from_(inner), alias=label))
        columns = tuple((name.lower(), at == 0) for at, name in enumerate(names))
        return Source(item.alias.lower(), columns, variable=True, outer=not here)

    def items(self, query: exp.Select, scope: Scope) -> None:
        """The SELECT list, whose names must stay what they were."""
        for item in list(query.expressions):
            name = last_name(item)
            new = self.visit(item, scope)
            alias = item.alias.lower() if isinstance(item, exp.Alias) else ""
            if new is not item:
                item.replace(new)
            if not isinstance(new, exp.Alias | exp.Star) and not is_column(new, name):
                if new is item and not new.meta.get("super"):
                    continue
                new.replace(exp.alias_(new.copy(), name, quoted=True))
            if alias:
                scope.aliases.setdefault(alias, is_super(new))

    def outputs(self, query: exp.Select, scope: Scope) -> tuple[Output, ...]:
        found: list[Output] = []
        for item in query.expressions:
            if isinstance(item, exp.Star):
                found += kept(item, [column for source in scope.sources for column in source.columns or ()])
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                source = scope.source(item.table.lower())
                found += kept(item.this, (source.columns or ()) if source is not None else ())
            else:
                found.append((item.alias_or_name.lower(), is_super(item)))
        return tuple(found)

    def parts(self, node: exp.Expr, key: str, scope: Scope) -> None:
        """Resolve what stands under a key of a node."""
        value = node.args.get(key)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                new = self.visit(part, scope)
                if new is not part:
                    part.replace(new)
                if key == "on" and is_super(new):
                    refuse_condition(new)

    def visit(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        """An expression resolved: what is inside first, then the operator's own rule."""
        if isinstance(node, exp.Query):
            outputs = self.query(node, scope)
            return as_super(node) if len(outputs) == 1 and outputs[0][1] else node
        if isinstance(node, exp.Column | exp.Dot | exp.Bracket):
            return self.path(node, scope)
        if isinstance(node, exp.DataType | exp.Identifier | exp.Literal):
            return node
        if isinstance(node, exp.Insert):  # of MERGE, whose list of columns stays as it is
            self.parts(node, "expression", scope)
            return node
        assigned = node.this if isinstance(node, exp.EQ) and _is_assignment(node) else None
        for part in list(node.iter_expressions()):
            new = part if part is assigned else self.visit(part, scope)
            if new is not part:
                part.replace(new)
        if assigned is None:
            return apply(node)
        column = self.path(assigned, scope) if isinstance(assigned, exp.Column) else assigned
        if is_super(node.expression) and not is_super(column):
            raise Unsupported("a SUPER value for a column of another type; cast it first")
        return node

    def path(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            return node
        path = path_of(node)
        if path.base is not None:
            if not path.steps:
                return node
            base = self.visit(path.base.copy(), scope)
            return self.navigated(base, path.steps, scope) if is_super(base) else node
        found, steps = start(path, scope)
        if found is None:
            return node
        if steps and not is_super(found):
            raise RedshiftError(f'"{found.name}" is not of type super')
        if steps:
            return self.navigated(found, steps, scope)
        return found if is_super(found) else node  # which has its type

    def navigated(self, base: exp.Expr, steps: Sequence[exp.Expr], scope: Scope) -> exp.Expr:
        """A value and the way into it: names and plain indices in one call, computed indices each in its own."""
        plain: list[str] = []
        for step in steps:
            text = step_text(step, keeps_case=self.keeps_case)
            if text is not None:
                plain.append(text)
                continue
            base = call("rs_super_at", got(base, plain), self.visit(step.copy(), scope))
            plain = []
        return as_super(got(base, plain))


def _is_assignment(node: exp.EQ) -> bool:
    return isinstance(node.parent, exp.Update) and node.arg_key == "expressions"


def _widen(query: exp.Expr, kinds: Sequence[bool]) -> None:
    """Make the columns of one side of a set operation SUPER where the other side's are."""
    select = query.unnest() if isinstance(query, exp.Query) else query
    if isinstance(select, exp.SetOperation):
        for side in (select.this, select.expression):
            _widen(side, kinds)
        return
    items = select.expressions if isinstance(select, exp.Select) else []
    if len(items) != len(kinds) and not all(isinstance(item, exp.Star) for item in items):
        raise Unsupported("a set operation of SUPER values with SELECT t.*")
    for item, kind in zip(items, kinds, strict=False):
        if not kind or is_super(item) or isinstance(item, exp.Star):
            continue
        if isinstance(item, exp.Alias):
            item.set("this", of(item.this))
        else:
            item.replace(exp.alias_(of(item.copy()), result_name(item) or item.name, quoted=True))
