"""DuckDB's types of a query's expressions, told without binding the whole query wherever that is possible.

Literals, casts and columns are told by reading; a call is bound by itself, its columns replaced by NULLs of their
types, and what that gave is kept for later queries. Only what is left (the arguments of lambdas, correlated
subqueries) is asked for in place: the query is bound with the operand as the argument of a call that can't be,
and the error names the type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import duckdb
from sqlglot import exp

from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.duck_errors import as_query_error
from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.sources import Sources
from generator.sandbox.athena.types import element

_PROBE = re.compile(r"argument types 'age\((.*), INTEGER_LITERAL, INTEGER_LITERAL\)'\. You might", re.DOTALL)
_LARGEST_INTEGER = 2**31 - 1
_KEPT = 4096
_BOOLEAN = (
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between,
    exp.Like, exp.Exists, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Boolean,
)  # fmt: skip
_SAME_AS_FIRST = (
    exp.Paren, exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls, exp.Order, exp.Min, exp.Max, exp.AnyValue,
    exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Alias,
)  # fmt: skip
_ALWAYS: dict[tuple[type[exp.Expr], ...], str] = {
    (exp.Null,): '"NULL"',
    _BOOLEAN: "BOOLEAN",
    (exp.Interval,): "INTERVAL",
    (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile): "BIGINT",
}
_PLAIN = re.compile(r"(?:BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|VARCHAR|DATE|TIMESTAMP)(?:\[\])*")


class Kinds:
    """Tells the types of the expressions of one query, which is translated from the inside out meanwhile.

    Args:
        whole: the query; its parts are asked about once they are translated.
        cursor: a connection that knows the query's views.
        to_duckdb: an expression's text in DuckDB's SQL.
    """

    def __init__(
        self, whole: exp.Expr, cursor: duckdb.DuckDBPyConnection, to_duckdb: Callable[[exp.Expr], str]
    ) -> None:
        self._whole = whole
        self._cursor = cursor
        self._to_duckdb = to_duckdb
        self._sources = Sources(cursor, to_duckdb, self.kind_of)
        self._telling: dict[tuple[type[exp.Expr], ...], Callable[[Any], str | None]] = {
            (exp.Cast,): _cast,
            (exp.Query, exp.Any, exp.All): self._query,
            (exp.Column,): self._column,
            (exp.Identifier,): self._lambda_argument,
        }
        self._in_place: dict[tuple[int, str], str] = {}

    def kind_of(self, node: exp.Expr) -> str:
        """DuckDB's type of `node`; literals have types of their own ("INTEGER_LITERAL", "STRING_LITERAL").

        Raises QueryError where DuckDB can't bind the query, and UnsupportedError where nothing can be told.
        """
        told = self._told(node)
        if told is None:
            told = self._alone(node)
        return self._asked(node) if told is None else told

    @property
    def sources(self) -> Sources:
        return self._sources

    def _told(self, node: exp.Expr) -> str | None:
        if isinstance(node, exp.Literal):
            return _literal(node)
        for types, kind in _ALWAYS.items():
            if isinstance(node, types):
                return kind
        for types, tell in self._telling.items():
            if isinstance(node, types):
                return tell(node)
        if isinstance(node, exp.Neg | exp.Paren) and isinstance(node.this, exp.Literal):
            return _literal(node.this)
        if isinstance(node, _SAME_AS_FIRST) and not node.expressions:
            return _value(self.kind_of(node.this))
        return None

    def _query(self, node: exp.Expr) -> str | None:
        """Of a subquery that is a value, and of what a quantified comparison compares with."""
        columns = self._sources.query(node if isinstance(node, exp.Query) else node.this)
        return columns[0][1] if columns is not None and len(columns) == 1 else None

    def _column(self, node: exp.Column) -> str | None:
        path = [part.name.lower() for part in node.parts]
        ordered = node.find_ancestor(exp.Ordered, exp.Select)
        select = node.find_ancestor(exp.Select)
        if isinstance(ordered, exp.Ordered) and len(path) == 1 and select is not None:
            for chosen in select.expressions if ordered.parent is select.args.get("order") else ():
                if isinstance(chosen, exp.Alias) and chosen.alias.lower() == path[0]:
                    return _value(self.kind_of(chosen.this))
        if _lambda_of(node, path[0]) is not None:
            return None
        return self._sources.column(node, path)

    def _lambda_argument(self, node: exp.Identifier) -> str | None:
        """An element of the list that the lambda's function takes first."""
        found = _lambda_of(node, node.name.lower())
        if found is None or found.parent is None or found.parent.key not in ("transform", "arrayfilter", "anonymous"):
            return None
        call = found.parent
        names = [argument.name.lower() for argument in found.expressions]
        listed = call.expressions[0] if isinstance(call, exp.Anonymous) else call.this
        plain = not isinstance(call, exp.Anonymous) or call.name.lower() in ("list_transform", "list_filter")
        if not plain or names.index(node.name.lower()) != 0 or isinstance(listed, exp.Lambda):
            return None
        return element(self.kind_of(listed)) or None

    def _alone(self, node: exp.Expr) -> str | None:
        """The type of an expression whose columns are replaced by NULLs of their types, bound by itself."""
        if not isinstance(node, exp.Func | exp.Binary | exp.Unary | exp.Bracket | exp.Dot | exp.Tuple | exp.Struct):
            return None
        if node.find(exp.Query, exp.Star, exp.Placeholder):
            return None
        bare = node.copy()
        originals = list(node.walk())
        for place, original in zip(list(bare.walk()), originals, strict=True):
            if isinstance(original, exp.Column):
                if _lambda_of(original, original.parts[0].name.lower()) is not None:
                    return None
                kind = self._column(original)
                if kind is None:
                    return None
                if place is bare:
                    return kind
                place.replace(_null(kind))
            elif isinstance(original, exp.Identifier) and _free_in(original, node):
                kind = self._lambda_argument(original)
                if kind is None:
                    return None
                place.replace(_null(kind))
        return _bound(self._cursor, self._to_duckdb(bare))

    def _asked(self, node: exp.Expr) -> str:
        # The same text means the same within a SELECT, but for the arguments of lambdas.
        scope = node.find_ancestor(exp.Select, exp.Lambda)
        key = (id(scope), node.sql("duckdb"))
        if key not in self._in_place:
            self._in_place[key] = self._probe(node)
        return self._in_place[key]

    def _probe(self, node: exp.Expr) -> str:
        zero = exp.Literal.number(0)
        probe = exp.Anonymous(this="age", expressions=[node.copy(), zero.copy(), zero.copy()])
        place = _outermost_unknown(node)
        place.replace(probe)
        try:
            self._cursor.execute(f"EXPLAIN {self._to_duckdb(self._whole)}")
        except duckdb.Error as error:
            found = _PROBE.search(str(error))
            if found is None:
                raise as_query_error(error) from error
            return found[1]
        finally:
            probe.replace(place)
        raise UnsupportedError(f"the type of {node.sql('trino')[:60]} can't be told")


