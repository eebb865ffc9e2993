"""Checks the Jinja in a pipeline's values and SQL, and renders it with placeholders, without Airflow.

Airflow renders these texts when a task runs, with the names of its context
(https://airflow.apache.org/docs/apache-airflow/stable/templates-ref.html) and ours: ``env``, ``run_date`` and
``run_key``. A name that is wrong should be found before that.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jinja2.defaults

from generator.jinja import samples, sandbox
from generator.jinja.walk import Reference, References, references
from generator.problems import Severity, TextFinding, did_you_mean

_OPENING = re.compile(r"\{[{%#]")
_STRING = r"""'(?:[^'\\]|\\.){0,1000}'|"(?:[^"\\]|\\.){0,1000}\""""
# An expression that is read by itself: without braces of its own, or signs that trim what is around it.
_EXPRESSION = re.compile(r"\{\{(?![-+])(?:[^'\"{}%#]|" + _STRING + r")*(?<![-+])\}\}", re.DOTALL)
_CONSTRUCT = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL)
_MARK, _MARK_END = "\ue000", "\ue001"  # of Unicode's private use area
_MARKED = re.compile(_MARK + r"(\d+)" + _MARK_END)
_METHODS = frozenset(dir(dict)) | frozenset(dir(str))
_HIDDEN = {"conn", "var", "self"}
NAMES = (frozenset(samples.CONTEXT) | frozenset(samples.OURS)) - _HIDDEN
_GLOBALS = frozenset(jinja2.defaults.DEFAULT_NAMESPACE)

_SPECIAL = {
    "item": "{{ item }} exists only in tasks with for_each, without filters, {{ item.key }} where it has the key",
    "conn": "credentials never go into SQL or files; the environment's connection is used by itself",
    "var": "put the value into project.yaml, under environments: …: values, and write {{ env.values.… }}",
}


@dataclass(frozen=True)
class Scope:
    """What a text may refer to.

    ``params`` are the pipeline's with a sample value each; ``string_params`` those that take any text;
    ``environments`` all of the project's; ``dated`` is False where a run may have no logical date; ``sql`` is
    True where the text goes into SQL. A scope remembers what it has checked: make one per pipeline.
    """

    params: Mapping[str, object]
    string_params: frozenset[str]
    environments: Mapping[str, Mapping[str, object]]
    dated: bool
    sql: bool

    @functools.cached_property
    def environments_by_name(self) -> Mapping[str, Mapping[str, object]]:
        """The environments as ``env`` shows them: with their name."""
        return {name: {**values, "name": name} for name, values in self.environments.items()}

    @functools.cached_property
    def values(self) -> Mapping[str, object]:
        merged: dict[str, object] = {}
        for environment in self.environments_by_name.values():
            merged = _merged(merged, environment)
        return {**samples.CONTEXT, **samples.OURS, "env": _frozen(merged)}

    @functools.cached_property
    def checked(self) -> dict[str, tuple[str, tuple[TextFinding, ...]]]:
        """Expressions that were looked at in this scope; most are written many times."""
        return {}


def check(text: str, scope: Scope) -> tuple[str, list[TextFinding]]:
    """The text rendered with placeholders, fit for reading it as SQL, and what is wrong with its Jinja.

    Raises nothing, whatever the text.
    """
    if not _OPENING.search(text):
        return text, []
    text = _one_line_end(text)
    if _OPENING.search(_EXPRESSION.sub("", text)):
        rendered, found = _checked(text, scope)
        return rendered, list(found)
    pieces: list[str] = []
    findings: list[TextFinding] = []
    position = 0
    for match in _EXPRESSION.finditer(text):
        rendered, found = _checked(match[0], scope)
        pieces += (text[position : match.start()], rendered)
        position = match.end()
        findings += (_moved(finding, match.start()) for finding in found)
        findings += _quoted_literal(text, match, scope)
    pieces.append(text[position:])
    return "".join(pieces), findings


