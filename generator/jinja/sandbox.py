"""A Jinja environment in which rendering can do no harm.

It equals Airflow's (``airflow.sdk.definitions._internal.templater.create_template_env``), whose import takes
seconds: sandboxed, strict about missing names, with Airflow's filters and ours. Beyond that it stops texts
that would take long or grow large, since anybody's pull request is validated.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jinja2
import jinja2.sandbox
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from generator.jinja.samples import FILTERS, MACROS

BUDGET = 5_000_000  # characters that one rendering may handle, all of its steps together
LARGEST = 1_000_000  # characters or members of one value
_GROWING_FILTERS = frozenset(
    ("batch", "center", "format", "indent", "round", "slice", "tojson", "truncate", "wordwrap")
)
_WIDE = re.compile(r"%[^A-Za-z%]*\d{5}|\{[^}]*:[^}]*\d{5}")  # widths in format strings

_spent: contextvars.ContextVar[int] = contextvars.ContextVar("spent")


class TooMuchError(Exception):
    """The text asks for more work, or for a larger result, than SQL ever needs."""


class WrongCallError(Exception):
    """A macro cannot be called so, whatever the values."""


def spend(amount: int) -> None:
    spent = _spent.get(0) + amount
    if spent > BUDGET or amount > LARGEST:
        raise TooMuchError
    _spent.set(spent)


def weigh(value: object) -> int:
    """How large a value is when it is printed, roughly; a list that stands in others counts each time."""
    if isinstance(value, str | bytes):
        return len(value)
    if not isinstance(value, list | tuple | dict | set | frozenset):
        return value.bit_length() // 3 if isinstance(value, int) else 1
    total, waiting = 0, [value]
    while waiting:
        members = waiting.pop()
        total += 1 + len(members)
        for member in members.values() if isinstance(members, dict) else members:
            if isinstance(member, list | tuple | dict | set | frozenset):
                waiting.append(member)
            elif isinstance(member, str | bytes):
                total += len(member)
        if total > LARGEST:
            raise TooMuchError
    return total


def _admit(values: Iterable[object], counts: bool) -> None:
    """Refuse an operation whose result could be as large as the product of its two largest operands."""
    sizes = [1, 1]
    for value in values:
        sizes.append(abs(value) if counts and isinstance(value, int) else weigh(value))
        if counts and isinstance(value, str) and _WIDE.search(value):
            raise TooMuchError
    sizes.sort()
    spend(sizes[-1] * sizes[-2])


class Sandbox(jinja2.sandbox.SandboxedEnvironment):
    """Airflow's template environment for validation: nothing private, nothing large, nothing long."""

    intercepted_binops = frozenset(jinja2.sandbox.SandboxedEnvironment.default_binop_table)

    def is_safe_attribute(self, obj: Any, attr: str, _value: Any) -> bool:
        return not jinja2.sandbox.is_internal_attribute(obj, attr)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, types.MappingProxyType) and attribute in obj:
            return obj[attribute]  # env.values is a section of the project file, not the method of a mapping
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            _admit((weigh(left), right), counts=True)
        elif operator == "%" and isinstance(left, str):
            _admit((left, *(right if isinstance(right, tuple) else (right,))), counts=True)
        elif operator == "*" and not (isinstance(left, int | float) and isinstance(right, int | float)):
            _admit((left, right), counts=True)
        else:
            spend(weigh(left) + weigh(right))
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Any, __obj: Any, *args: Any, **keywords: Any) -> Any:  # noqa: N805
        spend(_turn(__context))
        _check_call(__obj, args, keywords)
        sized = isinstance(__obj, types.BuiltinMethodType) or __obj is __self.globals["lipsum"]
        owner = getattr(__obj, "__self__", None) if sized else None
        _admit((owner, *args, *keywords.values()), counts=sized and not isinstance(owner, types.ModuleType))
        return super().call(__context, __obj, *args, **keywords)


def _check_call(function: object, args: tuple[object, ...], keywords: Mapping[str, object]) -> None:
    for name in ("ds_add", "ds_format"):
        if function is MACROS[name]:
            try:
                inspect.signature(MACROS[name]).bind(*args, **keywords)  # type: ignore[arg-type]
            except TypeError as error:
                raise WrongCallError(f"macros.{name}: {error}") from error


def _turn(context: jinja2.runtime.Context) -> int:
    """What a loop's turn or a macro's call may print by itself: at most the text."""
    size = context.get("__size", 1)
    return size if isinstance(size, int) else 1


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    counts = name in _GROWING_FILTERS
    skipped = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def guarded(*args: Any, **keywords: Any) -> Any:
        value, *options = args[skipped:] or (None,)
        subject = "" if isinstance(value, int) else value  # 5000000 | string is short
        _admit((subject, *options, *keywords.values()), counts=counts)
        return function(*args, **keywords)

    return guarded


@jinja2.pass_context
def _counted(context: jinja2.runtime.Context, members: Iterable[object]) -> Iterator[object]:
    size = _turn(context)
    for member in members:
        spend(size)
        yield member


def _bounded(value: object) -> object:
    spend(weigh(value))
    return value


class _Bounds(NodeTransformer):
    """Counts the turns of loops, and weighs what is joined or kept."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the visitor's naming
        self.generic_visit(node)
        node.iter = _through("_counted", node.iter)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [_through("_bounded", part) for part in node.nodes]
        return node

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _through("_bounded", node.node)
        return node


def _through(name: str, value: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


@functools.cache
def environment() -> Sandbox:
    made = Sandbox(
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.do"],
        cache_size=0,
        optimized=False,
        finalize=_bounded,
    )
    made.filters.update(FILTERS)
    made.filters = {name: _guarded(name, function) for name, function in made.filters.items()}
    made.filters.update(_counted=_counted, _bounded=_bounded)
    return made


def compiled(tree: nodes.Template) -> jinja2.Template:
    """The template of a syntax tree, which is changed, with its limits built in."""
    made = environment()
    code = made.compile(_Bounds().visit(tree))
    return jinja2.Template.from_code(made, code, made.make_globals(None))


def render(template: jinja2.Template, values: Mapping[str, object], size: int) -> str:
    """The text with sample values. Raises TooMuchError, and whatever the template's own code raises."""
    _spent.set(0)
    return template.render({**values, "__size": size})