def _literal(node: exp.Literal) -> str:
    text = node.name
    if node.is_string:
        return "STRING_LITERAL"
    if "e" in text.lower():
        return "DOUBLE"
    whole, point, fraction = text.partition(".")
    if point:
        digits = len(whole.lstrip("0") + fraction)
        return f"DECIMAL({max(digits, 1)},{len(fraction)})"
    return "INTEGER_LITERAL" if int(whole) <= _LARGEST_INTEGER else "BIGINT"


def _value(kind: str) -> str:
    """A literal's type once it is the result of something."""
    return {"INTEGER_LITERAL": "INTEGER", "STRING_LITERAL": "VARCHAR"}.get(kind, kind)


def _cast(node: exp.Cast) -> str | None:
    text = node.to.sql("duckdb").replace("INT[", "INTEGER[")
    text = {"INT": "INTEGER", "TEXT": "VARCHAR", "REAL": "FLOAT", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}.get(
        text, text.replace("TEXT[", "VARCHAR[")
    )
    if re.fullmatch(r"DECIMAL\(\d+, \d+\)", text):
        return text.replace(" ", "")
    return text if _PLAIN.fullmatch(text) or text == "TIMESTAMP WITH TIME ZONE" else None


def _null(kind: str) -> exp.Expr:
    # The type as it is written: sqlglot would not read all of DuckDB's.
    return exp.Paren(this=exp.Var(this=f"CAST(NULL AS {'INTEGER' if kind == chr(34) + 'NULL' + chr(34) else kind})"))


def _lambda_of(node: exp.Expr, name: str) -> exp.Lambda | None:
    """The lambda around `node` that has an argument of that name."""
    around = node.find_ancestor(exp.Lambda)
    while around is not None:
        if any(argument.name.lower() == name for argument in around.expressions):
            return around
        around = around.find_ancestor(exp.Lambda)
    return None


def _free_in(name: exp.Identifier, node: exp.Expr) -> bool:
    """Whether `name` is an argument of a lambda that is around `node`, not in it."""
    around = _lambda_of(name, name.name.lower())
    parent: exp.Expr | None = around
    while parent is not None and parent is not node:
        parent = parent.parent
    return around is not None and parent is None


def _outermost_unknown(node: exp.Expr) -> exp.Expr:
    """The outermost call around `node` that DuckDB does not know, because it is not translated yet; or `node`."""
    place, around = node, node.parent
    while isinstance(around, exp.Condition) and not isinstance(around, exp.Lambda | exp.Query):
        if isinstance(around, exp.Anonymous) and around.name.lower().startswith(PREFIX):
            place = around
        around = around.parent
    return place


def _bound(cursor: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    kind = _KNOWN.get(sql)
    if kind is None:
        try:
            kind = str(cursor.execute(f"DESCRIBE SELECT {sql}").fetchall()[0][1])
        except duckdb.Error:
            kind = ""
        if len(_KNOWN) >= _KEPT:
            _KNOWN.clear()
        _KNOWN[sql] = kind
    return kind or None


_KNOWN: dict[str, str] = {}
