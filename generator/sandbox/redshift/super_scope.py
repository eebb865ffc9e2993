"""What names mean in a query that SUPER values are in: its tables' columns, and the variables that FROM iterates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

# Marks a node of the tree whose value is a SUPER.
SUPER = "super"

Output = tuple[str, bool]


def is_super(node: exp.Expr | None) -> bool:
    while isinstance(node, exp.Paren | exp.Alias):
        node = node.this
    return node is not None and bool(node.meta.get(SUPER))


def as_super(node: exp.Expr) -> exp.Expr:
    node.meta[SUPER] = True
    return node


@dataclass(frozen=True)
class Source:
    """Something of a FROM clause: its columns, and whether each is a SUPER (None where that can't be told).

    `variable`: it is what FROM iterates over a SUPER value with; `columns` are then the value, and its index.
    `outer`: that value is one of a query around this one.
    """

    alias: str
    columns: tuple[Output, ...] | None
    variable: bool = False
    outer: bool = False
    schema: str = ""

    def column(self, name: str) -> bool | None:
        """Whether a column is a SUPER; None where there is no such column."""
        return next((is_super for column, is_super in self.columns or () if column == name), None)


@dataclass
class Scope:
    """A query's sources, the query around it, and the names of its WITH."""

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    queries: dict[str, tuple[Output, ...] | None] = field(default_factory=dict)
    # What the SELECT list names, for ORDER BY and for names that it uses itself.
    aliases: dict[str, bool] = field(default_factory=dict)

    def source(self, alias: str) -> Source | None:
        found = next((source for source in self.sources if source.alias == alias), None)
        return found or (self.parent.source(alias) if self.parent is not None else None)

    def query(self, name: str) -> tuple[Output, ...] | bool | None:
        """The columns of a query of WITH, None where they can't be told, False where there is none."""
        if name in self.queries:
            return self.queries[name]
        return self.parent.query(name) if self.parent is not None else False

    def owner(self, name: str) -> tuple[Source, bool] | None:
        """The source that has a column of that name, and whether it is a SUPER."""
        for source in self.sources:
            found = source.column(name)
            if found is not None:
                return source, found
        return self.parent.owner(name) if self.parent is not None else None


@dataclass(frozen=True)
class Path:
    """A chain of dots and brackets: names and indices, after an expression where it does not begin with a name."""

    base: exp.Expr | None
    steps: tuple[exp.Expr, ...]


def path_of(node: exp.Expr) -> Path:
    """The chain that ends with `node`."""
    if isinstance(node, exp.Column):
        return Path(None, tuple(node.parts))
    if isinstance(node, exp.Dot):
        inner = path_of(node.this)
        return Path(inner.base, (*inner.steps, node.expression))
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1:
        inner = path_of(node.this)
        return Path(inner.base, (*inner.steps, node.expressions[0]))
    return Path(node, ())


def column(name: exp.Expr, *tables: exp.Expr) -> exp.Column:
    """A column of the parts of its name, the table's after its own."""
    return exp.Column(**dict(zip(("this", "table", "db", "catalog"), (name, *tables), strict=False)))


def named(alias: str) -> exp.Identifier:
    return exp.to_identifier(alias, quoted=True)


def renamed(outputs: Sequence[Output], alias: exp.Expr | None) -> tuple[Output, ...]:
    """Columns under the names that a list such as `t (a, b)` gives them."""
    given = [item.name.lower() for item in alias.args.get("columns") or ()] if alias is not None else []
    return tuple((given[at] if at < len(given) else name, kind) for at, (name, kind) in enumerate(outputs))
