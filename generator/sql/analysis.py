"""Checks of the SQL that users write, in Redshift's dialect and Athena's, and the tables that it reads and writes.

Every text is Jinja rendered with placeholders by then (``generator.jinja.check``), except in ``split`` and ``limits``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from generator.model import Engine
from generator.problems import TextFinding
from generator.sql import columns, grammar, lineage, scanner
from generator.sql.columns import Declared
from generator.sql.scanner import split

SqlKind = Literal["none", "statements", "statement", "query"]

# Redshift Data API, "Considerations when calling the Amazon Redshift Data API"; Athena, StartQueryExecution.
_REDSHIFT_BYTES = 100_000
_ATHENA_CHARACTERS = 262_144
_BATCH_STATEMENTS = 40

# What ends a transaction, or runs only outside of one (Redshift, "Serializable isolation" and each command's page).
_TRANSACTION = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}
_ALONE = re.compile(
    r"\s*(?:VACUUM\b|ALTER\s+TABLE\b.*\bAPPEND\s+FROM\b|(?:CREATE|DROP)\s+(?:DATABASE|EXTERNAL\s+TABLE)\b)",
    re.IGNORECASE | re.DOTALL,
)
_CREDENTIALS = re.compile(r"\b(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)\b", re.IGNORECASE)
_CREDENTIAL_STRING = re.compile(r"'[^']*\b(?:aws_access_key_id|aws_secret_access_key|token)\s*=[^']*'", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One statement: its text and offset, its kind (``select``, ``insert``, ``copy``, …), and its tables.

    ``reads`` and ``writes`` are ``schema.table`` in lower case, without temporary and system tables.
    """

    text: str
    offset: int
    kind: str
    reads: frozenset[str]
    writes: frozenset[str]


def analyse(
    text: str, engine: Engine, kind: SqlKind, default_schema: str
) -> tuple[tuple[Statement, ...], list[TextFinding]]:
    """The statements of a text, and what is wrong with them.

    ``kind`` is what the text must be: ``statements``, one ``statement``, or a ``query``. Names without a schema are
    looked up in ``default_schema``; where it is empty, they are left out of the lineage. Raises nothing.
    """
    pieces = split(text, engine)
    findings = [*_wrong_number(pieces, text, kind)]
    statements: list[Statement] = []
    temporary: set[str] = set()
    for offset, piece in pieces:
        findings += (_moved(finding, offset) for finding in _piece_findings(piece, engine, kind, len(pieces)))
        tables = lineage.lineage(piece, engine)
        temporary |= tables.temporary
        reads = _qualified(tables.reads, default_schema, temporary)
        writes = _qualified(tables.writes, default_schema, temporary)
        statements.append(Statement(piece, offset, _kind(piece, engine), reads, writes))
    return tuple(statements), sorted(findings, key=lambda finding: (finding.offset, finding.code))


def check_condition(text: str, engine: Engine) -> list[TextFinding]:
    """What is wrong with a text that is put after WHERE, in parentheses."""
    before = "SELECT 1 WHERE "
    scanned = scanner.scan(text, engine)
    if not scanned.masked.strip():
        return [TextFinding(0, max(1, len(text)), "Q501", "the condition is empty")]
    if scanned.ends:
        return [TextFinding(scanned.ends[0], 1, "Q501", "a condition holds no ';'")]
    if lead := re.match(r"\s*WHERE\b", scanned.masked, re.IGNORECASE):
        where = lead.end() - len("where")
        return [TextFinding(where, 5, "Q501", "the condition comes after WHERE", "leave WHERE out")]
    comment = _last_comment(scanned)
    if comment is not None:
        message = "a comment at the end hides what follows the condition"
        return [TextFinding(comment, 2, "Q501", message, "write /* … */, or leave it out")]
    reading = grammar.read(before + text, engine)
    found = [_as_finding(fault) for fault in reading.faults]
    if not found and isinstance(reading.tree, exp.Expr) and not _only_where(reading.tree):
        return [TextFinding(0, len(text), "Q501", "this is more than a condition", "write what comes after WHERE only")]
    return [_within(each, len(before), len(text)) for each in found]


