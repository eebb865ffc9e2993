"""What a section of a function reference must say of each function for the sandbox to run it on DuckDB."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
from duckdb.func import SPECIAL

_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Python:
    """A function that DuckDB's SQL can't express, in Python.

    `run` gets NULL as None; what it raises becomes the statement's error (raise ValueError with AWS's wording).
    `takes` and `gives` are DuckDB's types, such as "VARCHAR" and "BIGINT[]".
    """

    run: Callable[..., Any]
    takes: tuple[str, ...]
    gives: str
    volatile: bool = False


@dataclass(frozen=True)
class Section:
    """The functions of one section of the reference, by name in lower case; a name stands in one mapping.

    macros: "name(parameters)" and DuckDB's SQL for its body, several forms of a name being several entries.
    python: functions in Python; macros may call them by their names with the engine's prefix.
    rewrites: functions whose call, given as its arguments, becomes another expression.
    returns: the types of results, each by name or as a function of the call's arguments.
    differences: functions that run with a known small difference, and the difference in one sentence; it is
        logged with each statement that uses them.
    """

    macros: Mapping[str, str] = field(default_factory=lambda: _NONE)
    python: Mapping[str, Python] = field(default_factory=lambda: _NONE)
    rewrites: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: _NONE)
    returns: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    differences: Mapping[str, str] = field(default_factory=lambda: _NONE)

    @property
    def names(self) -> frozenset[str]:
        return frozenset({name_of(signature) for signature in self.macros} | {*self.python} | {*self.rewrites})


def name_of(signature: str) -> str:
    """The function's name in "name(parameters)"."""
    return signature.partition("(")[0]


def create(connection: duckdb.DuckDBPyConnection, section: Section, prefix: str, **values: str) -> None:
    """Make a section's macros in the current database, `{key}` in them replaced by `values`.

    Args:
        connection: a connection whose database has no macros of that section yet.
        section: the functions.
        prefix: what their names get in DuckDB, such as "rs_".
    """
    forms: dict[str, list[str]] = {}
    for signature, template in section.macros.items():
        body = template
        for key, value in values.items():
            body = body.replace(f"{{{key}}}", value)
        forms.setdefault(name_of(signature), []).append(f"({signature.partition('(')[2]} AS ({body})")
    for name, several in forms.items():
        connection.execute(f"CREATE MACRO {prefix}{name}{', '.join(several)}")


def register(connection: duckdb.DuckDBPyConnection, section: Section, prefix: str) -> None:
    """Make a section's Python functions known to all connections of the same DuckDB instance, once."""
    for name, function in section.python.items():
        connection.create_function(
            prefix + name,
            _counted(function),
            list(function.takes),
            function.gives,
            null_handling=SPECIAL,
            side_effects=function.volatile,
        )


def _counted(function: Python) -> Callable[..., Any]:
    """The function with as many parameters as it takes: DuckDB counts them, and would count *arguments as one."""

    def run(*arguments: Any) -> Any:
        return function.run(*arguments)

    parameters = [inspect.Parameter(f"a{at}", inspect.Parameter.POSITIONAL_ONLY) for at in range(len(function.takes))]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run
