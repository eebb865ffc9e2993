"""YAML text to plain data, with the position of every key and value.

Values are read as YAML 1.2 reads them (``yes``, ``on``, ``12:30`` and dates stay text), as editors do. Tags that
build objects, endless aliases, deep nesting and files that are not text are problems, never crashes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from generator.nodes import Composer, Constructor, Mark, Path_, RefusedError, bare_jinja
from generator.problems import Problem, Span

__all__ = ["MAX_BYTES", "Document", "Path_", "Place", "parse", "read", "text_place"]

MAX_BYTES = 1024 * 1024

# From an offset and a length in a text, in characters, to where that stands in the file.
Place = Callable[[int, int], Span]

# YAML 1.1, which libyaml reads, takes these for ends of lines; YAML 1.2, and editors, do not.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_BARE_JINJA = re.compile(r"(?:[:,\[-]\s+|^\s*)((\{[{%]).*)")
_BEFORE_VALUE = re.compile(r"(?:[&!]\S*\s+)*")


@dataclass(frozen=True)
class Document:
    """A YAML file: its data (mappings, lists, str, int, float, bool, None) and where each part of it stands.

    ``keys`` and ``values`` map a path such as ``("tasks", "load", "table")`` to the line, column and length of that
    key or value.
    """

    file: str
    text: str
    data: Any
    keys: Mapping[Path_, Mark] = field(default_factory=dict)
    values: Mapping[Path_, Mark] = field(default_factory=dict)

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def key_span(self, path: Path_) -> Span:
        """The span of the key at ``path``; of its value, or the closest thing around it, where it has no key."""
        while True:
            found = self.keys.get(path) or self.values.get(path)
            if found or not path:
                return self._span(found or (1, 1, 1))
            path = path[:-1]

    def value_span(self, path: Path_) -> Span:
        """The span of the value at ``path``, or of the closest key around it."""
        found = self.values.get(path)
        return self._span(found) if found else self.key_span(path)

    def _span(self, mark: Mark) -> Span:
        """libyaml puts a value that is not there behind the end of the file."""
        line, column, length = mark
        if line > len(self.lines):
            line, column = len(self.lines), len(self.lines[-1]) + 1
        return Span(self.file, line, column, length)

    def at(self, path: Path_) -> Any:
        """The value at a path that exists."""
        value = self.data
        for key in path:
            value = value[key]
        return value

    def place(self, path: Path_, value: str) -> Place:
        """The place of each part of the text ``value``, which stands at ``path``."""
        start = self.value_span(path)
        header = self.lines[start.line - 1][start.column - 1 :]
        properties = _BEFORE_VALUE.match(header)
        skipped = properties.end() if properties else 0
        if header[skipped:].startswith("|"):
            return self._block_place(start, value)
        begin = skipped + header[skipped:].startswith(("'", '"'))

        def inline(offset: int, length: int) -> Span:
            return Span(start.file, start.line, start.column + begin + offset, length)

        def whole(_offset: int, _length: int) -> Span:
            return start

        return inline if header[begin : begin + len(value)] == value else whole

    def _block_place(self, start: Span, value: str) -> Place:
        """Positions in a literal block: one line of the file for each line of the text, moved in by the indentation."""
        texts = value.split("\n")
        first = next((index for index, text in enumerate(texts) if text.strip()), 0)
        row = min(start.line + first, len(self.lines) - 1)
        indent = _indentation(self.lines[row]) - _indentation(texts[first])
        return text_place(self.file, self.lines, value, start.line, max(0, indent))


def text_place(file: str, lines: list[str], text: str, above: int = 0, indent: int = 0) -> Place:
    """The place of each part of a text that stands in ``lines`` below ``above`` others, ``indent`` columns in."""

    def place(offset: int, length: int) -> Span:
        row = min(above + text.count("\n", 0, offset), len(lines) - 1)
        column = indent + offset - (text.rfind("\n", 0, offset) + 1)
        return Span(file, row + 1, min(column, len(lines[row])) + 1, max(1, length))

    return place


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def read(path: Path, shown_as: str) -> tuple[Document | None, list[Problem]]:
    """Read a YAML file. ``shown_as`` is the path that problems name. No document where nothing could be read."""
    text, problems = read_text(path, shown_as, Span(shown_as))
    return (None, problems) if text is None else parse(text, shown_as)


def read_text(path: Path, shown_as: str, named_at: Span) -> tuple[str | None, list[Problem]]:
    """The text of a file, its line ends as \\n. ``named_at`` is for what concerns all of it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"the file {path.name} can't be read: {error.strerror or error}"
        return None, [Problem(named_at, "Y108", message)]
    if len(raw) > MAX_BYTES:
        message = f"the file {path.name} has {len(raw):,} bytes; at most {MAX_BYTES:,} are allowed"
        return None, [Problem(named_at, "Y103", message, "keep data out of these files; put it on S3")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = _plain_ends(raw[: error.start].decode("utf-8-sig", errors="replace"))
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8 text"
        return None, [Problem(_span_after(shown_as, before), "Y104", message, "save the file as UTF-8")]
    return _plain_ends(text), []


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, shown_as: str) -> tuple[Document | None, list[Problem]]:
    """Parse YAML text with \\n as its line ends; see :func:`read`."""
    separator = _LINE_ENDS.search(text)
    if separator:
        message = f"the line separator U+{ord(separator[0]):04X} is not allowed: YAML's versions read it differently"
        span = _span_after(shown_as, text[: separator.start()])
        return None, [Problem(span, "Y101", message, "put a plain line break or a space in its place")]
    lines = text.split("\n")
    try:
        root = Composer(shown_as).compose(text)
        if root is None:
            return None, [Problem(Span(shown_as), "Y109", "the file is empty", "see `pipelines new --help`")]
        constructor = Constructor(shown_as, lines)
        data = constructor.construct(root, ())
    except RefusedError as refused:
        return None, [refused.problem]
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_problem(error, shown_as, lines)]
    except yaml.reader.ReaderError as error:
        return None, [_character_problem(error, shown_as, text)]
    return Document(shown_as, text, data, constructor.keys, constructor.values), constructor.problems


