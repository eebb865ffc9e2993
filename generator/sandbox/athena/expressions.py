"""The functions and expressions of a query that DuckDB runs as Trino does: those listed here, and no others.

`SAME` are those that sqlglot's translation leaves with Trino's result. `TEMPLATES` say what to run instead,
with `:this`, `:expression` … for a function's arguments by sqlglot's names, or `:a0`, `:a1` … by position.
Functions whose translation depends on the types of their arguments are in `typed`.
"""

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena import functions, intervals
from generator.sandbox.athena.calls import PREFIX, call, named
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions import dates, text
from generator.sandbox.athena.templates import template

SAME: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.Ceil, exp.Floor, exp.Sqrt, exp.Exp, exp.Ln, exp.Pow, exp.Greatest, exp.Least, exp.Pi,
    exp.Degrees, exp.Radians, exp.Rand, exp.IsNan, exp.Mod,
    exp.Coalesce, exp.Nullif,
    exp.If, exp.Case, exp.Try, exp.CurrentDate,
    exp.Array,
    exp.Map, exp.MapKeys, exp.Flatten, exp.Transform, exp.ArrayFilter, exp.Lambda, exp.Count, exp.Min, exp.Max,
    exp.AnyValue, exp.LogicalAnd, exp.LogicalOr, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop, exp.CovarSamp, exp.CovarPop, exp.ArrayAgg, exp.GroupConcat, exp.RowNumber, exp.Rank,
    exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
    exp.NthValue, exp.Uuid, exp.Exists, exp.And, exp.Or, exp.Xor, exp.Grouping,
    exp.Any, exp.All,
    # These have a rule of their own in athena_typed.
    exp.Cast, exp.TryCast, exp.Date, exp.Sum,
    exp.Avg, exp.Round, exp.Concat, exp.Unnest, exp.GenerateSeries,
)  # fmt: skip

# Of the session, without parentheses; sqlglot takes them for columns.
_SESSION = ("current_role", "current_schema", "current_path")
_NAMED_SAME = frozenset({"map_values"})
TEMPLATES: dict[str, str] = {
    "arraysize/1": "CAST(len(:this) AS BIGINT)",
    "arraycontains/2": "trino_contains(:this, :expression)",
    "arraymax/1": "trino_array_max(:this)",
    "arraymin/1": "trino_array_min(:this)",
    "arrayslice/3": "list_slice(:this, :start, :start + :end - 1)",
    "countif/1": "CAST(count_if(:this) AS BIGINT)",
    "argmax/2": "arg_max_null(:this, :expression)",
    "argmin/2": "arg_min_null(:this, :expression)",
    # The exact number is within the error that Trino's estimate is allowed.
    "approxdistinct/1": "count(DISTINCT :this)",
    "trunc/1": "trunc(CAST(:this AS DOUBLE))",
    "bitwiseand/2": "CAST(:this & :expression AS BIGINT)",
    "bitwiseor/2": "CAST(:this | :expression AS BIGINT)",
}


def check(node: exp.Expr) -> None:
    """Raise UnsupportedError where `node` (of the untranslated query) is nothing that the sandbox runs."""
    if isinstance(node, exp.TableSample | exp.Pivot | exp.MatchRecognize):
        raise UnsupportedError(f"{node.key.upper()} ({node.sql('trino')[:60]})")
    if isinstance(node, exp.Column) and node.name.lower() in _SESSION and not (node.table or node.this.quoted):
        raise UnsupportedError(node.name)
    _check_dialect(node)
    if not isinstance(node, exp.Func) or isinstance(node, SAME):
        _check_arguments(node)
        return
    if isinstance(node, exp.Anonymous) and isinstance(node.parent, exp.Table):
        return  # a table function
    if isinstance(node, exp.Anonymous) and node.name.lower().removeprefix(PREFIX) in functions.NAMES:
        return
    name = _name(node)
    ruled = not isinstance(node, exp.Anonymous) and type(node) in RULES
    if not ruled and name not in _NAMED_SAME and _signature(node) not in TEMPLATES:
        raise UnsupportedError(f"the function {name} with these arguments ({node.sql('trino')[:80]})")


def _check_dialect(node: exp.Expr) -> None:
    """sqlglot reads more than Athena does; what only other databases know must not run here."""
    foreign = isinstance(node, exp.ILike | exp.Qualify | exp.SimilarTo | exp.PropertyEQ)
    foreign = foreign or (isinstance(node, exp.Star) and any(node.args.values()))
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function count")
    foreign = foreign or (isinstance(node, exp.Distinct) and node.args.get("on") is not None)
    if foreign:
        raise QueryError(f"SYNTAX_ERROR: line 1:1: not part of Athena's SQL: {node.sql('duckdb')[:60]}")


def _check_arguments(node: exp.Expr) -> None:
    extra = {
        exp.Rand: "this",
    }  # fmt: skip
    for kind, argument in extra.items():
        if isinstance(node, kind) and node.args.get(argument):
            raise UnsupportedError(f"this form of {node.key}: {node.sql('trino')[:80]}")