def origin(text: str, scope: Scope, offset: int) -> int:
    """The offset in a text of what stands at an offset of the text that ``check`` made of it.

    For what a placeholder wrote it is the end of the text before it: the place where the expression begins.
    """
    if not _OPENING.search(text) or _MARK in text or _MARK_END in text:
        return min(offset, len(text))
    text = _one_line_end(text)
    marked, ends = _with_marks(text)
    rendered, _ = check(marked, scope)
    source = target = removed = 0
    for mark in _MARKED.finditer(rendered):
        if mark.start() - removed > offset:
            break
        source, target = int(mark[1]), mark.start() - removed
        removed += len(mark[0])
    return min(source + offset - target, ends.get(source, len(text)))


def _one_line_end(text: str) -> str:
    """The text with the line ends that Jinja makes of others, and as long as before."""
    return text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text


def _with_marks(text: str) -> tuple[str, dict[int, int]]:
    """The text with a mark before each piece that Jinja copies, and where the pieces end."""
    places, ends, position = [], {}, 0
    try:
        for _line, kind, value in sandbox.environment().lexer.tokeniter(text, None):
            found = text.find(value, position)
            position = max(found, position) + len(value)
            if kind == "data" and found >= 0 and value.strip():
                start = found + len(value) - len(value.lstrip())
                places.append(start)
                ends[start] = position
    except jinja2.TemplateSyntaxError:
        return text, {}
    for start in reversed(places):
        text = f"{text[:start]}{_MARK}{start}{_MARK_END}{text[start:]}"
    return text, ends


def _moved(finding: TextFinding, by: int) -> TextFinding:
    offset = finding.offset + by
    return TextFinding(offset, finding.length, finding.code, finding.message, finding.help, finding.severity)


def _quoted_literal(text: str, match: re.Match[str], scope: Scope) -> Iterator[TextFinding]:
    around = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if scope.sql and around in {("'", "'"), ('"', '"')} and references(match[0]).quoted:
        message = "the filter writes the quotes itself"
        yield TextFinding(
            match.start() - 1,
            len(match[0]) + 2,
            "J407",
            message,
            f"write {match[0]} without quotes around it",
        )


def _checked(source: str, scope: Scope) -> tuple[str, tuple[TextFinding, ...]]:
    known = scope.checked.get(source)
    if known is None:
        read = references(source)
        findings = sorted(set(_findings(read, scope)), key=lambda finding: (finding.offset, finding.code))
        rendered, failure = _rendered(source, read, scope)
        known = scope.checked[source] = rendered, (*findings, *failure)
    return known


def _rendered(source: str, read: References, scope: Scope) -> tuple[str, tuple[TextFinding, ...]]:
    try:
        if read.template is not None:
            values = {**scope.values, "params": dict(scope.params)}
            return sandbox.render(read.template, values, len(source)), ()
    except sandbox.WrongCallError as error:
        return "1", (TextFinding(0, len(source), "J401", str(error), "see Airflow's list of macros"),)
    except (sandbox.TooMuchError, OverflowError, MemoryError, RecursionError):
        message = "this makes a text that is too long, or takes too many steps"
        finding = TextFinding(0, len(source), "J401", message, "a statement is at most 100 KB long; write it out")
        return "1", (finding,)
    except Exception:  # noqa: BLE001, S110 - that a placeholder does not fit proves nothing about the real value
        pass
    return _CONSTRUCT.sub(lambda construct: "1" if construct[0].startswith("{{") else "", source), ()


def _findings(read: References, scope: Scope) -> Iterator[TextFinding]:
    for fault in read.faults:
        yield TextFinding(fault.offset, fault.length, fault.code, fault.message, fault.help)
    for name in read.names:
        yield from _name_findings(name, scope)
    for printed in read.printed if scope.sql else ():
        if printed.path[1] in scope.string_params:
            written = ".".join(printed.path)
            message = f"'{written}' is free text, and goes into the SQL as it is"
            help_text = f"write {{{{ {written} | literal }}}} without quotes around it (or | identifier for a name)"
            yield _at(printed, "J407", message, help_text)


def _at(name: Reference, code: str, message: str, help_text: str, severity: Severity = "error") -> TextFinding:
    return TextFinding(name.offset, name.length, code, message, help_text, severity)


