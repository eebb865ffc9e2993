"""The functions and expressions of a query that DuckDB runs as Trino does: those listed here, and no others.

`SAME` are those that sqlglot's translation leaves with Trino's result. `TEMPLATES` say what to run instead,
with `:this`, `:expression` … for a function's arguments by sqlglot's names, or `:a0`, `:a1` … by position.
Functions whose translation depends on the types of their arguments are in `typed`.
"""

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena import functions
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.templates import template

SAME: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.Ceil, exp.Floor, exp.Sqrt, exp.Exp, exp.Ln, exp.Pow, exp.Greatest, exp.Least, exp.Pi,
    exp.Degrees, exp.Radians, exp.Rand, exp.IsNan, exp.Mod, exp.Upper, exp.Lower, exp.Length, exp.Replace,
    exp.Reverse, exp.Pad, exp.StartsWith, exp.Chr, exp.Translate, exp.Levenshtein, exp.Hex, exp.MD5Digest,
    exp.Encode, exp.Decode, exp.RegexpLike, exp.RegexpExtractAll, exp.RegexpSplit, exp.Coalesce, exp.Nullif,
    exp.If, exp.Case, exp.Try, exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp, exp.UnixToTime,
    exp.TimeToUnix, exp.Year, exp.Month, exp.Day, exp.DayOfWeekIso, exp.DayOfMonth, exp.DayOfYear,
    exp.WeekOfYear, exp.YearOfWeek, exp.Quarter, exp.Hour, exp.Minute, exp.Second, exp.LastDay, exp.Array,
    exp.Map, exp.MapKeys, exp.Flatten, exp.Transform, exp.ArrayFilter, exp.Lambda, exp.Count, exp.Min, exp.Max,
    exp.AnyValue, exp.LogicalAnd, exp.LogicalOr, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop, exp.CovarSamp, exp.CovarPop, exp.ArrayAgg, exp.GroupConcat, exp.RowNumber, exp.Rank,
    exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
    exp.NthValue, exp.Uuid, exp.ParseJSON, exp.Exists, exp.And, exp.Or, exp.Xor,
    # These have a rule of their own in athena_typed.
    exp.Cast, exp.TryCast, exp.Date, exp.DateTrunc, exp.TimestampTrunc, exp.DateAdd, exp.DateDiff, exp.Sum,
    exp.Avg, exp.Round, exp.Concat, exp.ConcatWs, exp.Unnest, exp.GenerateSeries,
)  # fmt: skip

