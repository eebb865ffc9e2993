"""The column types of Redshift and Athena: which there are, and what their arguments may be."""

from __future__ import annotations

import functools
import re

from generator.model import Engine
from generator.problems import did_you_mean

# https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html; the number is the longest length.
_REDSHIFT = dict.fromkeys(
    """smallint int2 integer int int4 bigint int8 real float4 float8 float boolean bool date time timetz timestamp
    timestamptz super geometry geography hllsketch text""".split(),
    0,
) | {
    "double precision": 0,
    "time without time zone": 0,
    "time with time zone": 0,
    "timestamp without time zone": 0,
    "timestamp with time zone": 0,
    "char": 4096,
    "character": 4096,
    "nchar": 4096,
    "bpchar": 4096,
    "varchar": 65_535,
    "character varying": 65_535,
    "nvarchar": 65_535,
    "varbyte": 1_024_000,
    "varbinary": 1_024_000,
}

# https://docs.aws.amazon.com/athena/latest/ug/data-types.html
_ATHENA = dict.fromkeys(
    "boolean tinyint smallint int integer bigint double float string binary date timestamp".split(), 0
) | {"char": 255, "varchar": 65_535}

# Types of other databases, and what to write for them.
_OTHER_WORDS: dict[Engine, dict[str, str]] = {
    "redshift": {
        "string": "write varchar(256), or as long as the text may be",
        "datetime": "write timestamp",
        "number": "write decimal(18, 2), or integer",
        "tinyint": "write smallint",
        "json": "write super",
        "binary": "write varbyte",
        "serial": "write integer, and identity: true",
    },
    "athena": {
        "text": "write string",
        "datetime": "write timestamp",
        "bool": "write boolean",
        "real": "write float",
        "double precision": "write double",
        "timestamptz": "write timestamp",
        "json": "write string",
    },
}

_DECIMALS = ("decimal", "numeric")
_NESTED = re.compile(r"(array|map|struct)\s*<(.*)>")
_FIELD = re.compile(r"[a-z_][a-z0-9_]*\s*:\s*(.+)")
_DEEPEST = 20  # nested types in one another
_SIMPLE = re.compile(r"([a-z][a-z0-9 ]*?)\s*(?:\(\s*(max|\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\))?")


# Athena's DDL follows Hive, its queries Trino: these types have other names there.
_TRINO = {"string": "varchar", "binary": "varbinary", "float": "real", "int": "integer"}


def trino(text: str) -> str:
    """The name in Athena's queries of a type that is declared in the words of its DDL."""
    lowered = text.lower()
    return _TRINO.get(lowered, lowered)


@functools.lru_cache(maxsize=4096)
def complaint(text: str, engine: Engine) -> tuple[str, str] | None:
    """What is wrong with a column type, as (message, help); None where it is fine."""
    lowered = " ".join(text.lower().split())
    if engine == "athena" and "<" in lowered:
        return _nested_complaint(lowered)
    match = _SIMPLE.fullmatch(lowered)
    known = _REDSHIFT if engine == "redshift" else _ATHENA
    name = match.group(1) if match else lowered
    if match is None or (name not in known and name not in _DECIMALS):
        advice = _OTHER_WORDS[engine].get(name) or did_you_mean(name, [*known, "decimal"])
        return f"'{text}' is not a column type of {engine.capitalize()}", advice
    if name in _DECIMALS:
        return _decimal_complaint(text, match.group(2), match.group(3))
    return _length_complaint(text, match.group(2), match.group(3), known[name], engine)


def _length_complaint(
    text: str, length: str | None, second: str | None, longest: int, engine: Engine
) -> tuple[str, str] | None:
    if length is None:
        return None
    if longest == 0 or second is not None:
        return f"'{text}' takes no such length", f"write {text.partition('(')[0].strip()}"
    if length == "max" and engine == "redshift":
        return None
    if length == "max" or not 1 <= int(length) <= longest:
        return f"'{text}': the length is from 1 to {longest:,}", ""
    return None


def _decimal_complaint(text: str, precision: str | None, scale: str | None) -> tuple[str, str] | None:
    if precision is None:
        return None
    if precision == "max" or not 1 <= int(precision) <= 38 or int(scale or 0) > int(precision):
        return (
            f"'{text}': the precision is from 1 to 38, and the scale at most the precision",
            "such as decimal(18, 2)",
        )
    return None


def _nested_complaint(text: str) -> tuple[str, str] | None:
    """An Athena array, map or struct: the right number of types inside, each of them fine."""
    match = _NESTED.fullmatch(text)
    inner = _parts(match.group(2)) if match and text.count("<") <= _DEEPEST else []
    kind = match.group(1) if match else ""
    if kind == "struct":
        fields = [_FIELD.fullmatch(part) for part in inner]
        inner = [field.group(1) for field in fields if field] if all(fields) else []
    if not inner or len(inner) != {"array": 1, "map": 2}.get(kind, len(inner)):
        advice = "such as array<string>, map<string, int> or struct<name: string>"
        return f"'{text}' is not a column type of Athena", advice
    return next((found for part in inner if (found := complaint(part, "athena"))), None)


def _parts(text: str) -> list[str]:
    """The parts between the commas that are in no brackets; nothing where the brackets do not match."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "<(") - (char in ">)")
        if depth < 0:
            return []
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts] if depth == 0 else []