def translate(node: exp.Expr) -> exp.Expr | None:
    """What runs in place of `node`, or None where it stays; for functions that no type decides."""
    if isinstance(node, exp.Anonymous):
        early = functions.EARLY.get(node.name.lower().removeprefix(PREFIX))
        if early is not None and node.name.lower().startswith(PREFIX):
            return early(list(node.expressions))
    if type(node) in RULES:
        return RULES[type(node)](node)
    if not isinstance(node, exp.Func) or isinstance(node, SAME):
        return None
    sql = TEMPLATES.get(_signature(node))
    if sql is None:
        return None
    named = {key: value for key, value in node.args.items() if isinstance(value, exp.Expr)}
    numbered = {f"a{index}": value for index, value in enumerate(node.expressions)}
    return template(sql, **named, **numbered)


def _name(node: exp.Expr) -> str:
    return node.name.lower() if isinstance(node, exp.Anonymous) else node.key


def _signature(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"{_name(node)}/{len(node.expressions)}"
    return f"{_name(node)}/{sum(isinstance(value, exp.Expr) for value in node.args.values())}"


def _trim(node: exp.Expr) -> exp.Expr:
    characters = [node.expression] if node.args.get("expression") else []
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "_trim")
    return call(f"trino_{name}", node.this, *characters)


def _log(node: exp.Expr) -> exp.Expr | None:
    base = node.this.name if isinstance(node.this, exp.Literal) else ""
    if base not in ("2", "10"):
        raise UnsupportedError("log() with a base other than 2 and 10")
    return template(f"log{base}(:x)", x=node.expression)


def _moment(node: exp.Expr) -> exp.Expr:
    """The functions without parentheses; all have the 3 digits of subseconds that Athena's types have."""
    digits = node.this.name if isinstance(node.this, exp.Expr) else "3"
    if digits != "3":
        raise UnsupportedError(f"times with a precision of {digits}")
    if isinstance(node, exp.CurrentTimestamp):
        return dates.now()
    return call("trino__localtime" if isinstance(node, exp.Localtime) else "trino__localtimestamp")


def _unicode_string(node: exp.Expr) -> exp.Expr:
    """U&'\\00e9' with another escape character where UESCAPE names it."""
    escape = node.args["escape"].name if isinstance(node.args.get("escape"), exp.Expr) else "\\"
    return exp.Literal.string(text.unescaped(node.name, escape))


def _form(node: exp.Expr) -> exp.Expr:
    form = node.args.get("form")
    return exp.Literal.string(form.name.upper() if isinstance(form, exp.Expr) else "NFC")


def _row(node: exp.Expr) -> exp.Expr:
    """ROW(a, b), whose fields have no names."""
    named = {f"f{index}": value for index, value in enumerate(node.expressions)}
    return template(f"row({', '.join(f':{name}' for name in named)})", **named)


def _cast_row(node: exp.Expr) -> exp.Expr | None:
    """CAST(ROW(a, b) AS ROW(x bigint, y varchar)): each value is cast by itself."""
    row, to = node.this, node.args["to"]
    if to.this != exp.DType.STRUCT or not isinstance(row, exp.Struct | exp.Tuple | exp.Anonymous):
        return None
    if isinstance(row, exp.Anonymous) and row.name.lower() != "row":
        return None
    if len(row.expressions) != len(to.expressions):
        raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot cast row to {to.sql('trino')}: the numbers of fields differ")
    values: dict[str, exp.Expr] = {}
    parts = []
    for index, (value, field) in enumerate(zip(row.expressions, to.expressions, strict=True)):
        kind = field.args["kind"] if isinstance(field, exp.ColumnDef) else field
        cast = type(node)(this=value.copy(), to=kind.copy())
        values[f"f{index}"] = _cast_row(cast) or cast
        if isinstance(field, exp.ColumnDef):
            name = field.this.name if field.this.args.get("quoted") else field.this.name.lower()
            parts.append(f"'{name}': :f{index}")
    if not parts:
        return template(f"row({', '.join(f':{name}' for name in values)})", **values)
    return template("{" + ", ".join(parts) + "}", **values)


def _array_sort(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Lambda):
        raise UnsupportedError("array_sort with a comparison")
    return template("list_sort(:this, 'ASC', 'NULLS LAST')", this=node.this)


RULES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    exp.Struct: _row,
    exp.Cast: _cast_row,
    exp.TryCast: _cast_row,
    exp.Trim: _trim,
    exp.Substring: lambda node: named("substr", node.this, *filter(None, map(node.args.get, ("start", "length")))),
    exp.StrPosition: lambda node: named("strpos", node.this, node.args["substr"]),
    exp.Normalize: lambda node: call("trino__normalize", node.this, _form(node)),
    exp.HexString: lambda node: call("unhex", exp.Literal.string(node.name)),
    exp.UnicodeString: _unicode_string,
    exp.Log: _log,
    exp.ParseJSON: lambda node: call("trino_json_parse", node.this),
    exp.Extract: lambda node: dates.extract(node.name, node.expression),
    exp.AtTimeZone: lambda node: named("at_timezone", node.this, node.args["zone"]),
    exp.CurrentTimestamp: _moment,
    exp.Localtimestamp: _moment,
    exp.Localtime: _moment,
    exp.Interval: intervals.literal,
    exp.ArraySort: _array_sort,
}