def _within(finding: TextFinding, before: int, size: int) -> TextFinding:
    """A finding in a text that others were put before, or the text's nearest character."""
    offset = min(max(0, finding.offset - before), max(0, size - 1))
    return replace(finding, offset=offset, length=max(1, min(finding.length, size - offset)))


def check_columns(statement_text: str, declared: Declared) -> list[TextFinding]:
    """Columns that no declared table has, where all tables in sight are declared; and misspelt tables (warnings)."""
    findings = []
    engine = declared.engine
    pieces = split(statement_text, engine)
    made = frozenset(name for _, piece in pieces for name in lineage.made(piece, engine))
    for offset, piece in pieces:
        reading = grammar.read(piece, engine)
        tree = reading.tree
        if tree is None and (inner := lineage.unloaded(piece, engine)):
            tree = grammar.read(inner, engine).tree
        if tree is not None:
            for gap in columns.unknown(tree, declared, made):
                found = TextFinding(offset + gap.offset, gap.length, "Q506", gap.message, gap.help)
                findings.append(found if gap.sure else replace(found, code="Q507", severity="warning"))
    return findings


def limits(statements: Sequence[str], engine: Engine, offsets: Sequence[int] = ()) -> list[TextFinding]:
    """Statements that the service would refuse for their length or number, and several in one block of Jinja.

    ``statements`` are as they are sent; ``offsets``, where they stand in the text that findings refer to.
    """
    places = offsets or (0,) * len(statements)
    findings = [
        _moved(finding, place)
        for place, text in zip(places, statements, strict=True)
        for finding in _piece_limits(text, engine)
    ]
    if engine == "redshift" and len(statements) > _BATCH_STATEMENTS:
        message = f"{len(statements)} statements; the Data API runs at most {_BATCH_STATEMENTS} in one transaction"
        findings.append(TextFinding(places[_BATCH_STATEMENTS], 1, "Q503", message, "make two tasks of it"))
    return findings


def _piece_limits(text: str, engine: Engine) -> Iterator[TextFinding]:
    size, most, unit = len(text.encode(errors="replace")), _REDSHIFT_BYTES, "bytes"
    if engine == "athena":
        size, most, unit = len(text), _ATHENA_CHARACTERS, "characters"
    if size > most:
        name = "the Redshift Data API" if engine == "redshift" else "Athena"
        message = f"the statement has {size:,} {unit}; {name} takes {most:,}"
        yield TextFinding(0, 1, "Q502", message, "put rows into a file on S3, and load that")
    for offset in scanner.scan(text, engine).inner[:1]:
        message = "a ';' within a block of Jinja does not separate statements"
        yield TextFinding(offset, 1, "Q504", message, "write the block around each statement, or use for_each")


def _wrong_number(pieces: Sequence[tuple[int, str]], text: str, kind: SqlKind) -> Iterator[TextFinding]:
    if not pieces:
        yield TextFinding(0, max(1, len(text)), "Q504", "there is no statement here")
    elif len(pieces) > 1 and kind in {"statement", "query"}:
        what = "query" if kind == "query" else "statement"
        message = f"there are {len(pieces)} statements here, and only one {what} runs"
        yield TextFinding(pieces[1][0], len(pieces[1][1].split("\n")[0]), "Q504", message, "make a task of each")


def _piece_findings(text: str, engine: Engine, kind: SqlKind, number: int) -> Iterator[TextFinding]:
    reading = grammar.read(text, engine)
    yield from (_as_finding(fault) for fault in reading.faults)
    if kind == "query" and number == 1 and not reading.faults:
        yield from _not_a_query(text, engine, reading)
    if kind == "statements" and engine == "redshift" and not reading.faults:
        yield from _transaction_findings(text, engine, reading.word, number)
    if reading.word in {"COPY", "UNLOAD"} and engine == "redshift":
        yield from _credentials(text, engine)
    if reading.word == "UNLOAD" and not reading.faults:
        yield from _unload_findings(text, engine)


