"""Explain a problem code, with an example that fails and one that passes; without a code, list them all."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Mapping

from generator import codes
from generator.commands import usage
from generator.problems import close_match

_GROUPS = {
    "Y": "YAML",
    "S": "schema",
    "R": "rules across fields and files",
    "J": "Jinja",
    "Q": "SQL",
    "P": "project",
    "T": "tests of pipelines",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="the code, such as S201 (default: list all)")


def run(arguments: argparse.Namespace) -> int:
    known = codes.all_codes()
    if arguments.code is None:
        sys.stdout.write("\n".join(_listed(known)) + "\n")
        return 0
    found = known.get(arguments.code.upper())
    if found is None:
        close = close_match(arguments.code.upper(), known)
        advice = f"did you mean '{close}'?" if close else "`pipelines rule` lists them"
        raise usage.UsageError(f"there is no code '{arguments.code}'; {advice}")
    sys.stdout.write("\n".join(_explained(found)) + "\n")
    return 0


def _listed(known: Mapping[str, codes.Code]) -> Iterator[str]:
    group = ""
    for code in known.values():
        if code.code[0] != group:
            yield ("\n" if group else "") + _GROUPS[code.code[0]]
            group = code.code[0]
        yield f"  {code.code}  {code.title}"
    yield "\n`pipelines rule CODE` explains one."


def _explained(code: codes.Code) -> Iterator[str]:
    yield f"{code.code}: {code.title}"
    yield ""
    yield textwrap.fill(code.explanation, width=100, break_long_words=False, break_on_hyphens=False)
    for title, example in (("This fails:", code.fails), ("This passes:", code.passes)):
        yield ""
        yield title
        if isinstance(example, str):
            yield textwrap.indent(example.rstrip(), "    ")
            continue
        for name, content in example.items():
            yield f"  {name}"
            yield textwrap.indent(_content(content), "    ")


def _content(content: object) -> str:
    """A file's text, or in brackets what is special about it."""
    if isinstance(content, str):
        return content.rstrip()
    if not isinstance(content, dict):
        return "(there is no such file)"
    if "repeat" in content:
        return f"{content.get('before', '')}{content['repeat']}(and so on, {content['times']:,} times)"
    if "latin_1" in content:
        return f"{content['latin_1'].rstrip()}\n(saved as Latin-1)"
    return f"(a link to {content['link_to']}, which is not there)"
