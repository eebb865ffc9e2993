"""Columns and tables in a statement that the declared tables do not have.

A name is wrong only where all tables that could have it are declared, or are queries over such tables; where one is
not, anything may be a column of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from generator.model import Engine, Tables
from generator.problems import did_you_mean
from generator.sql import lineage

Columns = frozenset[str] | None  # None: not known

_SYSTEM = frozenset(
    """cmax cmin ctid current_catalog current_database current_date current_role current_schema current_time
    current_timestamp current_user default deletexid insertxid level localtime localtimestamp oid session_user sysdate
    tableoid user xmax xmin""".split()
)
_DATE_PARTS = frozenset(
    """c cent cents century centuries d day days dayofweek dayofyear dec decs decade decades dow doy dw dy epoch h hr
    hrs hour hours m min mins minute minutes mil mils millennium millennia millisecond milliseconds microsecond
    microseconds mon mons month months ms us q qtr qtrs quarter quarters s sec secs second seconds timezone
    timezone_hour timezone_minute w week weekday weeks y yr yrs year years yearday""".split()
)

_DIGITS = re.compile(r"\d")
_WRONG_LETTERS = 2
_LIKE = 0.8


@dataclass(frozen=True)
class Gap:
    """A name that is declared nowhere; ``sure`` is False where it is only close to a declared one."""

    offset: int
    length: int
    message: str
    help: str
    sure: bool = True


@dataclass(frozen=True)
class _Frame:
    """What a query's names may come from: its sources by alias, its own aliases, and the query around it."""

    sources: Mapping[str, Columns]
    aliases: frozenset[str] = frozenset()
    outer: _Frame | None = None

    def frames(self) -> Iterator[_Frame]:
        frame: _Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.outer


class Declared(Mapping[str, frozenset[str]]):
    """The columns of an engine's tables, made when asked for, and the names that look like misspelt ones of theirs.

    A project may have thousands of tables and statements: make one for all of them.
    """

    def __init__(self, tables: Tables, engine: Engine) -> None:
        self.engine = engine
        self._tables = {name: table for name, table in tables.items() if table.engine == engine}
        self._slips: dict[str, str] = {}

    def __getitem__(self, name: str) -> frozenset[str]:
        return frozenset(map(str.lower, self._tables[name].column_names))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def meant(self, name: str) -> str:
        """The declared table that the name looks most like misspelt; empty where there is none."""
        if name not in self._slips:
            likeness = _slip(name)
            close = max(self._tables, key=likeness, default="")
            self._slips[name] = close if close and likeness(close) else ""
        return self._slips[name]


def unknown(tree: exp.Expr, declared: Declared, made: frozenset[str] = frozenset()) -> list[Gap]:
    """The gaps of one statement, in the order of the text. ``made`` are tables that the text itself makes."""
    walk = _Walk(declared, declared.engine)
    try:
        walk.statement(tree)
    except RecursionError:
        return []  # nested too deeply to look into
    gaps = [*walk.gaps, *_misspelt_tables(tree, declared, made)]
    return sorted(set(gaps), key=lambda gap: (gap.offset, gap.message))