def _span_after(file: str, before: str) -> Span:
    """The character that follows the text before it."""
    return Span(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _character_problem(error: yaml.reader.ReaderError, file: str, text: str) -> Problem:
    character = error.character if isinstance(error.character, int) else ord(error.character)
    position = text.find(chr(character))
    message = f"the character U+{character:04X} is not allowed in YAML"
    return Problem(_span_after(file, text[: max(0, position)]), "Y101", message, "take it out")


def _syntax_problem(error: yaml.MarkedYAMLError, file: str, lines: list[str]) -> Problem:
    """libyaml's complaint in other words. It tells where it gave up, which is often far below the mistake."""
    noticed, began = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    if noticed is None or began is None:
        return Problem(Span(file), "Y101", "not valid YAML")
    for mark in (began, noticed):
        row = min(mark.line, len(lines) - 1)
        bare = _BARE_JINJA.search(lines[row])
        if bare:
            return bare_jinja(file, (row + 1, bare.start(1) + 1, 2), bare[1].rstrip())
    what = f"{error.problem or ''} {error.context or ''}"
    line = lines[min(noticed.line, len(lines) - 1)]
    message, advice, at_start = _in_other_words(what, line, line[noticed.column : noticed.column + 1])
    mark = began if at_start else noticed
    row = min(mark.line, len(lines) - 1)
    return Problem(Span(file, row + 1, min(mark.column, len(lines[row])) + 1), "Y101", message, advice)


def _in_other_words(what: str, line: str, character: str) -> tuple[str, str, bool]:
    """Message, help, and whether what is wrong is where the construct began, not where it was noticed."""
    if "\t" in line[: len(line) - len(line.lstrip())] or character == "\t":
        return "a tab, which YAML does not take for indentation", "indent with spaces", False
    if "cannot start any token" in what:
        return f"a value can't start with '{character}'", "put the value in quotes", False
    if "block scalar" in what:
        advice = "put a threshold in quotes; text of several lines begins on the line below > or |"
        return "a text of several lines begins here, and something stands behind its sign", advice, True
    if "mapping values are not allowed" in what:
        advice = "put text that holds ': ' in quotes; keys of one mapping start in the same column"
        return "a ':' that is not expected here", advice, False
    if "quoted scalar" in what and "end of stream" in what:
        return "this quotation mark is not closed", "", True
    if "flow sequence" in what or "flow mapping" in what:
        kind = "list" if "sequence" in what else "mapping"
        return f"this {kind} is not closed, or a comma is missing in it", "", True
    if "expected key" in what or "block collection" in what or "'-' indicator" in what:
        return (
            "this line is not expected here",
            "keys of one mapping, and items of one list, start in the same column",
            False,
        )
    if "could not find expected ':'" in what:
        return "this line is no 'key: value'", "put text of several lines below a key with |", True
    return f"not valid YAML: {' '.join(what.split())}", "", False
