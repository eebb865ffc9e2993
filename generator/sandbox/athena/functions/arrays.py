"""Trino's array functions (trino.io/docs/current/functions/array.html); those that take lambdas are in `lambdas`."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import is_integer
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]
_INVALID = "INVALID_FUNCTION_ARGUMENT: "
_MOST_COMBINED = 5
_SPARSE = "MAP(VARCHAR, DOUBLE)"


def _unexpected(name: str) -> QueryError:
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {name}")


def _cardinality(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) != 1:
        raise _unexpected("cardinality")
    kind = kind_of(arguments[0])
    function = "len" if kind.endswith("[]") else "cardinality" if kind.startswith("MAP(") else ""
    if not function:
        raise _unexpected("cardinality")
    return template(f"CAST({function}(:x) AS BIGINT)", x=arguments[0])


def _element_at(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) != 2:
        raise _unexpected("element_at")
    kind = kind_of(arguments[0])
    if kind.startswith("MAP("):
        return template("(:m)[:k]", m=arguments[0], k=arguments[1])
    if not kind.endswith("[]") or not is_integer(kind_of(arguments[1])):
        raise _unexpected("element_at")
    return template("trino__element_at(:a, :i)", a=arguments[0], i=arguments[1])


def _zip(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
    names = {f"a{index}": argument for index, argument in enumerate(arguments)}
    lists = [f":{name}" for name in names]
    some = " OR ".join(f"{name} IS NULL" for name in lists)
    return template(f"CASE WHEN {some} THEN NULL ELSE list_zip({', '.join(lists)}) END", **names)


def _combinations(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
    """Nested lists of ascending places, one level for each element of a group."""
    if len(arguments) != 2:
        raise _unexpected("combinations")
    listed, count = arguments
    if not isinstance(count, exp.Literal) or count.is_string:
        raise UnsupportedError("combinations with a size that is no literal")
    size = int(count.name)
    if size > _MOST_COMBINED:
        raise QueryError(f"{_INVALID}combination size must not exceed {_MOST_COMBINED}: {size}")
    if size == 0:
        return template("CASE WHEN :a IS NOT NULL THEN [list_slice(:a, 1, 0)] END", a=listed)
    sql = f"[{', '.join(f'(:a)[i{place}]' for place in range(size))}]"
    for place in reversed(range(size)):
        start = f"i{place - 1} + 1" if place else "1"
        sql = f"list_transform(range({start}, len(:a) + 1), lambda i{place}: {sql})"
        sql = sql if place == size - 1 else f"flatten({sql})"
    return template(f"CASE WHEN :a IS NOT NULL THEN {sql} END", a=listed)


def _sequence(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) not in (2, 3):
        raise _unexpected("sequence")
    start, stop = arguments[:2]
    kind, last = kind_of(start), kind_of(stop)
    step = arguments[2] if len(arguments) == 3 else None
    if is_integer(kind) and is_integer(last):
        given = step if step is not None else template("CASE WHEN :a <= :b THEN 1 ELSE -1 END", a=start, b=stop)
        return template("trino__numbers(CAST(:a AS BIGINT), CAST(:b AS BIGINT), :c)", a=start, b=stop, c=given)
    if kind not in ("DATE", "TIMESTAMP") or last != kind:
        raise _unexpected("sequence")
    if step is None:
        if kind != "DATE":
            raise _unexpected("sequence")
        step = template("CASE WHEN :a <= :b THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END", a=start, b=stop)
    elif kind_of(step) != "INTERVAL":
        raise _unexpected("sequence")
    return template(f"CAST(trino__moments(:a, :b, :c) AS {kind}[])", a=start, b=stop, c=step)


def _vectors(function: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        if len(arguments) != 2:
            raise _unexpected(function)
        left, right = arguments
        if kind_of(left).startswith("MAP(") and function.startswith("cosine"):
            return template(f"trino__{function}(CAST(:a AS {_SPARSE}), CAST(:b AS {_SPARSE}))", a=left, b=right)
        sql = f"list_{function}(CAST(:a AS DOUBLE[]), CAST(:b AS DOUBLE[]))"
        return template(sql, a=left, b=right)

    return rewrite


def _failing(condition: str, message: str) -> str:
    return f"WHEN {condition} THEN trino_fail('{_INVALID}{message}')"


_DIRECTION = (
    "sequence stop value should be greater than or equal to start value if step is greater than zero otherwise "
    "stop should be less than or equal to start"
)
_TOO_LONG = "result of sequence function must not have more than 10000 entries"
_MACROS = {
    # The first of equal elements stays; NULLs are equal here.
    "array_distinct(a)": "list_filter(a, lambda e, i: list_position(a, e) = i)",
    "array_intersect(a, b)": """CASE WHEN b IS NOT NULL THEN
        trino_array_distinct(list_filter(a, lambda e: list_position(b, e) IS NOT NULL)) END""",
    "array_except(a, b)": """CASE WHEN b IS NOT NULL THEN
        trino_array_distinct(list_filter(a, lambda e: list_position(b, e) IS NULL)) END""",
    "array_union(a, b)": """CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN
        trino_array_distinct(list_concat(a, b)) END""",
    "array_first(a)": "a[1]",
    "array_last(a)": "a[-1]",
    "array_histogram(a)": """CASE WHEN a IS NOT NULL THEN
        trino__counted(a, trino_array_distinct(list_filter(a, lambda e: e IS NOT NULL))) END""",
    "_counted(a, names)": """map(names, list_transform(names,
        lambda n: CAST(len(list_filter(a, lambda e: e = n)) AS BIGINT)))""",
    "array_position(a, e)": """CASE WHEN a IS NOT NULL AND e IS NOT NULL
        THEN CAST(coalesce(list_position(a, e), 0) AS BIGINT) END""",
    "array_remove(a, x)": "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda e: e IS NULL OR e <> x) END",
    "arrays_overlap(a, b)": """CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN len(list_filter(a, lambda e: e IS NOT NULL AND list_contains(b, e))) > 0 THEN true
        WHEN len(list_filter(a, lambda e: e IS NULL)) + len(list_filter(b, lambda e: e IS NULL)) > 0 THEN NULL
        ELSE false END""",
    "contains_sequence(a, part)": """CASE WHEN a IS NULL OR part IS NULL THEN NULL WHEN len(part) = 0 THEN true
        ELSE len(list_filter(range(1, len(a) - len(part) + 2),
            lambda i: list_slice(a, i, i + len(part) - 1) = part)) > 0 END""",
    "_element_at(a, i)": f"CASE {_failing('i = 0', 'SQL array indices start at 1')} ELSE a[i] END",
    "ngrams(a, n)": f"""CASE {_failing("n < 1", "N must be positive")} WHEN a IS NULL THEN NULL
        WHEN n >= len(a) THEN [a]
        ELSE list_transform(range(1, len(a) - n + 2), lambda i: list_slice(a, i, i + n - 1)) END""",
    "_cosine_similarity(a, b)": """list_sum(list_transform(map_keys(a), lambda k: a[k] * coalesce(b[k], 0)))
        / sqrt(list_sum(list_transform(map_values(a), lambda v: v * v)))
        / sqrt(list_sum(list_transform(map_values(b), lambda v: v * v)))""",
    "_cosine_distance(a, b)": "1 - trino__cosine_similarity(a, b)",
    "repeat(x, n)": f"""CASE
        {_failing("n < 0", "count argument of repeat function must be greater than or equal to 0")}
        {_failing("n > 10000", "count argument of repeat function must be less than or equal to 10000")}
        WHEN n IS NOT NULL THEN list_transform(range(CAST(n AS BIGINT)), lambda i: x) END""",
    "shuffle(a)": """list_transform(list_sort(list_transform(a, lambda e: {'r': random(), 'e': e})),
        lambda z: z.e)""",
    "slice(a, start, size)": f"""CASE {_failing("start = 0", "SQL array indices start at 1")}
        {_failing("size < 0", "length must be greater than or equal to 0")}
        WHEN a IS NULL OR start IS NULL OR size IS NULL THEN NULL
        WHEN start > 0 THEN list_slice(a, start, start + size - 1)
        WHEN -start > len(a) THEN list_slice(a, 1, 0)
        ELSE list_slice(a, len(a) + start + 1, len(a) + start + size) END""",
    "trim_array(a, n)": f"""CASE WHEN a IS NULL OR n IS NULL THEN NULL
        WHEN n < 0 THEN trino_fail('{_INVALID}size must not be negative: ' || n)
        WHEN n > len(a) THEN trino_fail('{_INVALID}size must not exceed array cardinality ' || len(a) || ': ' || n)
        ELSE list_slice(a, 1, len(a) - n) END""",
    "_numbers(a, b, step)": f"""CASE {_failing("step = 0", "step must not be zero")}
        {_failing("step > 0 AND a > b OR step < 0 AND a < b", _DIRECTION)}
        {_failing("(b - a) // step >= 10000", _TOO_LONG)}
        ELSE generate_series(a, b, CAST(step AS BIGINT)) END""",
    "_moments(a, b, step)": f"""CASE {_failing("step = INTERVAL 0 DAY", "step must not be zero")}
        {_failing("step > INTERVAL 0 DAY AND a > b OR step < INTERVAL 0 DAY AND a < b", _DIRECTION)}
        ELSE generate_series(a, b, step) END""",
}
SECTION = Section(
    macros=_MACROS,
    rewrites={
        "cardinality": _cardinality,
        "combinations": _combinations,
        "cosine_distance": _vectors("cosine_distance"),
        "cosine_similarity": _vectors("cosine_similarity"),
        "dot_product": _vectors("dot_product"),
        "element_at": _element_at,
        "euclidean_distance": _vectors("distance"),
        "sequence": _sequence,
        "zip": _zip,
    },
)
