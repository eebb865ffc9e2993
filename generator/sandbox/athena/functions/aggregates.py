"""Trino's aggregate functions (trino.io/docs/current/functions/aggregate.html).

What DuckDB's aggregate gives is finished by an expression around it, outside of its FILTER and OVER clauses.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.clauses import Call, around
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import decimal_digits, is_integer
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]
Rewrite = Callable[[list[exp.Expr], KindOf], exp.Expr]
_FLOATING = ("DOUBLE", "FLOAT")
_LARGEST_N = 10_000


def _plain(function: str, sql: str, count: int = 1, cast: str = ":x") -> Rewrite:
    """DuckDB's aggregate `function` of `count` arguments, each as `cast` says, `sql` around it."""

    def rewrite(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
        call = _read(function, arguments, (count,))
        given = [template(cast, x=argument) for argument in call.arguments]
        return around(sql, x=call.to(function, *given))

    return rewrite


def _read(name: str, arguments: list[exp.Expr], counts: tuple[int, ...]) -> Call:
    call = Call.read(arguments)
    if len(call.arguments) not in counts:
        raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {name}")
    return call


def _number(name: str, *kinds: str) -> None:
    for kind in kinds:
        if kind not in (*_FLOATING, '"NULL"') and decimal_digits(kind) is None:
            raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({kind}) for function {name}")


def _doubles(function: str, count: int, sql: str = ":x") -> Rewrite:
    """A statistic of doubles, which any number becomes."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        call = _read(function, arguments, (count,))
        kinds = [kind_of(argument) for argument in call.arguments]
        _number(function, *kinds)
        given = [template("CAST(:x AS DOUBLE)", x=argument) for argument in call.arguments]
        real = all(kind == "FLOAT" for kind in kinds)
        return around(f"CAST({sql} AS FLOAT)" if real else sql, x=call.to(function, *given))

    return rewrite


def _skewness(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    """Trino's is g1; DuckDB's is G1, which is corrected for the number of values."""
    call = _read("skewness", arguments, (1,))
    _number("skewness", kind_of(call.arguments[0]))
    number = template("CAST(:x AS DOUBLE)", x=call.arguments[0])
    sql = "CASE WHEN :n >= 3 THEN :s * (:n - 2) / sqrt(CAST(:n AS DOUBLE) * (:n - 1)) END"
    return around(sql, s=call.to("skewness", number), n=call.to("count", number))


def _ranked(function: str, descending: bool) -> Rewrite:
    """max_by and min_by: of one value, whose NULL counts, or of an array of them."""

    def rewrite(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
        name = "max_by" if descending else "min_by"
        call = _read(name, arguments, (2, 3))
        if len(call.arguments) == 2:
            return around(":x", x=call.to(f"{function}_null", *call.arguments))
        value, rank, limit = call.arguments
        _check_limit(name, limit)
        entry = template("{'x': :v, 'y': :r}", v=value, r=rank)
        return around(
            f"trino__ranked(:x, {str(descending).lower()}, CAST({limit.sql('duckdb')} AS INTEGER))",
            x=Call((entry,)).to("list", entry),
        )

    return rewrite


def _check_limit(name: str, limit: exp.Expr) -> None:
    if not isinstance(limit, exp.Literal) or limit.is_string:
        raise UnsupportedError(f"{name} with a count that is no literal")
    if not 0 < int(limit.name) <= _LARGEST_N:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: third argument of max_by/min_by must be positive: {limit.name}")


def _histogram(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    call = _read("histogram", arguments, (1,))
    kind = kind_of(call.arguments[0])
    return around(f"CAST(:x AS MAP({kind}, BIGINT))", x=call.to("histogram", *call.arguments))


def _pairs(sql: str) -> Rewrite:
    """map_agg and multimap_agg, of the list of their entries; entries whose key is NULL are left out."""

    def rewrite(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
        call = _read("map_agg", arguments, (2,))
        entry = template("{'key': :k, 'value': :v}", k=call.arguments[0], v=call.arguments[1])
        return around(sql, x=call.to("list", entry))

    return rewrite


def _map_union(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    call = _read("map_union", arguments, (1,))
    if not kind_of(call.arguments[0]).startswith("MAP("):
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function map_union")
    entries = template("map_entries(:m)", m=call.arguments[0])
    return around("trino__map_of(flatten(:x))", x=call.to("list", entries))


def _approx_distinct(arguments: list[exp.Expr], _kind_of: KindOf) -> exp.Expr:
    call = _read("approx_distinct", arguments, (1, 2))
    if len(call.arguments) == 2:
        error = call.arguments[1]
        if not isinstance(error, exp.Literal) or not 0.0040625 <= float(error.name) <= 0.26:
            raise QueryError(
                f"INVALID_FUNCTION_ARGUMENT: Max standard error must be in [0.0040625, 0.26000]: {error.sql('trino')}"
            )
    return around(":x", x=Call((), distinct=True).to("count", call.arguments[0]))


def _approx_percentile(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    call = _read("approx_percentile", arguments, (2, 3, 4))
    if len(call.arguments) > 2:
        raise UnsupportedError("approx_percentile with weights or an accuracy")
    value, share = call.arguments
    kind = kind_of(value)
    _number("approx_percentile", kind)
    target = "BIGINT" if is_integer(kind) else kind if kind in _FLOATING else "DOUBLE"
    several = kind_of(share).endswith("[]")
    shares = template(f"CAST(:x AS DOUBLE{'[]' if several else ''})", x=share)
    _check_shares(share)
    return around(":x", x=call.to("quantile_disc", template(f"CAST(:x AS {target})", x=value), shares))


def _check_shares(share: exp.Expr) -> None:
    for literal in share.find_all(exp.Literal):
        if not 0 <= float(literal.name) <= 1:
            raise QueryError("INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1")


def _approx_most_frequent(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    call = _read("approx_most_frequent", arguments, (3,))
    buckets, value, _ = call.arguments
    kind = kind_of(value)
    sql = f"trino__most_frequent(CAST(:x AS MAP({kind}, BIGINT)), {buckets.sql('duckdb')})"
    return around(sql, x=call.to("histogram", value))


_MACROS = {
    "_listagg(joined)": """CASE WHEN strlen(joined) > 1048576 THEN
        trino_fail('the sandbox can''t run this: listagg with more than 1048576 bytes') ELSE joined END""",
    # A map of the entries; of those with one key, the first.
    "_map_of(entries)": """CASE WHEN len(list_filter(entries, lambda e: e.key IS NOT NULL)) = 0 THEN NULL
        WHEN len(list_distinct(list_transform(entries, lambda e: e.key))) = len(entries)
        THEN map_from_entries(entries)
        ELSE trino__first_entries(entries, list_transform(entries, lambda e: e.key)) END""",
    "_first_entries(entries, names)": """map_from_entries(list_filter(entries,
        lambda e, i: e.key IS NOT NULL AND list_position(names, e.key) = i))""",
    "_multimap_of(entries)": """CASE WHEN len(list_filter(entries, lambda e: e.key IS NOT NULL)) > 0
        THEN trino__multimap(entries, trino_array_distinct(
            list_filter(list_transform(entries, lambda e: e.key), lambda k: k IS NOT NULL))) END""",
    "_multimap(entries, names)": """map(names, list_transform(names,
        lambda n: list_transform(list_filter(entries, lambda e: e.key = n), lambda e: e.value)))""",
    "_ranked(entries, descending, n)": """CASE WHEN len(list_filter(entries, lambda e: e.y IS NOT NULL)) > 0 THEN
        list_slice(list_transform(
            list_sort(list_transform(list_filter(entries, lambda e: e.y IS NOT NULL), lambda e: {'y': e.y, 'x': e.x}),
                CASE WHEN descending THEN 'DESC' ELSE 'ASC' END), lambda e: e.x), 1, n) END""",
    "_most_frequent(counts, n)": """map_from_entries(list_transform(list_slice(list_sort(
        list_transform(map_entries(counts), lambda e: {'n': e.value, 'k': e.key}), 'DESC'), 1, n),
        lambda e: {'key': e.k, 'value': e.n}))""",
}
SECTION = Section(
    macros=_MACROS,
    rewrites={
        "every": _plain("bool_and", ":x"),
        "arbitrary": _plain("any_value", ":x"),
        "count_if": _plain("count_if", "coalesce(CAST(:x AS BIGINT), 0)"),
        "geometric_mean": _plain("avg", "exp(:x)", cast="ln(CAST(:x AS DOUBLE))"),
        "max_by": _ranked("arg_max", descending=True),
        "min_by": _ranked("arg_min", descending=False),
        "bitwise_and_agg": _plain("bit_and", ":x", cast="CAST(:x AS BIGINT)"),
        "bitwise_or_agg": _plain("bit_or", ":x", cast="CAST(:x AS BIGINT)"),
        "bitwise_xor_agg": _plain("bit_xor", ":x", cast="CAST(:x AS BIGINT)"),
        "histogram": _histogram,
        "map_agg": _pairs("trino__map_of(:x)"),
        "multimap_agg": _pairs("trino__multimap_of(:x)"),
        "map_union": _map_union,
        "approx_distinct": _approx_distinct,
        "approx_percentile": _approx_percentile,
        "approx_most_frequent": _approx_most_frequent,
        "corr": _doubles("corr", 2),
        "covar_pop": _doubles("covar_pop", 2),
        "covar_samp": _doubles("covar_samp", 2),
        "kurtosis": _doubles("kurtosis", 1),
        "regr_intercept": _doubles("regr_intercept", 2),
        "regr_slope": _doubles("regr_slope", 2),
        "skewness": _skewness,
        "stddev": _doubles("stddev_samp", 1),
        "stddev_pop": _doubles("stddev_pop", 1),
        "stddev_samp": _doubles("stddev_samp", 1),
        "variance": _doubles("var_samp", 1),
        "var_pop": _doubles("var_pop", 1),
        "var_samp": _doubles("var_samp", 1),
    },
    differences={
        "approx_distinct": "approx_distinct counts exactly, where Athena estimates",
        "approx_percentile": "approx_percentile gives the exact percentile of the values, where Athena estimates",
        "approx_most_frequent": "approx_most_frequent counts exactly, where Athena estimates",
    },
)
