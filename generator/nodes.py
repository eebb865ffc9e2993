"""From libyaml's events to plain data with marks, within limits: no objects, no endless aliases, no deep nesting."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import yaml

from generator.problems import Problem, Span

MAX_DEPTH = 40
MAX_NODES = 50_000

Path_ = tuple[str | int, ...]

# Line and column, both from 1, and length.
Mark = tuple[int, int, int]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")}
_WORDS: dict[str, object] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}


def bare_jinja(file: str, mark: Mark, written: str) -> Problem:
    """Jinja at the start of a value, without the quotes that keep YAML from reading a mapping."""
    quote = '"' if '"' not in written else "'"
    advice = f"write {quote}{written}{quote}: a value that starts with {{{{ must be quoted"
    return Problem(Span(file, mark[0], mark[1], len(written)), "Y111", "Jinja without quotes", advice)


class Node(NamedTuple):
    """A value as it was written. The children of a mapping are key, value, key, value, …"""

    kind: Literal["scalar", "list", "map"]
    mark: Mark
    value: Any
    children: Sequence[Node] = ()

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        return zip(self.children[::2], self.children[1::2], strict=True)


class RefusedError(Exception):
    """The text can't be taken any further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Composer:
    """Builds nodes from events, without recursion."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Literal["list", "map"], Mark, str | None, list[Node]]] = []

    def compose(self, text: str) -> Node | None:
        """The root; None where there is no document. Raises RefusedError, and yaml's own errors."""
        root: Node | None = None
        parser = _LOADER(text)
        try:
            while True:
                event = parser.get_event()
                kind = type(event)
                if kind is yaml.StreamEndEvent:
                    return root
                if kind is yaml.DocumentStartEvent and root is not None:
                    raise self._refused(event, "Y109", "a second YAML document begins here", "one pipeline per file")
                node = self._node(event, kind)
                if node is None:
                    continue
                if self._open:
                    self._open[-1][3].append(node)
                else:
                    root = node
        finally:
            parser.dispose()

    def _node(self, event: Any, kind: type) -> Node | None:
        """The node that an event completes."""
        if kind is yaml.ScalarEvent:
            node = Node("scalar", _mark(event), _scalar(event))
        elif kind is yaml.MappingStartEvent:
            self._begin(event, "map")
            return None
        elif kind is yaml.SequenceStartEvent:
            self._begin(event, "list")
            return None
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed, mark, anchor, children = self._open.pop()
            return self._kept(anchor, Node(closed, mark, None, children))
        elif kind is yaml.AliasEvent:
            return self._anchored(event)
        else:
            return None
        if event.tag:
            self._check_tag(event)
        return self._kept(event.anchor, node)

    def _begin(self, event: Any, kind: Literal["list", "map"]) -> None:
        if event.tag:
            self._check_tag(event)
        self._open.append((kind, _mark(event), event.anchor, []))
        if len(self._open) > MAX_DEPTH:
            raise self._refused(event, "Y105", f"nested more than {MAX_DEPTH} levels deep")

    def _anchored(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            message = f"the alias '*{event.anchor}' has no anchor '&{event.anchor}' before it"
            raise self._refused(event, "Y101", message, "quote text that starts with *")
        return self._anchors[event.anchor]

    def _kept(self, anchor: str | None, node: Node) -> Node:
        if anchor:
            self._anchors[anchor] = node
        return node

    def _check_tag(self, event: Any) -> None:
        if event.tag != "!" and event.tag not in _PLAIN_TAGS:
            written = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"the tag '{written}' is not allowed"
            raise self._refused(event, "Y106", message, "pipeline files hold plain data only")

    def _refused(self, event: Any, code: str, message: str, advice: str = "") -> RefusedError:
        return RefusedError(Problem(Span(self._file, *_mark(event)), code, message, advice))


class Constructor:
    """Makes data of nodes, and notes where each key and value stands."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.keys: dict[Path_, Mark] = {}
        self.values: dict[Path_, Mark] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._lines = lines
        self._nodes = 0

    def construct(self, node: Node, path: Path_) -> Any:
        """The data of a node. Raises RefusedError where aliases make too much of it."""
        self._count(node, len(path))
        self.values[path] = node.mark
        if node.kind == "scalar":
            return node.value
        if node.kind == "list":
            return [self.construct(child, (*path, index)) for index, child in enumerate(node.children)]
        if _is_bare_jinja(node):
            written = self._written(node.mark)
            self.problems.append(bare_jinja(self._file, node.mark, written))
            return written
        return self._mapping(node, path)

    def _count(self, node: Node, depth: int) -> None:
        """Aliases make much of little: the data is counted, not the text."""
        self._nodes += 1
        if depth > MAX_DEPTH:
            message, code = f"aliases nest more than {MAX_DEPTH} levels deep", "Y105"
        elif self._nodes > MAX_NODES:
            message, code = f"aliases expand to more than {MAX_NODES:,} values", "Y107"
        else:
            return
        advice = "write the values out, or use fewer aliases"
        raise RefusedError(Problem(Span(self._file, *node.mark), code, message, advice))

    def _mapping(self, node: Node, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[Node] = []
        for key, value in node.pairs():
            if key.value == "<<" and value.kind != "scalar":
                merged.append(value)
                continue
            name = self._name(key)
            if name is not None and not self._is_twice(key, name, data, path):
                whole = (*path, name)
                self.keys[whole] = key.mark
                data[name] = self.construct(value, whole)
        for source in merged:
            self._merge(source, data, path, len(path))
        return data

    def _name(self, key: Node) -> str | None:
        """A key's text; numbers and the like are taken as they are written, as editors do."""
        if isinstance(key.value, str):
            return key.value
        written = self._written(key.mark)
        if key.kind == "scalar":
            return written if key.value is not None else ""
        if _is_bare_jinja(key):
            self.problems.append(bare_jinja(self._file, key.mark, written))
        else:
            self._report(key.mark, "Y110", "a key must be text, not a list or mapping", "quote the key")
        return None

    def _is_twice(self, key: Node, name: str, data: dict[str, Any], path: Path_) -> bool:
        if name not in data:
            return False
        first = self.keys[(*path, name)][0]
        self._report(key.mark, "Y102", f"the key '{name}' is given twice; the first is in line {first}", "keep one")
        return True

    def _merge(self, source: Node, data: dict[str, Any], path: Path_, depth: int) -> None:
        """YAML's merge key: what ``<<`` names is taken over where the mapping itself says nothing."""
        self._count(source, depth)
        if source.kind == "list":
            for part in source.children:
                self._merge(part, data, path, depth + 1)
            return
        if source.kind == "scalar":
            self._report(source.mark, "Y101", "'<<' merges mappings only", "name a mapping's anchor: <<: *anchor")
            return
        inner = []
        for key, value in source.pairs():
            if key.value == "<<" and value.kind != "scalar":
                inner.append(value)
                continue
            name = self._name(key)
            if name is not None and name not in data:
                whole = (*path, name)
                self.keys[whole] = key.mark
                data[name] = self.construct(value, whole)
        for further in inner:
            self._merge(further, data, path, depth + 1)

    def _written(self, mark: Mark) -> str:
        """The text at a mark; for Jinja up to its end."""
        line, column, length = mark
        rest = self._lines[line - 1][column - 1 :]
        end = rest.find("}}")
        return rest[: end + 2] if rest.startswith("{{") and end >= 0 else rest[:length]

    def _report(self, mark: Mark, code: str, message: str, advice: str) -> None:
        self.problems.append(Problem(Span(self._file, *mark), code, message, advice))


def _is_bare_jinja(node: Node) -> bool:
    """``{{ name }}`` without quotes: to YAML a mapping whose only key is a mapping."""
    if node.kind != "map" or len(node.children) != 2:
        return False
    key, value = node.children
    return key.kind == "map" and value.kind == "scalar" and value.value is None and len(key.children) == 2


def _is_jinja_key(key: Node) -> bool:
    return _is_bare_jinja(key)


def _mark(event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return start.line + 1, start.column + 1, max(1, length)


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
