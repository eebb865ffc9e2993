"""Redshift's HyperLogLog functions: "HyperLogLog functions" in the Amazon Redshift Database Developer Guide.

Sketches as values are refused: what they hold depends on a hash function that is not documented.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.section import Section

_SKETCHES = ("hll_create_sketch", "hll_cardinality", "hll_combine", "hll_combine_sketches")


def _hll(arguments: list[exp.Expr]) -> exp.Expr:
    (value,) = arguments
    values = value.expressions if isinstance(value, exp.Distinct) else [value]
    return exp.Count(this=exp.Distinct(expressions=values))


def _refused(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    def refuse(_: list[exp.Expr]) -> exp.Expr:
        raise Unsupported(f"{name.upper()}, since HyperLogLog sketches are no values of the sandbox")

    return refuse


SECTION = Section(
    rewrites={"hll": _hll, **{name: _refused(name) for name in _SKETCHES}},
    differences={"hll": "HLL counts exactly; Redshift's estimate may differ by 0.6 % or so."},
)
