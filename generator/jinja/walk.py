"""What a Jinja text refers to, found once whatever its pipeline: names, filters, and what it prints."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

from generator.jinja import sandbox
from generator.problems import did_you_mean

_SAFE_FILTERS = {"literal", "identifier", "int", "float", "length", "count", "wordcount"}
_SAFE_CALLS = {("macros", "ds_add"), ("macros", "ds_format")}
_READS_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_OPENING = re.compile(r"\{[{%#]")
_UNCLOSED = re.compile(r"innermost block that needs to be closed is '(\w+)'")


@dataclass(frozen=True)
class Reference:
    """A name with its attributes, such as ``env.redshift.workgroup``.

    ``called`` where the last attribute is called as a function; ``guarded`` where the text itself expects
    that the name may be missing.
    """

    path: tuple[str, ...]
    offset: int
    length: int
    dotted: bool = True
    called: bool = False
    guarded: bool = False


@dataclass(frozen=True)
class Fault:
    """Something wrong whatever the text's surroundings are."""

    offset: int
    length: int
    code: str
    message: str
    help: str = ""


@dataclass(frozen=True)
class References:
    """``printed`` are the params whose value goes into the text as it is; ``quoted`` where the whole text is
    one expression that writes its own quotes; ``template`` is missing where there are faults.
    """

    names: tuple[Reference, ...] = ()
    printed: tuple[Reference, ...] = ()
    faults: tuple[Fault, ...] = ()
    template: jinja2.Template | None = None
    quoted: bool = False


@functools.cache
def references(source: str) -> References:
    """The references of a Jinja text, or its syntax error."""
    made = sandbox.environment()
    try:
        tree = made.parse(source)
        return _Reader(source, tree).result(made)
    except jinja2.TemplateSyntaxError as error:
        return References(faults=(_syntax_fault(source, error),))
    except (RecursionError, SyntaxError, ValueError, OverflowError, MemoryError) as error:
        fault = Fault(0, len(source), "J401", f"Jinja cannot read this: {type(error).__name__}", "write it more simply")
        return References(faults=(fault,))


def _syntax_fault(source: str, error: jinja2.TemplateSyntaxError) -> Fault:
    message = (error.message or "syntax error").split(" Jinja was looking")[0]
    line = sum(len(text) for text in source.splitlines(keepends=True)[: max(error.lineno - 1, 0)])
    opening = _OPENING.search(source, line)
    start = opening.start() if opening else min(line, max(len(source) - 1, 0))
    help_text = "Jinja's own signs are {{ value }}, {% statement %} and {# comment #}"
    if unclosed := _UNCLOSED.search(error.message or ""):
        name = unclosed[1]
        start = _unclosed(source, name)
        message, help_text = f"'{name}' is never closed", f"add {{% end{name} %}}"
    end = source.find("\n", start)
    return Fault(start, max(1, (end if end >= 0 else len(source)) - start), "J401", f"Jinja: {message}", help_text)


def _unclosed(source: str, name: str) -> int:
    """Where the innermost block of that name opens that has no end."""
    opened: list[int] = []
    for tag in re.finditer(r"\{%[-+]?\s*(end)?" + name + r"\b", source):
        if not tag[1]:
            opened.append(tag.start())
        elif opened:
            opened.pop()
    return opened[-1] if opened else 0


