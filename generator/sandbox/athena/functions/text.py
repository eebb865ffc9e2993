"""Trino's string functions (trino.io/docs/current/functions/string.html)."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.calls import call, named
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.functions.scalars import invalid, plain, unable
from generator.sandbox.athena.functions.soundex import soundex
from generator.sandbox.section import Section

_INT_MAX = 2**31 - 1
_LEVENSHTEIN_MOST = 1_000_000
# What Java's Character.isWhitespace takes; trim() removes it.
_WHITE = (
    "".join(map(chr, (*range(9, 14), *range(28, 33))))
    + "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)
KindOf = Callable[[exp.Expr], str]


def _lower(text: str) -> str:
    """Character by character: what has no lower case of one character stays, but for Java's i of U+0130."""
    return "".join(new if len(new := char.lower()) == 1 else "i" if char == "\u0130" else char for char in text)


def _upper(text: str) -> str:
    return "".join(new if len(new := char.upper()) == 1 else char for char in text)


def _chr(point: int) -> str:
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise invalid(f"Not a valid Unicode code point: {point}")
    return chr(point)


def _codepoint(text: str) -> int:
    if len(text) != 1:
        raise invalid("Input string must be a single character string")
    return ord(text)


def _hamming(left: str, right: str) -> int:
    if len(left) != len(right):
        raise invalid("The input strings to hamming_distance function must have the same length")
    return sum(one != other for one, other in zip(left, right, strict=True))


def _levenshtein(left: str, right: str) -> int:
    if len(left) < len(right):
        left, right = right, left
    if len(left) * (len(right) - 1) > _LEVENSHTEIN_MOST:
        raise invalid("The combined inputs for Levenshtein distance are too large")
    row = list(range(len(right) + 1))
    for index, char in enumerate(left, 1):
        before, row[0] = row[0], index
        for position, other in enumerate(right, 1):
            before, row[position] = (
                row[position],
                min(row[position] + 1, row[position - 1] + 1, before + (char != other)),
            )
    return row[-1]


