"""Redshift's bit-wise aggregates: "Bit-wise aggregate functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Section


def _aggregate(name: str, kind: str = "") -> dict[str, Callable[..., exp.Expr]]:
    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        (value,) = arguments
        if isinstance(value, exp.Distinct):  # which changes none of these results
            (value,) = value.expressions
        return call(name, exp.cast(value, kind) if kind else value)

    return {name: rewrite}


SECTION = Section(
    rewrites={
        **_aggregate("bit_and"),
        **_aggregate("bit_or"),
        **_aggregate("bool_and", "boolean"),
        **_aggregate("bool_or", "boolean"),
    }
)