_NAMED_SAME = frozenset({"map_values"})
TEMPLATES: dict[str, str] = {
    "substring/2": "trino_substr(:this, :start)",
    "substring/3": "trino_substr(:this, :start, :length)",
    "strposition/2": "strpos(:this, :substr)",
    "split/2": "string_split(:this, :expression)",
    "splitpart/3": "trino_split_part(:this, :delimiter, :part_index)",
    "regexpextract/2": "trino_regexp_extract(:this, :expression, 0)",
    "regexpextract/3": "trino_regexp_extract(:this, :expression, :group)",
    "regexpcount/2": "len(regexp_extract_all(:this, :expression))",
    "jsonformat/1": "CAST(:this AS VARCHAR)",
    "fromiso8601date/1": "trino_date(:this)",
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
# strftime's directives that DuckDB and Trino's date_format fill alike; sqlglot has translated MySQL's to them.
_DIRECTIVES = frozenset("YmdHMSyBbaAjpIfT%") | {"-d", "-m", "-H", "-I"}
_JODA = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "ss": "%S", "SSS": "%g", "EEEE": "%A",
    "EEE": "%a", "a": "%p", "DDD": "%j", "YYYY": "%G", "ww": "%V",
}  # fmt: skip
_PLAIN_EXTRACTS = frozenset(["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "HOUR", "MINUTE", "SECOND"])


_EXTRACT_ALIASES = {
    "DAY_OF_WEEK": "DOW",
    "DAYOFWEEK": "DOW",
    "DAY_OF_YEAR": "DOY",
    "DAYOFYEAR": "DOY",
    "YOW": "YEAR_OF_WEEK",
}


def check(node: exp.Expr) -> None:
    """Raise UnsupportedError where `node` (of the untranslated query) is nothing that the sandbox runs."""
    if isinstance(node, exp.TableSample | exp.Pivot | exp.MatchRecognize | exp.Struct | exp.AtTimeZone):
        raise UnsupportedError(f"{node.key.upper()} ({node.sql('trino')[:60]})")
    _check_dialect(node)
    if not isinstance(node, exp.Func) or isinstance(node, SAME):
        _check_arguments(node)
        return
    if isinstance(node, exp.Anonymous) and node.name.lower().removeprefix(functions.PREFIX) in functions.NAMES:
        return
    name = _name(node)
    ruled = name == "format_datetime" if isinstance(node, exp.Anonymous) else type(node) in RULES
    if not ruled and name not in _NAMED_SAME and _signature(node) not in TEMPLATES:
        raise UnsupportedError(f"the function {name} with these arguments ({node.sql('trino')[:80]})")


def _check_dialect(node: exp.Expr) -> None:
    """sqlglot reads more than Athena does; what only other databases know must not run here."""
    foreign = isinstance(node, exp.ILike | exp.Qualify | exp.SimilarTo | exp.PropertyEQ)
    foreign = foreign or (isinstance(node, exp.Star) and any(node.args.values()))
    foreign = foreign or (isinstance(node, exp.Distinct) and node.args.get("on") is not None)
    if foreign:
        raise QueryError(f"SYNTAX_ERROR: line 1:1: not part of Athena's SQL: {node.sql('duckdb')[:60]}")


def _check_arguments(node: exp.Expr) -> None:
    extra = {
        exp.Min: "expressions", exp.Max: "expressions", exp.Rand: "this", exp.UnixToTime: "zone",
        exp.RegexpLike: "flag",
    }  # fmt: skip
    for kind, argument in extra.items():
        if isinstance(node, kind) and node.args.get(argument):
            raise UnsupportedError(f"this form of {node.key}: {node.sql('trino')[:80]}")


def translate(node: exp.Expr) -> exp.Expr | None:
    """What runs in place of `node`, or None where it stays; for functions that no type decides."""
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


def _trim(node: exp.Expr) -> exp.Expr | None:
    if node.args.get("expression"):
        return None
    side = {"LEADING": "l", "TRAILING": "r"}.get(str(node.args.get("position") or ""), "")
    return template(f"trino_{side}trim(:this)", this=node.this)


def _log(node: exp.Expr) -> exp.Expr | None:
    base = node.this.name if isinstance(node.this, exp.Literal) else ""
    if base not in ("2", "10"):
        raise UnsupportedError("log() with a base other than 2 and 10")
    return template(f"log{base}(:x)", x=node.expression)


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    """Java's `$1` in a replacement is RE2's `\\1`."""
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if not isinstance(replacement, exp.Literal):
        raise UnsupportedError("regexp_replace with a replacement that is no literal")
    text, result = replacement.name, ""
    while text:
        char, following = text[0], text[1:2]
        if char == "$" and following.isdigit():
            result += "\\" + following
        elif char == "\\" and following:
            result += {"\\": "\\\\"}.get(following, following)
        elif char in "$\\":
            raise UnsupportedError(f"regexp_replace with the replacement {replacement.name!r}")
        else:
            result, following = result + char, ""
        text = text[1 + len(following) :]
    return template("regexp_replace(:s, :p, :r, 'g')", s=node.this, p=node.expression, r=exp.Literal.string(result))


def _json_extract(node: exp.Expr) -> exp.Expr:
    # As a call: DuckDB's arrow, which sqlglot would write, binds less than a comparison.
    path = exp.Literal.string(node.expression.sql("trino").strip("'"))
    return template("json_extract(:this, :path)", this=node.this, path=path)


def _json_extract_scalar(node: exp.Expr) -> exp.Expr:
    path = exp.Literal.string(node.expression.sql("trino").strip("'"))
    return template("trino_json_extract_scalar(:this, :path)", this=node.this, path=path)


def _directives(form: str) -> str:
    position = 0
    while (position := form.find("%", position)) >= 0:
        size = 2 if form[position + 1 : position + 2] == "-" else 1
        if form[position + 1 : position + 1 + size] not in _DIRECTIVES:
            raise UnsupportedError(f"the date format {form!r}")
        position += 1 + size
    return form


def _date_format(node: exp.Expr) -> exp.Expr:
    form = node.args["format"]
    if not isinstance(form, exp.Literal):
        raise UnsupportedError("date formats that are no literals")
    function = "strptime" if isinstance(node, exp.StrToTime) else "strftime"
    return template(f"{function}(:this, :form)", this=node.this, form=exp.Literal.string(_directives(form.name)))


def _format_datetime(node: exp.Expr) -> exp.Expr | None:
    """Joda's patterns (`yyyy-MM-dd HH:mm`) as strftime's."""
    if node.name.lower() != "format_datetime":
        return translate_named(node)
    form, result = node.expressions[1], ""
    if not isinstance(form, exp.Literal):
        raise UnsupportedError("date formats that are no literals")
    text = form.name
    while text:
        run = len(text) - len(text.lstrip(text[0]))
        if text[0] == "'":
            end = text.find("'", 1)
            piece, taken = (text[1:end] or "'"), end + 1
        elif text[0].isalpha():
            piece, taken = _JODA.get(text[:run], ""), run
        else:
            piece, taken = text[0].replace("%", "%%"), 1
        if not piece or taken < 1:
            raise UnsupportedError(f"the date format {form.name!r}")
        result, text = result + piece, text[taken:]
    return template("strftime(:x, :form)", x=node.expressions[0], form=exp.Literal.string(result))


def translate_named(node: exp.Expr) -> exp.Expr | None:
    """A function that sqlglot does not know, by its name."""
    sql = TEMPLATES.get(_signature(node))
    return (sql and template(sql, **{f"a{index}": value for index, value in enumerate(node.expressions)})) or None


def _extract(node: exp.Expr) -> exp.Expr | None:
    part = _EXTRACT_ALIASES.get(node.name.upper(), node.name.upper())
    duck = {"DOW": "ISODOW", "YEAR_OF_WEEK": "ISOYEAR"}.get(part, part if part in _PLAIN_EXTRACTS else "")
    if not duck:
        raise UnsupportedError(f"EXTRACT({part} …)")
    return template(f"date_part('{duck}', :x)", x=node.expression)


def _array_sort(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Lambda):
        raise UnsupportedError("array_sort with a comparison")
    return template("list_sort(:this, 'ASC', 'NULLS LAST')", this=node.this)


RULES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    exp.Trim: _trim,
    exp.Log: _log,
    exp.RegexpReplace: _regexp_replace,
    exp.JSONExtract: _json_extract,
    exp.JSONExtractScalar: _json_extract_scalar,
    exp.TimeToStr: _date_format,
    exp.StrToTime: _date_format,
    exp.Anonymous: _format_datetime,
    exp.Extract: _extract,
    exp.ArraySort: _array_sort,
}