class _Places:
    """Finds where in the text a name of the syntax tree stands, which the tree itself knows by line only."""

    def __init__(self, source: str) -> None:
        self.tokens: list[tuple[int, int, str, str]] = []
        self._by_name: dict[str, list[int]] = {}
        position = 0
        for line, kind, text in sandbox.environment().lexer.tokeniter(source, None):
            found = source.find(text, position)
            if found < 0:
                continue
            position = found + len(text)
            if kind in {"name", "operator", "string"}:
                if kind == "name" and not (self.tokens and self.tokens[-1][3] in {".", "|"}):
                    self._by_name.setdefault(text, []).append(len(self.tokens))
                self.tokens.append((found, line, kind, text))

    def find(self, path: tuple[str, ...], line: int) -> tuple[int, int]:
        """Offset and length of the first such name that was not found before, on that line if there is one."""
        best = (0, 0, 1, 0)
        places = self._by_name.get(path[0], [])
        for place, index in enumerate(places):
            offset, at = self.tokens[index][:2]
            matched, end = self._follow(path, index)
            score = matched * 2 + (at == line)
            if score > best[0]:
                best = (score, offset, end - offset, place)
            if score == len(path) * 2 + 1:
                break
        if best[0]:
            del places[best[3]]
        return best[1:3]

    def _follow(self, path: tuple[str, ...], index: int) -> tuple[int, int]:
        """How many parts of the path stand at a token, and where they end."""
        matched, end = 1, self.tokens[index][0] + len(path[0])
        for part in path[1:]:
            after = self.tokens[index + 1 : index + 4]
            texts = [token[3] for token in after]
            if texts[:2] == [".", part]:
                index += 2
            elif len(texts) == 3 and texts[0] == "[" and texts[1][1:-1] == part:
                index += 3
            else:
                break
            matched += 1
            end = self.tokens[index][0] + len(self.tokens[index][3])
        return matched, end

    def word(self, text: str, line: int, before: tuple[str, ...]) -> tuple[int, int]:
        """The place of a filter's, test's or attribute's name."""
        near = [token for index, token in enumerate(self.tokens) if token[3] == text and self._after(index, before)]
        near.sort(key=lambda token: token[1] != line)
        return (near[0][0], len(text)) if near else (0, 1)

    def _after(self, index: int, before: tuple[str, ...]) -> bool:
        return not before or (index > 0 and self.tokens[index - 1][3] in before)


@dataclass
class _Reader:
    """One walk over a syntax tree."""

    source: str
    tree: nodes.Template
    guarded: set[tuple[str, ...]] = field(default_factory=set)
    names: list[Reference] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    found: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = _Places(self.source)
        self.own = _assigned(self.tree)

    def result(self, made: sandbox.Sandbox) -> References:
        self._find_guards()
        self._visit(self.tree)
        self._find_unknown_filters(made)
        self._find_unreachable()
        printed = tuple(self._printed())
        quoted = _prints_literal(self.tree)
        template = None if self.faults else sandbox.compiled(self.tree)
        return References(tuple(self.names), printed, tuple(self.faults), template, quoted)

    def _find_guards(self) -> None:
        """Names that the text itself expects to be missing: ``x is defined``, ``x | default('')``."""
        for test in self.tree.find_all(nodes.Test):
            if test.name in {"defined", "undefined"}:
                self.guarded.update(path for _, path in _path(test.node))
        for filtered in self.tree.find_all(nodes.Filter):
            if filtered.name in {"default", "d"} and filtered.node is not None:
                self.guarded.update(path for _, path in _path(filtered.node))

    def _visit(self, node: nodes.Node, called: bool = False) -> None:
        for name, path in _path(node):
            if name.ctx == "load" and name.name not in self.own:
                self.names.append(self._reference(name, path, isinstance(node, nodes.Getattr), called))
            return
        for child in node.iter_child_nodes():
            self._visit(child, isinstance(node, nodes.Call) and child is node.node)

    def _reference(self, name: nodes.Name, path: tuple[str, ...], dotted: bool, called: bool = False) -> Reference:
        if id(name) not in self.found:
            self.found[id(name)] = self.places.find(path, name.lineno)
        offset, length = self.found[id(name)]
        guarded = any(path[: len(guard)] == guard for guard in self.guarded)
        return Reference(path, offset, length, dotted, called, guarded)

    def _find_unknown_filters(self, made: sandbox.Sandbox) -> None:
        filters, tests = self.tree.find_all(nodes.Filter), self.tree.find_all(nodes.Test)
        self._find_unknown(filters, made.filters, "filter", ("|", "filter"))
        self._find_unknown(tests, made.tests, "test", ("is", "not"))

    def _find_unknown(
        self,
        found: Iterable[nodes.Filter | nodes.Test],
        known: Mapping[str, object],
        word: str,
        before: tuple[str, ...],
    ) -> None:
        for node in found:
            if node.name not in known or node.name.startswith("_"):
                offset, length = self.places.word(node.name.split(".")[0], node.lineno, before)
                public = [name for name in known if name.isidentifier() and not name.startswith("_")]
                help_text = did_you_mean(node.name, public)
                self.faults.append(Fault(offset, length, "J403", f"unknown {word} '{node.name}'", help_text))

    def _find_unreachable(self) -> None:
        for node in self.tree.find_all(nodes.Getattr):
            if node.attr.startswith("__"):
                offset, length = self.places.word(node.attr, node.lineno, (".",))
                self.faults.append(Fault(offset, length, "J403", f"'{node.attr}' is out of a template's reach"))
        for loader in self.tree.find_all(_READS_FILES):
            word = type(loader).__name__.lower().replace("fromimport", "from")
            offset, length = self.places.word(word, loader.lineno, ())
            help_text = "put the text where it is used, or the statement in a file under sql_file"
            message = f"'{word}' reads templates, of which there are none"
            self.faults.append(Fault(offset, length, "J401", message, help_text))

    def _printed(self) -> Iterator[Reference]:
        kept = _assigned_params(self.tree)
        seen = set()
        for output in self.tree.find_all(nodes.Output):
            for part in output.nodes:
                for name, path in _raw_params(part, kept):
                    if (name.lineno, path) not in seen and name.name not in self.own:
                        seen.add((name.lineno, path))
                        yield self._reference(name, path, dotted=True)


