"""The values of a run's params, from text such as a command line has it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema

from generator import backtracking
from generator.model import Param
from generator.problems import did_you_mean


class ParamsError(ValueError):
    """The values given for a run do not fit the pipeline's params; the message names all that is wrong."""


def checked_params(params: Sequence[Param], given: Mapping[str, str]) -> dict[str, Any]:
    """The given values in their types. Raises ParamsError for unknown names, and for values that do not fit."""
    by_name = {param.name: param for param in params}
    values = {name: _typed(by_name[name], text) for name, text in given.items() if name in by_name}
    wrong = [
        f"there is no param '{name}'; {did_you_mean(name, by_name) or 'the pipeline has none'}"
        for name in given
        if name not in by_name
    ]
    found = ((param, _misfit(param, values.get(param.name, param.default))) for param in params)
    wrong += [f"param '{param.name}': {reason}" for param, reason in found if reason]
    if wrong:
        raise ParamsError("\n".join(wrong))
    return values


def _typed(param: Param, text: str) -> Any:
    """Text as a number or a truth value where the param is one; as it is where that fails, for the check to say."""
    if "string" in _types(param):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _types(param: Param) -> Sequence[str]:
    types = param.schema.get("type", "string")
    return [types] if isinstance(types, str) else types


def _misfit(param: Param, value: Any) -> str | None:
    if slow := backtracking.complaint(param.schema.get("pattern"), value):
        return f"it {slow}"
    try:
        jsonschema.validate(value, dict(param.schema), format_checker=jsonschema.FormatChecker())
    except jsonschema.ValidationError as error:
        return "it needs a value" if value is None else error.message
    return None
