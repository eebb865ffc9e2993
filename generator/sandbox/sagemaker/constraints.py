"""The limits that SageMaker's API puts on values: lengths, patterns and lists of words, from botocore's model of it.

botocore's clients check what is there and of which type, and leave these to the service.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import botocore.session
import regex  # type: ignore[import-untyped]
from botocore.model import Shape

from generator.sandbox.sagemaker.errors import RequestError

_SERVICE = "sagemaker"


def check(action: str, request: dict[str, Any]) -> None:
    """Raise RequestError, in AWS's words, for values of a request that the API does not allow."""
    shape = _model().operation_model(action).input_shape
    found = list(_broken(shape, request, "")) if shape is not None else []
    if found:
        errors = "validation error" if len(found) == 1 else "validation errors"
        raise RequestError(f"{len(found)} {errors} detected: {'; '.join(found)}")


@functools.cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model(_SERVICE)


def _broken(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from _broken(member, value[name], _below(path, name))
        return
    for rule in _rules(shape, value):
        shown = value if isinstance(value, str | int | float) else _listed(value)
        yield f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {rule}"
    if shape.type_name == "list":
        for place, item in enumerate(value, 1):
            yield from _broken(shape.member, item, f"{path}.{place}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _broken(shape.key, key, f"{path}.{key}.key")
            yield from _broken(shape.value, item, f"{path}.{key}.member")


def _below(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _listed(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]"


def _rules(shape: Shape, value: Any) -> Iterator[str]:
    """What a value breaks of its shape's own limits."""
    limits = shape.metadata
    is_number = isinstance(value, int | float)
    size = value if is_number else len(value) if hasattr(value, "__len__") else 0
    what = "value" if is_number else "length"
    if "min" in limits and size < limits["min"]:
        yield f"have {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"have {what} less than or equal to {limits['max']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"satisfy enum value set: {_listed(limits['enum'])}"
    if "pattern" in limits and isinstance(value, str) and not _pattern(limits["pattern"]).fullmatch(value):
        yield f"satisfy regular expression pattern: {limits['pattern']}"


@functools.cache
def _pattern(text: str) -> Any:
    return regex.compile(text)