class _Walk:
    """One pass over a statement, query by query, from the inside of each to the outside."""

    def __init__(self, declared: Mapping[str, frozenset[str]], engine: Engine) -> None:
        self.declared = declared
        self.engine = engine
        self.gaps: list[Gap] = []

    def statement(self, tree: exp.Expr) -> None:
        if isinstance(tree, exp.Query):
            self.query(tree, {}, None)
            return
        common = self._common(tree, {}, None)
        if isinstance(tree, exp.Insert):
            self._inserted(tree)
        if isinstance(tree, exp.Insert | exp.Create):
            if isinstance(tree.expression, exp.Query):
                self.query(tree.expression, common, None)
        elif isinstance(tree, exp.Update | exp.Delete | exp.Merge):
            self._change(tree, common)

    def _inserted(self, tree: exp.Insert) -> None:
        if isinstance(tree.this, exp.Schema) and isinstance(tree.this.this, exp.Table):
            known = self._table(tree.this.this, {})
            for column in tree.this.expressions:
                if known is not None and isinstance(column, exp.Identifier) and column.name.lower() not in known:
                    self._report(column, known, f"of {'.'.join(lineage.name_of(tree.this.this))}")

    def _change(self, tree: exp.Expr, common: Mapping[str, Columns]) -> None:
        """UPDATE, DELETE and MERGE: all names come from the target and the tables beside it."""
        sources: dict[str, Columns] = {}
        given = [tree.this, tree.args.get("using"), tree.args.get("tables"), tree.args.get("from_")]
        for each in given:
            for source in each if isinstance(each, list) else [each]:
                if isinstance(source, exp.Expr):
                    self._source(source.this if isinstance(source, exp.From) else source, common, None, sources)
        frame = _Frame(sources)
        if isinstance(tree, exp.Update) and isinstance(tree.this, exp.Table):
            self._updated(tree, self._table(tree.this, common))
        for key in ("where", "on", "whens"):
            if isinstance(part := tree.args.get(key), exp.Expr):
                self._names(part, frame, common)
        for change in tree.args.get("expressions") or ():
            self._names(change.expression if isinstance(change, exp.EQ) else change, frame, common)

    def _updated(self, tree: exp.Update, known: Columns) -> None:
        for change in tree.expressions:
            target = change.this if isinstance(change, exp.EQ) else None
            if known is not None and isinstance(target, exp.Column) and target.name.lower() not in known:
                self._report(target.this, known, f"of {'.'.join(lineage.name_of(tree.this))}")

    def query(self, query: exp.Expr, common: Mapping[str, Columns], outer: _Frame | None) -> Columns:
        """Checks a query and those in it; its own columns where they are known."""
        common = self._common(query, common, outer)
        while isinstance(query, exp.SetOperation):  # many of them lean to the left
            self.query(query.expression, common, outer)
            query = query.this
            common = self._common(query, common, outer)
        if isinstance(query, exp.Subquery | exp.Paren):
            return self.query(query.this, common, outer)
        return self._select(query, common, outer) if isinstance(query, exp.Select) else None

    def _common(self, tree: exp.Expr, common: Mapping[str, Columns], outer: _Frame | None) -> Mapping[str, Columns]:
        within = tree.args.get("with_") or tree.args.get("with")
        if not isinstance(within, exp.With):
            return common
        known = dict(common)
        for cte in within.expressions:
            name = cte.alias_or_name.lower()
            named = _alias_columns(cte)
            if within.args.get("recursive"):
                known[name] = named
            columns = self.query(cte.this, known, outer)
            known[name] = named or columns
        return known

    def _select(self, query: exp.Select, common: Mapping[str, Columns], outer: _Frame | None) -> Columns:
        sources: dict[str, Columns] = {}
        start = query.args.get("from_") or query.args.get("from")
        joined = [start.this] if isinstance(start, exp.From) else []
        joined += [join.this for join in query.args.get("joins") or ()] + list(query.args.get("laterals") or ())
        for source in joined:
            self._source(source, common, outer, sources)
        aliases = frozenset(each.alias.lower() for each in query.expressions if isinstance(each, exp.Alias))
        frame = _Frame(sources, aliases, outer)
        for key, value in query.args.items():
            if key not in {"with_", "with", "into"}:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, exp.Expr):
                        self._names(part, frame, common)
        return _projected(query, sources)

    def _source(
        self,
        source: exp.Expr,
        common: Mapping[str, Columns],
        outer: _Frame | None,
        sources: dict[str, Columns],
    ) -> None:
        columns: Columns = None
        if isinstance(source, exp.Table):
            columns = self._table(source, common)
            for join in source.args.get("joins") or ():
                self._source(join.this, common, outer, sources)
        elif isinstance(source, exp.Subquery):
            columns = self.query(source.this, common, outer) if isinstance(source.this, exp.Query) else None
            for join in source.args.get("joins") or ():
                self._source(join.this, common, outer, sources)
        if source.args.get("pivots") or source.args.get("laterals"):
            columns = None
        named = _alias_columns(source)
        if isinstance(source, exp.Unnest | exp.Lateral) and self.engine == "redshift":
            named = None
        name = source.alias_or_name.lower() or f" {len(sources)}"
        sources[name] = None if name in sources else (named or columns)

    def _table(self, table: exp.Table, common: Mapping[str, Columns]) -> Columns:
        if not isinstance(table.this, exp.Identifier):
            return None
        schema, name = lineage.name_of(table)
        if not schema and name in common:
            return common[name]
        if not schema and self.engine == "redshift" and not name.startswith("#"):
            schema = "public"
        return None if "$" in table.name else self.declared.get(f"{schema}.{name}")

    def _names(self, part: exp.Expr, frame: _Frame, common: Mapping[str, Columns]) -> None:
        """Looks up the columns in a part of a query; queries in it have frames of their own."""
        waiting = [(part, frame)]
        while waiting:
            node, around = waiting.pop()
            if isinstance(node, exp.Query):
                if not isinstance(node.parent, exp.From | exp.Join | exp.CTE):
                    self.query(node, common, around)
                continue
            if isinstance(node, exp.Column):
                self._column(node, around)
                continue
            if isinstance(node, exp.Lambda):
                around = _Frame({}, frozenset(each.name.lower() for each in node.expressions), around)
            waiting += ((child, around) for child in node.iter_expressions())

    def _column(self, column: exp.Column, frame: _Frame) -> None:
        parts = [part for part in column.parts if isinstance(part, exp.Identifier)]
        if not parts or (len(parts) == 1 and _is_word(column)):
            return
        names = [part.name.lower() for part in parts]
        for each in frame.frames():
            if names[0] in each.sources:
                known = each.sources[names[0]]
                if known is not None and len(names) > 1 and names[1] not in known and names[1][0] != "$":
                    self._report(parts[1], known, f"of {parts[0].name}")
                return
            if len(names) > 2 and names[1] in each.sources:
                return  # schema.table.column
            if names[0] in each.aliases or None in each.sources.values():
                return
            if any(names[0] in known for known in each.sources.values() if known):
                return
        if any(each.sources for each in frame.frames()):
            in_sight = frozenset().union(
                *(known for each in frame.frames() for known in each.sources.values() if known)
            )
            self._report(parts[0], in_sight, "", alias=len(parts) > 1)

    def _report(self, name: exp.Identifier, known: frozenset[str], of: str, alias: bool = False) -> None:
        start = name.meta.get("start", 0)
        length = name.meta.get("end", start) - start + 1
        what = "no table, alias or column" if alias else "no column"
        message = f"there is {what} '{name.name}'{' ' + of if of else ' in the tables here'}"
        self.gaps.append(Gap(start, length, message, did_you_mean(name.name.lower(), known)))