def _not_a_query(text: str, engine: Engine, reading: grammar.Reading) -> Iterator[TextFinding]:
    first = re.search(r"\S+", scanner.scan(text, engine).masked)
    start, length = (first.start(), len(first[0])) if first else (0, 1)
    if reading.word not in {"SELECT", "WITH"}:
        yield TextFinding(start, length, "Q504", "this is no query: a query begins with SELECT or WITH")
    elif reading.tree is not None and not isinstance(reading.tree, exp.Query):
        yield TextFinding(start, length, "Q504", "this is no query: it changes a table")
    elif reading.tree is not None and reading.tree.args.get("into"):
        yield TextFinding(start, length, "Q504", "SELECT … INTO makes a table, and returns no rows", "leave INTO out")


def _transaction_findings(text: str, engine: Engine, word: str, number: int) -> Iterator[TextFinding]:
    masked = scanner.scan(text, engine).masked
    start = len(masked) - len(masked.lstrip())
    if word in _TRANSACTION:
        message = f"{word} is not needed: the statements of a task are one transaction"
        yield TextFinding(start, len(word), "Q505", message, "leave it out")
    elif word == "TRUNCATE" and number > 1:
        message = "TRUNCATE commits at once, and the statements of a task are one transaction"
        yield TextFinding(start, len(word), "Q505", message, "use DELETE FROM")
    elif number > 1 and _ALONE.match(masked):
        shown = " ".join(masked.split()[: 1 if word == "VACUUM" else 2]).upper()
        shown = "ALTER TABLE APPEND" if word == "ALTER" else shown
        message = f"{shown} cannot run in a transaction, and the statements of a task are one"
        yield TextFinding(start, len(word), "Q505", message, "make a task of it alone")


def _credentials(text: str, engine: Engine) -> Iterator[TextFinding]:
    masked = scanner.scan(text, engine).masked
    found = _CREDENTIALS.search(masked) or _CREDENTIAL_STRING.search(text)
    if found:
        message = "keys do not belong in SQL: they would be in files, logs and the query history"
        help_text = "write IAM_ROLE '{{ env.redshift.iam_role }}'"
        yield TextFinding(found.start(), len(found[0]), "Q508", message, help_text)


def _unload_findings(text: str, engine: Engine) -> Iterator[TextFinding]:
    masked = scanner.scan(text, engine).masked
    quoted = re.match(r"\s*UNLOAD\s*\(\s*'x*'\s*(?=[^\s)])", masked, re.IGNORECASE)
    if engine == "redshift" and quoted:
        help_text = "double the quotes in it, or write UNLOAD ($$ … $$)"
        yield TextFinding(quoted.end() - 1, 1, "Q501", "the query of UNLOAD ends at this quote", help_text)
    elif inner := lineage.unloaded(text, engine):
        yield from (_as_finding(fault) for fault in grammar.read(inner, engine).faults)


def _kind(text: str, engine: Engine) -> str:
    reading = grammar.read(text, engine)
    if isinstance(reading.tree, exp.Query) or reading.word in {"(", "WITH", "VALUES", "TABLE"}:
        return "insert" if isinstance(reading.tree, exp.Insert) else "select"
    return reading.word.lower()


def _qualified(names: frozenset[lineage.Name], schema: str, temporary: set[str]) -> frozenset[str]:
    whole = {(own or schema, name) for own, name in names if own or name not in temporary}
    return frozenset(f"{own}.{name}" for own, name in whole if own)


def _last_comment(scanned: scanner.Scan) -> int | None:
    """Where a comment begins that runs to the end of the text."""
    line = scanned.text.rfind("\n") + 1
    end = len(scanned.masked.rstrip())
    begin = scanned.text.find("--", max(line, end))
    return begin if begin >= 0 else None


def _only_where(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Select) and not any(
        value for key, value in tree.args.items() if key not in {"expressions", "where", "kind"}
    )


def _as_finding(fault: grammar.Fault) -> TextFinding:
    return TextFinding(fault.offset, fault.length, "Q501", fault.message, fault.help)


def _moved(finding: TextFinding, by: int) -> TextFinding:
    return replace(finding, offset=finding.offset + by)