def _name_findings(name: Reference, scope: Scope) -> Iterator[TextFinding]:
    root = name.path[0]
    if root in _SPECIAL and root not in NAMES:
        yield _at(name, "J402", f"'{root}' is not available here", _SPECIAL[root])
    elif root not in NAMES and root not in _GLOBALS:
        yield _at(name, "J402", f"unknown name '{root}'", _nearest(root))
    elif root in samples.DATED and not scope.dated and not name.guarded:
        message = f"'{root}' does not exist in runs without a logical date, which this pipeline may have"
        yield _at(name, "J405", message, f"use {samples.DATED[root]}", "warning")
    elif len(name.path) > 1 and root == "macros":
        if name.path[1] not in samples.MACROS:
            message = f"'macros' has no '{name.path[1]}'"
            yield _at(name, "J403", message, did_you_mean(name.path[1], samples.MACROS))
    elif len(name.path) > 1 and root == "params":
        yield from _param_findings(name, scope)
    elif len(name.path) > 1 and root == "env" and not name.guarded:
        yield from _environment_findings(name, scope)


def _param_findings(name: Reference, scope: Scope) -> Iterator[TextFinding]:
    param = name.path[1]
    if param in scope.params:
        if param in dir(dict) and name.dotted and len(name.path) == 2:
            help_text = f"write params['{param}'], or rename the param"
            yield _at(name, "J404", f"'params.{param}' is a method of Python's mappings, not the param", help_text)
    elif not name.guarded and not (name.called and param in _METHODS):
        help_text = did_you_mean(param, scope.params) or "this pipeline declares no params"
        yield _at(name, "J404", f"unknown param '{param}'", help_text)


def _nearest(name: str) -> str:
    close = did_you_mean(name, NAMES)
    if close.startswith("did you mean"):
        return close
    return "known here: run_date, run_key, params, env, macros, dag_run, ds and the rest of Airflow's context"


def _environment_findings(name: Reference, scope: Scope) -> Iterator[TextFinding]:
    environments = scope.environments_by_name
    keys = name.path[1:]
    if name.called and len(keys) > 1 and any(_is_value(values, keys[:-1]) for values in environments.values()):
        keys = keys[:-1]  # a method of the value: env.bucket.upper()
    missing = sorted(each for each, values in environments.items() if not _reaches(values, keys))
    if not missing:
        return
    written = ".".join(("env", *keys))
    if len(missing) < len(environments):
        listed = ", ".join(f"'{each}'" for each in missing)
        message = f"'{written}' is missing in the environment{'s' if len(missing) > 1 else ''} {listed}"
        yield _at(name, "J406", message, "give it in project.yaml under environments")
        return
    known = ((key, _known_instead(keys, depth, scope)) for depth, key in enumerate(keys))
    help_text = next((did_you_mean(key, instead) for key, instead in known if instead), "")
    yield _at(name, "J406", f"'{written}' is in no environment of project.yaml", help_text)


def _known_instead(keys: tuple[str, ...], depth: int, scope: Scope) -> set[str]:
    """The keys that could stand at a depth, where the one that does is in no environment; else nothing."""
    sections = [_section(values, keys[:depth]) for values in scope.environments_by_name.values()]
    known = {key for section in sections for key in section}
    return set() if keys[depth] in known else known


def _section(values: Mapping[str, object], keys: tuple[str, ...]) -> Mapping[str, object]:
    for key in keys:
        inner = values.get(key)
        if not isinstance(inner, Mapping):
            return {}
        values = inner
    return values


def _reaches(values: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    return not keys or keys[-1] in _section(values, keys[:-1])


def _is_value(values: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    return _reaches(values, keys) and not isinstance(_section(values, keys[:-1])[keys[-1]], Mapping)


def _merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    both = dict(second)
    for key, value in first.items():
        other = both.get(key)
        both[key] = _merged(value, other) if isinstance(value, Mapping) and isinstance(other, Mapping) else value
    return both


def _frozen(values: Mapping[str, object]) -> Mapping[str, object]:
    frozen = {key: _frozen(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    return types.MappingProxyType(frozen)
