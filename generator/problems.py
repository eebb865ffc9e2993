"""What is wrong with a pipeline file, where, and how to mend it: the one error type of the whole package."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Format = Literal["text", "json", "github"]

TAB_WIDTH = 4
LONGEST_WORD = 200  # comparing takes time that grows with the square of the length
LISTED = 20  # as many known words are listed where none is close
LINE_WIDTH = 140  # of a longer line only the part around the caret is shown


@dataclass(frozen=True, order=True)
class Span:
    """Where a key or value stands: a file as it is shown to the user, and 1-based line and column."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One finding. ``code`` is stable and explained by ``pipelines rule CODE``."""

    span: Span
    code: str
    message: str
    help: str = ""
    severity: Severity = "error"


@dataclass(frozen=True)
class TextFinding:
    """Something wrong at a character offset of a text; whoever knows where the text stands makes a Problem of it."""

    offset: int
    length: int
    code: str
    message: str
    help: str = ""
    severity: Severity = "error"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that stop a pipeline from being generated."""
    return [problem for problem in problems if problem.severity == "error"]


def close_match(word: str, known: Iterable[str]) -> str:
    """The known word that is closest to a word; empty where none is close."""
    close = difflib.get_close_matches(word[:LONGEST_WORD], sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A help text that names the closest known word, or lists the known words when nothing is close."""
    words = sorted(known)
    close = close_match(word, words)
    if close:
        return f"did you mean '{close}'?"
    if not words:
        return ""
    listed = ", ".join(words[:LISTED]) + (", …" if len(words) > LISTED else "")
    return f"known here: {listed}"


def either(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def render(problems: Sequence[Problem], form: Format, read_lines: Callable[[str], Sequence[str]]) -> str:
    """Problems as text for people, JSON for programs, or GitHub workflow annotations.

    ``read_lines`` returns the lines of a file named in a span, or an empty sequence where it can't be read.
    """
    ordered = sorted(set(problems))
    if form == "json":
        return json.dumps([_as_json(problem) for problem in ordered], indent=2, ensure_ascii=False)
    if form == "github":
        return "\n".join(_as_annotation(problem) for problem in ordered)
    return "\n".join(_as_text(problem, read_lines(problem.span.file)) for problem in ordered)


def _as_json(problem: Problem) -> dict[str, object]:
    span = problem.span
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_column": span.column + span.length,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "help": problem.help,
    }


def _as_annotation(problem: Problem) -> str:
    """A workflow command, escaped as GitHub's own toolkit does it (actions/toolkit, command.ts)."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def escaped_property(text: str) -> str:
        return escaped(text).replace(":", "%3A").replace(",", "%2C")

    span = problem.span
    body = problem.message + (f"\nhelp: {problem.help}" if problem.help else "")
    where = f"file={escaped_property(span.file)},line={span.line},col={span.column}"
    return f"::{problem.severity} {where},title={escaped_property(problem.code)}::{escaped(body)}"


def _as_text(problem: Problem, lines: Sequence[str]) -> str:
    span = problem.span
    label = "" if problem.severity == "error" else f"{problem.severity}: "
    where = _printable(f"{span.file}:{span.line}:{span.column}")
    parts = [f"{where}: {problem.code} {label}{_printable(problem.message)}"]
    if 1 <= span.line <= len(lines):
        parts.extend(_excerpt(span, lines))
    if problem.help:
        parts.append(f"   help: {_printable(problem.help)}")
    return "\n".join(parts)


def _excerpt(span: Span, lines: Sequence[str]) -> list[str]:
    """The line with a caret under it, and the line before it where that helps to see the context."""
    width = max(5, len(str(span.line)))
    line = lines[span.line - 1]
    before, marked = line[: span.column - 1], line[span.column - 1 :][: span.length]
    start = _columns(before)
    caret = "^" * max(1, _columns(before + marked) - start)
    left = 0 if start < LINE_WIDTH - TAB_WIDTH else start - LINE_WIDTH // 2
    shown = []
    if span.line > 1 and lines[span.line - 2].strip():
        shown.append(f"{span.line - 1:>{width}} | {_window(lines[span.line - 2], left)}")
    shown.append(f"{span.line:>{width}} | {_window(line, left)}")
    shown.append(f"{'':>{width}} | {' ' * (start - left)}{caret[: LINE_WIDTH - (start - left)]}")
    return [row.rstrip() for row in shown]


def _window(line: str, left: int) -> str:
    return _printable(line)[left : left + LINE_WIDTH]


def _columns(text: str) -> int:
    return len(_printable(text))


def _printable(text: str) -> str:
    """The text as one line that can't move a terminal's cursor or change its colours."""
    shown = text.expandtabs(TAB_WIDTH)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)