def _is_word(column: exp.Column) -> bool:
    """System columns, values that are written like columns, and parts of dates in functions that sqlglot lacks."""
    name = column.name.lower()
    if name in _SYSTEM or name.startswith(("$", "#", "@")) or isinstance(column.this, exp.Star):
        return True
    return name in _DATE_PARTS and isinstance(column.parent, exp.Func)


def _alias_columns(source: exp.Expr) -> Columns:
    alias = source.args.get("alias")
    named = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return frozenset(each.name.lower() for each in named) if named else None


def _projected(query: exp.Select, sources: Mapping[str, Columns]) -> Columns:
    """The columns of a query's result; not known where one of them has no name of its own."""
    names: set[str] = set()
    for each in query.expressions:
        plain = each.this if isinstance(each, exp.Cast) else each
        if isinstance(each, exp.Alias):
            names.add(each.alias.lower())
        elif isinstance(plain, exp.Star) and not any(plain.args.values()):
            if None in sources.values() or not sources:
                return None
            names.update(*(known for known in sources.values() if known))
        elif isinstance(plain, exp.Column) and isinstance(plain.this, exp.Star):
            known = sources.get(plain.table.lower())
            if known is None or any(plain.this.args.values()):
                return None
            names.update(known)
        elif isinstance(plain, exp.Column):
            names.add(plain.name.lower())
        else:
            return None
    return frozenset(names)


def _misspelt_tables(tree: exp.Expr, declared: Declared, made: frozenset[str]) -> Iterator[Gap]:
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or not table.db:
            continue
        name = ".".join(lineage.name_of(table))
        if name in declared or name in made:
            continue
        meant = declared.meant(name)
        if meant:
            first, last = table.args["db"].meta, table.this.meta
            start = first.get("start", 0)
            length = last.get("end", start) - start + 1
            message = f"no pipeline declares the table '{name}'"
            yield Gap(start, length, message, f"did you mean '{meant}'?", sure=False)


def _slip(name: str) -> Callable[[str], float]:
    """How much a declared table's name looks like ``name`` with a letter or two wrong, from 0 to 1.

    What has another word in it, or differs in digits only, is another table.
    """
    own = name.rpartition(".")[::2]
    # SequenceMatcher remembers what it found out about the second text.
    matchers = [difflib.SequenceMatcher(None, "", part) for part in own]

    def likeness(declared: str) -> float:
        other = declared.rpartition(".")[::2]
        if (own[0] == other[0]) == (own[1] == other[1]):
            return 0
        differs = int(own[0] == other[0])
        sizes = len(own[differs]), len(other[differs])
        if abs(sizes[0] - sizes[1]) > _WRONG_LETTERS:
            return 0
        matcher = matchers[differs]
        matcher.set_seq1(other[differs])
        least = max(_LIKE, 2 * (max(sizes) - _WRONG_LETTERS) / sum(sizes))
        if matcher.quick_ratio() < least or matcher.ratio() < least:
            return 0
        return matcher.ratio() if _DIGITS.sub("", own[differs]) != _DIGITS.sub("", other[differs]) else 0

    return likeness
