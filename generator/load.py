"""YAML text to plain data, with the position of every key and value.

Values are read as YAML 1.2 reads them (``yes``, ``on``, ``12:30`` and dates stay text), as editors do. Tags that
build objects, endless aliases, deep nesting and files that are not text are problems, never crashes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from generator.problems import Problem, Span

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000

Path_ = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}
_WORDS: dict[str, object] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}


@dataclass(frozen=True)
class Document:
    """A YAML file: its data (mappings, lists, str, int, float, bool, None) and where each part of it stands.

    ``keys`` and ``values`` map a path such as ``("tasks", "load", "table")`` to the span of that key or value.
    """

    file: str
    text: str
    data: Any
    keys: Mapping[Path_, Span] = field(default_factory=dict)
    values: Mapping[Path_, Span] = field(default_factory=dict)

    def key_span(self, path: Path_) -> Span:
        """The span of the key at ``path``; of its value, or the closest thing around it, where it has no key."""
        found = self.keys.get(path) or self.values.get(path)
        if found:
            return found
        return self.key_span(path[:-1]) if path else Span(self.file)

    def value_span(self, path: Path_) -> Span:
        """The span of the value at ``path``, or of the closest key around it."""
        return self.values.get(path) or self.key_span(path)

    def place(self, path: Path_, value: str) -> Callable[[int, int], Span]:
        """A function from an offset and length in the text ``value`` at ``path`` to the span in the file."""
        start = self.value_span(path)
        lines = self.text.split("\n")
        header = lines[start.line - 1][start.column - 1 :] if start.line <= len(lines) else ""
        if header.startswith("|"):
            return _block_place(start, lines, value)
        quoted = header.startswith(("'", '"'))

        def inline(offset: int, length: int) -> Span:
            return Span(start.file, start.line, start.column + quoted + offset, length)

        def whole(_offset: int, _length: int) -> Span:
            return start

        return inline if header[quoted : quoted + len(value)] == value else whole


def file_place(file: str, text: str) -> Callable[[int, int], Span]:
    """A function from an offset and length in a whole file's text to the span."""

    def place(offset: int, length: int) -> Span:
        line_start = text.rfind("\n", 0, offset) + 1
        return Span(file, text.count("\n", 0, offset) + 1, offset - line_start + 1, length)

    return place


def _block_place(start: Span, lines: list[str], value: str) -> Callable[[int, int], Span]:
    """Positions in a literal block: one line of the file for each line of the text, moved in by the indentation."""
    texts = value.split("\n")
    first = next((index for index, text in enumerate(texts) if text.strip()), 0)
    row = min(start.line + first, len(lines) - 1)
    indent = (len(lines[row]) - len(lines[row].lstrip())) - (len(texts[first]) - len(texts[first].lstrip()))

    def place(offset: int, length: int) -> Span:
        line_start = value.rfind("\n", 0, offset) + 1
        number = value.count("\n", 0, offset)
        return Span(start.file, start.line + 1 + number, max(0, indent) + offset - line_start + 1, length)

    return place


@dataclass(frozen=True)
class _Node:
    kind: str
    span: Span
    value: Any = None
    children: tuple[tuple[_Node, _Node], ...] | tuple[_Node, ...] = ()


