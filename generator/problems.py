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


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that stop a pipeline from being generated."""
    return [problem for problem in problems if problem.severity == "error"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A help text that names the closest known word, or lists the known words when nothing is close."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not words:
        return ""
    listed = ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
    return f"known here: {listed}"


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
    parts = [f"{span.file}:{span.line}:{span.column}: {problem.code} {label}{problem.message}"]
    if 1 <= span.line <= len(lines):
        parts.extend(_excerpt(span, lines))
    if problem.help:
        parts.append(f"   help: {problem.help}")
    return "\n".join(parts)


def _excerpt(span: Span, lines: Sequence[str]) -> list[str]:
    """The line with a caret under it, and the line before it where that helps to see the context."""
    width = max(5, len(str(span.line)))
    shown = []
    if span.line > 1 and lines[span.line - 2].strip():
        shown.append(f"{span.line - 1:>{width}} | {_printable(lines[span.line - 2])}")
    line = lines[span.line - 1]
    shown.append(f"{span.line:>{width}} | {_printable(line)}")
    before = len(_printable(line[: span.column - 1]))
    marked = max(1, min(span.length, len(line) - span.column + 1))
    shown.append(f"{'':>{width}} | {' ' * before}{'^' * marked}")
    return shown


def _printable(line: str) -> str:
    shown = line.expandtabs(TAB_WIDTH)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)