Origin = tuple[nodes.Name, tuple[str, ...]]


def _path(node: nodes.Node) -> Iterable[Origin]:
    """The name at the root of an attribute access and its whole path, where all of it is written out."""
    parts: list[str] = []
    while True:
        if isinstance(node, nodes.Getattr):
            parts.append(node.attr)
            node = node.node
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            parts.append(node.arg.value)
            node = node.node
        elif isinstance(node, nodes.Name):
            return [(node, (node.name, *reversed(parts)))]
        else:
            return []


def _assigned(tree: nodes.Template) -> frozenset[str]:
    """Names that the text makes itself. Where it makes one, all uses of that name are taken for it."""
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    names.update(macro.name for macro in tree.find_all(nodes.Macro))
    if any(True for _ in tree.find_all(nodes.For)):
        names.add("loop")
    if any(True for _ in tree.find_all((nodes.Macro, nodes.CallBlock))):
        names.update(("caller", "varargs", "kwargs"))
    return frozenset(names)


def _assigned_params(tree: nodes.Template) -> Mapping[str, list[Origin]]:
    """The params that ``{% set x = params.y %}`` and ``{% for x in params.y %}`` put into names."""
    kept: dict[str, list[Origin]] = {}
    made: list[tuple[nodes.Node, nodes.Node]] = [(node.target, node.node) for node in tree.find_all(nodes.Assign)]
    made += [(node.target, node.iter) for node in tree.find_all(nodes.For)]
    for targets, value in made:
        for target in [targets, *targets.find_all(nodes.Name)]:
            if isinstance(target, nodes.Name):
                kept.setdefault(target.name, []).extend(_raw_params(value, kept))
    return kept


def _raw_params(node: nodes.Node, kept: Mapping[str, list[Origin]]) -> Iterator[Origin]:
    """The params whose text an expression's value may hold as it is."""
    if isinstance(node, nodes.Test | nodes.Compare | nodes.Not | nodes.TemplateData):
        return
    if isinstance(node, nodes.Filter) and node.name in _SAFE_FILTERS:
        return
    if isinstance(node, nodes.Call) and any(path in _SAFE_CALLS for _, path in _path(node.node)):
        return
    if isinstance(node, nodes.CondExpr):
        for branch in (node.expr1, node.expr2):
            if branch is not None:
                yield from _raw_params(branch, kept)
        return
    for name, path in _path(node):
        if path[0] == "params" and len(path) > 1:
            yield name, path[:2]
        yield from kept.get(path[0], ())
        return
    for child in node.iter_child_nodes():
        yield from _raw_params(child, kept)


def _prints_literal(tree: nodes.Template) -> bool:
    """Whether the text is one expression that writes its own quotes."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
        return False
    printed = tree.body[0].nodes[0]
    return isinstance(printed, nodes.Filter) and printed.name in {"literal", "identifier"}
