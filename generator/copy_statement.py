"""Redshift's COPY: the statement's text from readable keys, and the options that COPY refuses together.

Facts from the COPY pages of the Amazon Redshift Database Developer Guide: data format parameters, data conversion
parameters, and "COPY from columnar data formats".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator import quoting
from generator.model import Table, Task
from generator.problems import either
from generator.template import Finding

_TEXT_TYPES = frozenset({"csv", "text", "fixed_width"})
_SEMI = frozenset({"json", "avro"})
_COLUMNAR = frozenset({"parquet", "orc"})
_ALL = _TEXT_TYPES | _SEMI | _COLUMNAR

# For each option: the types of files that COPY takes it with, and why it refuses the others.
_TAKEN_WITH: dict[str, frozenset[str]] = {
    "compression": _TEXT_TYPES | {"json"},
    "header": _TEXT_TYPES,
    "skip_lines": _TEXT_TYPES,
    "delimiter": frozenset({"csv", "text"}),
    "quote": frozenset({"csv"}),
    "escape": frozenset({"text"}),
    "remove_quotes": frozenset({"text"}),
    "widths": frozenset({"fixed_width"}),
    "match": _SEMI,
    "paths": _SEMI,
    "null_as": _TEXT_TYPES,
    "empty_as_null": _TEXT_TYPES | _SEMI,
    "blanks_as_null": _TEXT_TYPES | _SEMI,
    "trim_blanks": _TEXT_TYPES | _SEMI,
    "ignore_blank_lines": _TEXT_TYPES,
    "fill_record": _TEXT_TYPES | _COLUMNAR,
    "truncate_columns": _TEXT_TYPES | _SEMI,
    "round_decimals": _TEXT_TYPES | _SEMI,
    "date_format": _TEXT_TYPES | _SEMI,
    "time_format": _TEXT_TYPES | _SEMI,
    "accept_any_date": _TEXT_TYPES | _SEMI,
    "accept_invalid_characters": _ALL,
    "encoding": _TEXT_TYPES,
    "explicit_ids": _ALL,
    "serialize_to_json": _COLUMNAR,
}

_FLAGS = {
    "escape": "ESCAPE",
    "remove_quotes": "REMOVEQUOTES",
    "empty_as_null": "EMPTYASNULL",
    "blanks_as_null": "BLANKSASNULL",
    "trim_blanks": "TRIMBLANKS",
    "ignore_blank_lines": "IGNOREBLANKLINES",
    "fill_record": "FILLRECORD",
    "truncate_columns": "TRUNCATECOLUMNS",
    "round_decimals": "ROUNDEC",
    "accept_any_date": "ACCEPTANYDATE",
    "explicit_ids": "EXPLICIT_IDS",
}

_SPECIAL_TIMES = {"auto", "epochsecs", "epochmillisecs"}
_MATCH = {"auto": "auto", "ignore_case": "auto ignorecase", "noshred": "noshred"}


def columns(task: Task, table: Table) -> tuple[str, ...]:
    """The column list of the load: the task's own, or all columns that Redshift does not number itself."""
    if "columns" in task.values:
        return tuple(task.values["columns"])
    if task.values.get("format", {}).get("explicit_ids"):
        return tuple(column.name for column in table.columns)
    return table.loaded_columns


def statement(task: Task, target: str, names: Iterable[str]) -> str:
    """The COPY statement of a task that has ``from`` and ``format``, into the quoted table ``target``."""
    values: Mapping[str, Any] = task.values
    lines = [
        f"COPY {target} ({quoting.identifiers(names)})",
        f"FROM {quoting.option(values['from'])}",
        "IAM_ROLE '{{ env.redshift.iam_role }}'",
        *_format_lines(values["format"]),
        *_load_lines(values),
    ]
    return "\n".join(lines)


def _format_lines(form: Mapping[str, Any]) -> Iterator[str]:
    yield from _type_lines(form)
    if form.get("compression", "none") != "none":
        yield form["compression"].upper()
    if form.get("header") or "skip_lines" in form:
        yield f"IGNOREHEADER {form.get('skip_lines', 1)}"
    if "null_as" in form:
        yield f"NULL AS {quoting.option(form['null_as'])}"
    for key, word in _FLAGS.items():
        if form.get(key):
            yield word
    if "date_format" in form:
        yield f"DATEFORMAT {quoting.option(form['date_format'])}"
    if "time_format" in form:
        yield f"TIMEFORMAT {quoting.option(form['time_format'])}"
    if form.get("accept_invalid_characters"):
        replacement = form["accept_invalid_characters"]
        yield "ACCEPTINVCHARS" + (f" AS {quoting.option(replacement)}" if isinstance(replacement, str) else "")
    if "encoding" in form:
        yield f"ENCODING {form['encoding'].upper()}"