def read(path: Path, shown_as: str) -> tuple[Document | None, list[Problem]]:
    """Read a YAML file. ``shown_as`` is the path that problems name. No document where nothing could be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Problem(Span(shown_as), "Y108", f"the file can't be read: {error.strerror or error}")]
    if len(raw) > MAX_BYTES:
        message = f"the file has {len(raw):,} bytes; a pipeline file has at most {MAX_BYTES:,}"
        return None, [
            Problem(Span(shown_as), "Y103", message, "keep data out of pipeline files; put them on S3")
        ]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8 text"
        return None, [Problem(Span(shown_as, line, column), "Y104", message, "save the file as UTF-8")]
    return parse(text, shown_as)


def parse(text: str, shown_as: str) -> tuple[Document | None, list[Problem]]:
    """Parse YAML text; see :func:`read`."""
    builder = _Builder(shown_as)
    try:
        root = builder.compose(text)
    except _Refused as refused:
        return None, [refused.problem]
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_problem(error, shown_as)]
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        message = f"character U+{_code_point(error.character):04X} is not allowed in YAML"
        return None, [Problem(Span(shown_as, line, column), "Y101", message)]
    if root is None:
        return None, [Problem(Span(shown_as), "Y109", "the file is empty", "see `pipelines new --help`")]
    try:
        data = builder.construct(root, ())
    except _Refused as refused:
        return None, [refused.problem]
    document = Document(shown_as, text, data, builder.keys, builder.values)
    return document, builder.problems


def _code_point(character: str | int) -> int:
    return ord(character) if isinstance(character, str) else character


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    span = Span(file, mark.line + 1, mark.column + 1) if mark else Span(file)
    what = error.problem or "not valid YAML"
    message = f"not valid YAML: {what}" + (f" {error.context}" if error.context else "")
    advice = ""
    if "'\\t'" in message or "tab" in what:
        advice = "indent with spaces; YAML does not allow tabs"
    elif "mapping values are not allowed" in what:
        advice = "text that holds ': ' must be quoted"
    elif "found character" in what and "{" not in what:
        advice = "quote text that starts with a special character such as @, `, % or {{"
    elif "while parsing a flow" in message or "block mapping" in message:
        advice = "check brackets, quotes and indentation here; text that starts with {{ must be quoted"
    return Problem(span, "Y101", message, advice)


class _Refused(Exception):  # noqa: N818 - it carries a problem, it is not an error of ours
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Builder:
    """Builds nodes from libyaml's events without recursion, then data from nodes with limits."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys: dict[Path_, Span] = {}
        self.values: dict[Path_, Span] = {}
        self.problems: list[Problem] = []
        self._anchors: dict[str, _Node] = {}
        self._nodes = 0

    def compose(self, text: str) -> _Node | None:
        stack: list[tuple[str, Span, str | None, list[_Node]]] = []
        root: _Node | None = None
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _Refused(
                    Problem(
                        self._span(event),
                        "Y109",
                        "a second YAML document begins here",
                        "one pipeline per file",
                    )
                )
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._check_tag(event)
                kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
                stack.append((kind, self._span(event), event.anchor, []))
                if len(stack) > MAX_DEPTH:
                    message = f"nested more than {MAX_DEPTH} levels deep"
                    raise _Refused(Problem(self._span(event), "Y105", message))
                continue
            node = self._leaf_or_end(event, stack)
            if node is None:
                continue
            if stack:
                stack[-1][3].append(node)
            else:
                root = node
        return root

    def _leaf_or_end(
        self, event: yaml.Event, stack: list[tuple[str, Span, str | None, list[_Node]]]
    ) -> _Node | None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_tag(event)
            node = _Node("scalar", self._span(event), _scalar(event))
            if event.anchor:
                self._anchors[event.anchor] = node
            return node
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                message = f"the alias '*{event.anchor}' has no anchor '&{event.anchor}' before it"
                raise _Refused(Problem(self._span(event), "Y101", message))
            return self._anchors[event.anchor]
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            kind, span, anchor, children = stack.pop()
            pairs = (
                tuple(zip(children[::2], children[1::2], strict=True)) if kind == "map" else tuple(children)
            )
            node = _Node(kind, span, children=pairs)
            if anchor:
                self._anchors[anchor] = node
            return node
        return None

    def _check_tag(self, event: Any) -> None:
        if event.tag and event.tag != "!" and event.tag not in _PLAIN_TAGS:
            message = f"the tag '{event.tag}' is not allowed"
            raise _Refused(Problem(self._span(event), "Y106", message, "pipeline files hold plain data only"))

    def construct(self, node: _Node, path: Path_) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            message = f"aliases expand to more than {MAX_NODES:,} values"
            raise _Refused(Problem(node.span, "Y107", message, "write the values out, or use fewer aliases"))
        self.values[path] = node.span
        if node.kind == "scalar":
            return node.value
        if node.kind == "list":
            return [self.construct(child, (*path, index)) for index, child in enumerate(_items(node))]
        return self._mapping(node, path)

    def _mapping(self, node: _Node, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[_Node] = []
        for key, value in _pairs(node):
            if key.kind != "scalar" or not isinstance(key.value, str):
                shown = "a list or mapping" if key.kind != "scalar" else f"'{key.value}'"
                self.problems.append(
                    Problem(key.span, "Y110", f"a key must be text, not {shown}", "quote the key")
                )
                continue
            if key.value == "<<" and (value.kind == "map" or value.kind == "list"):
                merged.extend([value] if value.kind == "map" else _items(value))
                continue
            if key.value in data:
                first = self.keys[(*path, key.value)]
                message = f"the key '{key.value}' is given twice; the first is in line {first.line}"
                self.problems.append(Problem(key.span, "Y102", message, "keep one of the two"))
                continue
            self.keys[(*path, key.value)] = key.span
            data[key.value] = self.construct(value, (*path, key.value))
        for source in merged:
            self._merge(source, data, path)
        return data

    def _merge(self, source: _Node, data: dict[str, Any], path: Path_) -> None:
        """YAML's merge key: what ``<<`` names is taken over where the mapping itself says nothing."""
        if source.kind != "map":
            self.problems.append(Problem(source.span, "Y101", "'<<' merges mappings only"))
            return
        self._nodes += 1
        for key, value in _pairs(source):
            if isinstance(key.value, str) and key.value != "<<" and key.value not in data:
                self.keys[(*path, key.value)] = key.span
                data[key.value] = self.construct(value, (*path, key.value))

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Span(self.file, start.line + 1, start.column + 1, max(1, length))


def _items(node: _Node) -> Iterator[_Node]:
    yield from node.children  # type: ignore[misc]


def _pairs(node: _Node) -> Iterator[tuple[_Node, _Node]]:
    yield from node.children  # type: ignore[misc]


def _scalar(event: yaml.ScalarEvent) -> object:
    """The value of a scalar by YAML 1.2's core schema; quoted and block scalars are text."""
    text: str = event.value
    if event.tag and event.tag.endswith(":str"):
        return text
    if not event.implicit[0] and not event.tag:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