def _padding(size: int, length: int, pad: str) -> str:
    if not 0 <= size <= _INT_MAX:
        raise invalid(f"Target length must be in the range [0..{_INT_MAX}]")
    if not pad:
        raise invalid("Padding string must not be empty")
    missing = max(0, size - length)
    return (pad * (missing // len(pad) + 1))[:missing]


def _lpad(text: str, size: int, pad: str) -> str:
    return _padding(size, len(text), pad) + text[:size]


def _rpad(text: str, size: int, pad: str) -> str:
    return text[:size] + _padding(size, len(text), pad)


def _split(text: str, delimiter: str, limit: int) -> list[str]:
    if limit <= 0:
        raise invalid("Limit must be positive")
    if not delimiter:
        raise invalid("The delimiter may not be the empty string")
    return text.split(delimiter, limit - 1)


def _split_part(text: str, delimiter: str, index: int) -> str | None:
    if index <= 0:
        raise invalid("Index must be greater than zero")
    parts = text.split(delimiter) if delimiter else list(text)
    return parts[index - 1] if index <= len(parts) else None


def _entries(text: str, delimiter: str, inner: str) -> list[tuple[str, str]]:
    if not delimiter:
        raise invalid("entryDelimiter is empty")
    if not inner:
        raise invalid("keyValueDelimiter is empty")
    if delimiter == inner:
        raise invalid("entryDelimiter and keyValueDelimiter must not be the same")
    found = []
    for entry in text.split(delimiter) if text else ():
        if entry.count(inner) != 1:
            raise invalid(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        key, _, value = entry.partition(inner)
        found.append((key, value))
    return found


def _split_to_map(text: str, delimiter: str, inner: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for key, value in _entries(text, delimiter, inner):
        if key in result:
            raise invalid(f"Duplicate keys ({key}) are not allowed")
        result[key] = value
    return result


def _split_to_multimap(text: str, delimiter: str, inner: str) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for key, value in _entries(text, delimiter, inner):
        result.setdefault(key, []).append(value)
    return result


def _strpos(text: str, part: str, instance: int) -> int:
    if instance == 0:
        raise invalid("'instance' must be a positive or negative number.")
    if not part:
        return 1
    found = -1 if instance > 0 else len(text)
    for _ in range(abs(instance)):
        if instance > 0:
            found = text.find(part, found + 1)
        else:
            found = text.rfind(part, 0, found - 1 + len(part)) if found > 0 else -1
        if found < 0:
            return 0
    return found + 1


def _translate(source: str, old: str, new: str) -> str:
    table: dict[int, str | None] = {}
    for char, other in itertools.zip_longest(old, new[: len(old)]):
        table.setdefault(ord(char), other)
    return source.translate(table)


def _title_case(text: str) -> str:
    result, inside = [], False
    for char in text:
        result.append(char.lower() if inside else char.upper())
        inside = char.isalnum()
    return "".join(result)


def _luhn_check(digits: str) -> bool:
    if not digits.isascii() or not digits.isdigit():
        raise unable(f"luhn_check of {digits!r}, which is no number")
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _normalize(text: str, form: str) -> str:
    if form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise invalid(f"Normalization form must be one of [NFD, NFC, NFKD, NFKC], not {form}")
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


def unescaped(text: str, escape: str) -> str:
    """What U&'…' stands for: `\\00e9` and `\\+01F600` are code points, a doubled escape character is itself."""
    mark = re.escape(escape)
    return re.sub(
        rf"{mark}(?:({mark})|\+([0-9A-Fa-f]{{6}})|([0-9A-Fa-f]{{4}}))",
        lambda found: found[1] or chr(int(found[2] or found[3], 16)),
        text,
    )


def _from_utf8(binary: bytes, replacement: str) -> str:
    if len(replacement) > 1:
        raise invalid("Replacement character string must empty or a single character")
    text = binary.decode("utf-8", errors="surrogateescape")
    bad = [char for char in text if "\udc80" <= char <= "\udcff"]
    return binary.decode("utf-8", errors="replace").replace("\ufffd", replacement) if bad else text


def _by_kind(function: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr | None]:
    """The same function for varbinary, under its own name."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr | None:
        kind = kind_of(arguments[0])
        if function == "reverse" and kind.endswith("[]"):
            return call("list_reverse", *arguments)
        return named(f"_binary_{function}", *arguments) if kind == "BLOB" else None

    return rewrite


def _concat_ws(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr | None:
    if len(arguments) == 2 and kind_of(arguments[1]).endswith("[]"):
        return call("trino__array_to_string", arguments[1], arguments[0])
    if any(kind not in ("VARCHAR", "STRING_LITERAL", '"NULL"') for kind in map(kind_of, arguments)):
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function concat_ws")
    return call("concat_ws", *arguments)


# trim, substring and normalize have a syntax of their own, so that their calls are not renamed: `expressions`
# has the rules for these.
_TRIMS = {
    f"{name}({parameters})": f"{name.removeprefix('_')}(s, {characters})"
    for name in ("_trim", "ltrim", "rtrim")
    for parameters, characters in (("s", "'" + _WHITE + "'"), ("s, characters", "characters"))
}

SECTION = Section(
    macros={
        **_TRIMS,
        "_array_to_string(list, part)": "CASE WHEN part IS NOT NULL THEN array_to_string(list, part) END",
        "ends_with(s, part)": "suffix(s, part)",
        "from_utf8(b)": "trino__from_utf8(b, '\ufffd')",
        "from_utf8(b, replacement)": "trino__from_utf8(b, replacement)",
        "replace(s, search)": "trino__replace(s, search, '')",
        "replace(s, search, replacement)": "trino__replace(s, search, replacement)",
        "split(s, delimiter)": "trino__split(s, delimiter, 2147483647)",
        "split(s, delimiter, size)": "trino__split(s, delimiter, size)",
        "starts_with(s, part)": "starts_with(s, part)",
        "strpos(s, part)": "strpos(s, part)",
        "strpos(s, part, instance)": "trino__strpos(s, part, instance)",
        # A start of 0, or one before the beginning, gives the empty string.
        "substr(s, start)": "CASE WHEN start = 0 OR -start > length(s) THEN '' ELSE substring(s, start) END",
        "substr(s, start, size)": "CASE WHEN start = 0 OR -start > length(s) OR size <= 0 THEN '' "
        "ELSE substring(s, start, size) END",
        "to_utf8(s)": "encode(s)",
        "lower(s)": "CASE WHEN strlen(s) = length(s) THEN lower(s) ELSE trino__lower(s) END",
        "upper(s)": "CASE WHEN strlen(s) = length(s) THEN upper(s) ELSE trino__upper(s) END",
        "length(s)": "length(s)",
    },
    python={
        "chr": plain(_chr, "BIGINT", "VARCHAR"),
        "codepoint": plain(_codepoint, "VARCHAR", "INTEGER"),
        "hamming_distance": plain(_hamming, "VARCHAR VARCHAR", "BIGINT"),
        "levenshtein_distance": plain(_levenshtein, "VARCHAR VARCHAR", "BIGINT"),
        "lpad": plain(_lpad, "VARCHAR BIGINT VARCHAR", "VARCHAR"),
        "rpad": plain(_rpad, "VARCHAR BIGINT VARCHAR", "VARCHAR"),
        "luhn_check": plain(_luhn_check, "VARCHAR", "BOOLEAN"),
        "reverse": plain(lambda text: text[::-1], "VARCHAR", "VARCHAR"),
        "soundex": plain(soundex, "VARCHAR", "VARCHAR"),
        "split_part": plain(_split_part, "VARCHAR VARCHAR BIGINT", "VARCHAR"),
        "split_to_map": plain(_split_to_map, "VARCHAR VARCHAR VARCHAR", "MAP(VARCHAR, VARCHAR)"),
        "split_to_multimap": plain(_split_to_multimap, "VARCHAR VARCHAR VARCHAR", "MAP(VARCHAR, VARCHAR[])"),
        "title_case": plain(_title_case, "VARCHAR", "VARCHAR"),
        "translate": plain(_translate, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
        "_lower": plain(_lower, "VARCHAR", "VARCHAR"),
        "_upper": plain(_upper, "VARCHAR", "VARCHAR"),
        "_from_utf8": plain(_from_utf8, "BLOB VARCHAR", "VARCHAR"),
        "_normalize": plain(_normalize, "VARCHAR VARCHAR", "VARCHAR"),
        "_replace": plain(str.replace, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
        "_split": plain(_split, "VARCHAR VARCHAR BIGINT", "VARCHAR[]"),
        "_strpos": plain(_strpos, "VARCHAR VARCHAR BIGINT", "BIGINT"),
    },
    rewrites={
        **{name: _by_kind(name) for name in ("length", "lpad", "rpad", "reverse", "substr")},
        "concat_ws": _concat_ws,
    },
)
