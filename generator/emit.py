"""YAML text from plain data, as compiled files have it: keys in their order, what has several lines as block text.

PyYAML's emitter defines the text, and writes what is unusual. It looks at each character in Python, which for the SQL
and the documentation of a thousand pipelines takes longer than all else; the same text is put together here from
whole lines. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

_WIDTH = 1_000_000
_LONGEST_TEXT = _WIDTH // 4  # an escaped character has up to ten signs, and longer lines than the width are broken
_LONGEST_KEY = 100
_INDENT = "  "

# What PyYAML writes without escaping; it takes \x85, \u2028 and \u2029 for line ends, so these are left to it.
_PRINTABLE = re.compile("[\\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]+")
# Text of a line that no part of it makes something else: an indicator at the start, `: ` or ` #`, or spaces around.
_PLAIN = re.compile(r"""(?! |---|\.\.\.|[?:-](?: |\Z)|[#,\[\]{}&*!|>'"%@`])(?:[^:#]|:(?! |\Z)|(?<! )#)+(?<! )""")
_CONSTANTS = {None: "null", True: "true", False: "false"}


class _UnusualError(Exception):
    """Only PyYAML knows how to write it."""


class _Dumper(yaml.SafeDumper):
    """Block text for what has several lines; lists indented under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def dump(data: Any) -> str:
    """The text; what it looks like does not depend on which part of this module writes it."""
    try:
        if isinstance(data, dict) and data:
            return "".join(f"{line}\n" for line in _mapping(data, ""))
    except _UnusualError:
        pass
    return dump_with_pyyaml(data)


def dump_with_pyyaml(data: Any) -> str:
    """The same text, slowly."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def _mapping(data: dict[Any, Any], indent: str) -> Iterator[str]:
    """The lines of a mapping, of which none has a line end; the first one has its indent, too."""
    for key, value in data.items():
        if type(key) is not str or len(key) > _LONGEST_KEY or "\n" in key or not _PRINTABLE.fullmatch(key):
            raise _UnusualError
        begun = f"{indent}{_line(key)}:"
        if isinstance(value, dict) and value:
            yield begun
            yield from _mapping(value, indent + _INDENT)
        elif isinstance(value, list) and value:
            yield begun
            yield from _list(value, indent + _INDENT)
        else:
            yield from _scalar(value, f"{begun} ", indent + _INDENT)


def _list(data: list[Any], indent: str) -> Iterator[str]:
    inner = indent + _INDENT
    for value in data:
        begun = f"{indent}- "
        if isinstance(value, dict | list) and value:
            lines = _mapping(value, inner) if isinstance(value, dict) else _list(value, inner)
            yield begun + next(lines)[len(inner) :]
            yield from lines
        else:
            yield from _scalar(value, begun, inner)


def _scalar(value: Any, begun: str, indent: str) -> Iterator[str]:
    """The lines of a value, the first of which is begun already."""
    if type(value) is str and "\n" in value and _is_block(value):
        hint = "2" if value[0] in " \n" else ""
        yield f"{begun}|{hint}" if value[-1] == "\n" else f"{begun}|{hint}-"
        for line in value.removesuffix("\n").split("\n"):
            yield indent + line if line else ""
    elif type(value) is str:
        yield begun + _line(value)
    elif type(value) is int:
        yield f"{begun}{value}"
    elif value is None or type(value) is bool:
        yield begun + _CONSTANTS[value]
    else:
        yield begun + _unusual(value)


def _is_block(text: str) -> bool:
    if text.endswith("\n\n") or text == "\n":
        raise _UnusualError  # where such text ends the document, PyYAML marks the end
    return " \n" not in text and text[-1] != " " and _PRINTABLE.fullmatch(text) is not None


def _line(text: str) -> str:
    """Text of one line; in quotes where it would not be read as that text without them."""
    if "\n" in text or not _PRINTABLE.fullmatch(text):
        return _unusual(text)
    if _PLAIN.fullmatch(text) and not _means_something_else(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _means_something_else(text: str) -> bool:
    return any(pattern.match(text) for _, pattern in _Dumper.yaml_implicit_resolvers.get(text[0], ()))


def _unusual(value: Any) -> str:
    """What PyYAML makes of one value, if it is one line wherever it stands."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise _UnusualError
    written = dump_with_pyyaml({"k": value}).removeprefix("k: ").removesuffix("\n")
    if len(written.splitlines()) > 1:
        raise _UnusualError
    return written
