"""What Redshift's aggregate functions need of DuckDB: results in Redshift's types, whatever the arguments' types.

"Aggregate functions" in the Amazon Redshift Database Developer Guide. `aggregates` and `windows` write the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Context, Decimal

from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python, Section

_LISTAGG_LIMIT = 65535  # bytes
_EXACT = Context(prec=80, rounding=ROUND_DOWN)


def _quotient(total: str | None, number: int, kind: str) -> str | None:
    """A total by a number of rows, cut at the scale of the total's type, such as "DECIMAL(38,2)" or "HUGEINT"."""
    if total is None or not number:
        return None
    if kind == "DOUBLE":
        return repr(float(total) / number)
    exact = Decimal(total)
    return format(_EXACT.divide(exact, number).quantize(exact, context=_EXACT), "f")


def _listagg(values: Sequence[str | None] | None, delimiter: str | None, distinct: bool) -> str | None:
    """NULL and empty values do not count; with DISTINCT, the first of values that differ in trailing blanks only."""
    kept = [value for value in values or () if value]
    if distinct:
        seen: dict[str, str] = {}
        for value in kept:
            seen.setdefault(value.rstrip(" "), value)
        kept = list(seen.values())
    text = (delimiter or "").join(kept)
    if len(text.encode()) > _LISTAGG_LIMIT:
        raise ValueError("Result size exceeds LISTAGG limit")
    return text if kept else None


SECTION = Section(
    rewrites={
        # Both get their place from what is around them: WITHIN GROUP, and OVER.
        "approximate_percentile_disc": lambda arguments: call("rs_approximate_percentile_disc", *arguments),
        "ratio_to_report": lambda arguments: call("rs_ratio_to_report", *arguments),
    },
    differences={
        "approximate_percentile_disc": "APPROXIMATE PERCENTILE_DISC is exact; Redshift's has a relative error of about "
        "0.5 %.",
    },
)

# What rewrites call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        "average(total, number)": "cast_to_type(rs_quotient(CAST(total AS VARCHAR), number, typeof(total)), total)",
    },
    python={
        "quotient": Python(_quotient, ("VARCHAR", "BIGINT", "VARCHAR"), "VARCHAR"),
        "listagg_of": Python(_listagg, ("VARCHAR[]", "VARCHAR", "BOOLEAN"), "VARCHAR"),
    },
)
