"""PartiQL in FROM, which sqlglot does not read: `c.items AS i AT n` and `UNPIVOT c.item AS v AT k` become calls.

"Unnesting queries" and "Object unpivoting" in the Amazon Redshift Database Developer Guide. So does the inside of
OBJECT_TRANSFORM (x KEEP … SET …), a list of arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.sandbox.sql import Token, lex, name_value, quote_name

EACH, PAIRS = "rs_super_each", "rs_super_pairs"
_NAMES = ("word", "quoted")
_ENDS = frozenset(
    "WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT MINUS QUALIFY WINDOW CONNECT START WHEN SET".split()
)
_JOINS = frozenset("ON JOIN INNER LEFT RIGHT FULL CROSS NATURAL OUTER USING PIVOT UNPIVOT TABLESAMPLE".split())


@dataclass
class _Level:
    """What is open between a pair of parentheses: a query's FROM, and the names that it may iterate over.

    `variables` are those names that stand for SUPER values, the others for tables.
    """

    aliases: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    outer: frozenset[str] = frozenset()
    outer_variables: frozenset[str] = frozenset()
    is_query: bool = False
    in_from: bool = False


@dataclass(frozen=True)
class _Item:
    """One thing of a FROM clause, whose words end before `end`; `path` are those that say what it is."""

    path: tuple[Token, ...]
    alias: str
    index: str
    unpivot: bool
    end: int


def marked(text: str) -> str:
    """The statement with what iterates over SUPER values as calls of EACH and PAIRS, for `super_queries`."""
    tokens = lex(text)
    parts, end, skip = [], 0, 0
    levels = [_Level()]
    for at, token in enumerate(tokens):
        if at < skip:
            continue
        level = levels[-1]
        if tokens[at - 1 : at] and tokens[at - 1].upper == "DISTINCT" and token.upper == "FROM":
            continue
        _step(levels, token)
        if token.text == ")" and levels[-1].in_from:
            levels[-1].aliases |= _query_alias(tokens, at + 1)
        starts = level.in_from and (token.text == "," or token.upper in ("FROM", "JOIN", "USING"))
        item = _item(tokens, at + 1) if starts else None
        if item is None:
            continue
        if _iterates(item, level):
            parts += [text[end : tokens[at + 1].start], _call(text, item)]
            end = tokens[item.end - 1].end
            skip = item.end
            level.variables.add(item.alias)
        level.aliases.add(item.alias)
    return _with_arguments("".join((*parts, text[end:])))


def _step(levels: list[_Level], token: Token) -> None:
    level, word = levels[-1], token.upper
    if word == "(":
        levels.append(
            _Level(outer=level.outer | level.aliases, outer_variables=level.outer_variables | level.variables)
        )
    elif word == ")" and len(levels) > 1:
        levels.pop()
    elif word in ("SELECT", "UPDATE", "DELETE", "MERGE"):
        level.is_query, level.in_from = True, False
        level.aliases, level.variables = set(), set()
    elif word in ("FROM", "USING") and level.is_query:
        level.in_from = True
    elif word == "JOIN":
        level.in_from = level.is_query
    elif word in _ENDS:
        level.in_from = False


def _item(tokens: list[Token], at: int) -> _Item | None:
    """The FROM item that begins there; None for a query or a call."""
    unpivot = at + 1 < len(tokens) and tokens[at].upper == "UNPIVOT" and tokens[at + 1].kind in _NAMES
    begin = at + unpivot
    end = _path_end(tokens, begin)
    if end == begin or (end < len(tokens) and tokens[end].text == "("):
        return None
    path = tuple(tokens[begin:end])
    alias = name_value(next(token for token in reversed(path) if token.kind in _NAMES))
    end += end < len(tokens) and tokens[end].upper == "AS"
    index = ""
    if end < len(tokens) and tokens[end].upper != "AT" and _is_name(tokens[end]):
        alias, end = name_value(tokens[end]), end + 1
    if end + 1 < len(tokens) and tokens[end].upper == "AT" and tokens[end + 1].kind in _NAMES:
        index, end = name_value(tokens[end + 1]), end + 2
    return _Item(path, alias, index, unpivot, end)


def _query_alias(tokens: list[Token], at: int) -> set[str]:
    """The name that a query in FROM gets after its parentheses."""
    at += at < len(tokens) and tokens[at].upper == "AS"
    return {name_value(tokens[at])} if at < len(tokens) and _is_name(tokens[at]) else set()


def _path_end(tokens: list[Token], at: int) -> int:
    """Where a dotted name with indices ends, such as `c.orders[0]."Lines"`."""
    if at >= len(tokens) or tokens[at].kind not in _NAMES:
        return at
    at += 1
    while at < len(tokens):
        if tokens[at].text == "." and at + 1 < len(tokens) and tokens[at + 1].kind in _NAMES:
            at += 2
        elif tokens[at].text == "[":
            while at < len(tokens) and tokens[at].text != "]":
                at += 1
            at += 1
        else:
            break
    return at


def _is_name(token: Token) -> bool:
    return token.kind == "quoted" or (token.kind == "word" and token.upper not in _ENDS | _JOINS)


def _iterates(item: _Item, level: _Level) -> bool:
    head = name_value(item.path[0])
    is_word = len(item.path) == 1
    names = level.variables | level.outer_variables if is_word else level.aliases | level.outer
    return item.unpivot or bool(item.index) or any(token.text == "[" for token in item.path) or head in names


def _call(text: str, item: _Item) -> str:
    path = text[item.path[0].start : item.path[-1].end]
    columns = ", ".join(quote_name(name) for name in (item.alias, item.index) if name)
    return f"{PAIRS if item.unpivot else EACH}({path}) AS {quote_name(item.alias)}({columns})"


def _with_arguments(text: str) -> str:
    """OBJECT_TRANSFORM (x KEEP a, b SET c, d) with how many paths KEEP has: (x, 2, a, b, c, d), NULL for no KEEP."""
    tokens = lex(text)
    changes: list[tuple[int, str, str]] = []
    for at, token in enumerate(tokens):
        if token.upper.removeprefix("RS_") == "OBJECT_TRANSFORM":
            changes += _clauses(tokens, at + 1)
    parts, end = [], 0
    for place, old, new in sorted(changes):
        parts += [text[end:place], new]
        end = place + len(old)
    return "".join((*parts, text[end:]))


def _clauses(tokens: list[Token], at: int) -> list[tuple[int, str, str]]:
    """The words KEEP and SET between the parentheses that open at `at`, and what stands for them."""
    depth, keep, kept = 0, None, 0
    found: list[tuple[int, str, str]] = []
    for token in tokens[at:]:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0:
            if keep is None:
                place, old = (found[0][0], found[0][1]) if found else (token.start, "")
                return [(place, old, ", NULL," if found else ", NULL"), *found[1:]]
            return sorted([(keep.start, keep.text, f", {kept},"), *found])
        if depth == 1 and token.upper == "KEEP":
            keep, kept = token, 1
        elif depth == 1 and token.upper == "SET":
            found.append((token.start, token.text, ","))
        elif depth == 1 and token.text == "," and keep is not None and not found:
            kept += 1
    return []