def _type_lines(form: Mapping[str, Any]) -> Iterator[str]:
    kind = form["type"]
    if kind == "csv":
        quote = f" QUOTE {quoting.option(form['quote'])}" if "quote" in form else ""
        yield f"FORMAT CSV{quote}"
    elif kind == "fixed_width":
        widths = ",".join(f"{name}:{width}" for name, width in form["widths"].items())
        yield f"FIXEDWIDTH {quoting.option(widths)}"
    elif kind in _SEMI:
        how = form["paths"] if "paths" in form else _MATCH[form.get("match", "auto")]
        yield f"FORMAT {kind.upper()} {quoting.option(how)}"
    elif kind in _COLUMNAR:
        yield f"FORMAT {kind.upper()}" + (" SERIALIZETOJSON" if form.get("serialize_to_json") else "")
    if "delimiter" in form:
        yield f"DELIMITER {quoting.option(form['delimiter'])}"


def _load_lines(values: Mapping[str, Any]) -> Iterator[str]:
    if values.get("manifest"):
        yield "MANIFEST"
    if "max_errors" in values:
        yield f"MAXERROR {values['max_errors']}"
    if "source_region" in values:
        yield f"REGION {quoting.option(values['source_region'])}"
    if "compression_update" in values:
        yield f"COMPUPDATE {values['compression_update'].upper()}"
    if "statistics_update" in values:
        yield f"STATUPDATE {'ON' if values['statistics_update'] else 'OFF'}"


def check(task: Task, table: Table) -> Iterator[Finding]:
    """What COPY would refuse, or read wrongly without a word."""
    form: Mapping[str, Any] = task.values["format"]
    kind = form["type"]
    for option in form:
        if option != "type" and kind not in _TAKEN_WITH[option]:
            message = f"COPY refuses '{option}' with type: {kind}"
            fitting = either(sorted(_TAKEN_WITH[option]))
            yield Finding(("format", option), "R316", message, f"'{option}' is for {fitting}")
    yield from _pairs(form)
    yield from _columnar_limits(task, kind)
    yield from _widths(task, form, table)


def _pairs(form: Mapping[str, Any]) -> Iterator[Finding]:
    if "header" in form and "skip_lines" in form:
        yield Finding(("format", "skip_lines"), "R316", "'header' and 'skip_lines' don't go together", "keep one")
    if "match" in form and "paths" in form:
        yield Finding(("format", "paths"), "R316", "'match' and 'paths' don't go together", "keep one of the two")
    if form["type"] == "avro" and form.get("match") == "noshred":
        yield Finding(("format", "match"), "R316", "match: noshred is for json only")
    if form["type"] == "fixed_width" and "widths" not in form:
        yield Finding(("format",), "R316", "type: fixed_width needs 'widths'", "widths: {code: 2, name: 30}")
    if form.get("accept_any_date") and "date_format" not in form:
        message = "COPY takes 'accept_any_date' together with 'date_format' only"
        yield Finding(("format", "accept_any_date"), "R316", message, "add date_format: auto")
    null_as = form.get("null_as")
    if null_as is not None and ("\n" in null_as or null_as == form.get("delimiter")):
        message = "'null_as' can't be a line end or the delimiter"
        yield Finding(("format", "null_as"), "R316", message)


def _columnar_limits(task: Task, kind: str) -> Iterator[Finding]:
    if kind not in _COLUMNAR:
        return
    for option in ("max_errors", "source_region", "compression_update"):
        if option in task.values:
            yield Finding((option,), "R316", f"COPY refuses '{option}' with type: {kind}")


def _widths(task: Task, form: Mapping[str, Any], table: Table) -> Iterator[Finding]:
    names = columns(task, table)
    widths = form.get("widths", {})
    if form["type"] == "fixed_width" and widths and len(widths) != len(names):
        message = f"'widths' has {len(widths)} columns, and {len(names)} are loaded: {', '.join(names)}"
        yield Finding(("format", "widths"), "R316", message, "give the width of each column, in their order")
