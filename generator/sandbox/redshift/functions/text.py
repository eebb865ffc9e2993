"""Redshift's string functions: "String functions" in the Amazon Redshift Database Developer Guide.

Those that take regular expressions are in `patterns`, CRC32 is in `hashing`.
"""

from __future__ import annotations

import re

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.binary import cut as cut_bytes
from generator.sandbox.redshift.functions.binary import is_bytes
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python, Section

_SOUNDS = {letter: digit for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1)
           for letter in letters}  # fmt: skip
_COLLATIONS = {"case_sensitive": "C", "cs": "C", "case_insensitive": "nocase", "ci": "nocase"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

# VARBYTE counts bytes; its text in DuckDB is its bytes again.
_LENGTH = """CAST(CASE WHEN typeof(t) = 'BLOB' THEN octet_length(CAST(CAST(t AS VARCHAR) AS BLOB))
    ELSE length(rs_text(t)) END AS INTEGER)"""
_POSITION = "CAST(strpos(rs_text(t), rs_text(part)) AS INTEGER)"
_COMPARISON = """CAST(CASE WHEN rs_text(a) = rs_text(b) THEN 0 WHEN rs_text(a) > rs_text(b) THEN 1
    WHEN rs_text(a) < rs_text(b) THEN -1 END AS INTEGER)"""
_PADDED = """CASE WHEN n <= 0 THEN '' WHEN length(rs_text(t)) >= n OR {fill} = '' THEN left(rs_text(t), n)
    ELSE {side}pad(rs_text(t), CAST(n AS INTEGER), {fill}) END"""


def initcap(text: str | None) -> str | None:
    """Each word, of letters and digits, with its first letter in upper case and all others in lower case."""
    if text is None:
        return None
    return re.sub(r"[^\W_]+", lambda word: _upper(word[0][0]) + "".join(map(_lower, word[0][1:])), text)


def _upper(letter: str) -> str:
    changed = letter.upper()
    return changed if len(changed) == 1 else letter


def _lower(letter: str) -> str:
    changed = letter.lower()
    return changed if len(changed) == 1 else letter


def soundex(text: str | None) -> str | None:
    """The American Soundex code of the English letters in a text, or '' where there is none."""
    if text is None:
        return None
    letters = re.sub("[^A-Z]", "", text.upper() if text.isascii() else re.sub("[^A-Za-z]", "", text).upper())
    if not letters:
        return ""
    code, last = letters[0], _SOUNDS.get(letters[0])
    for letter in letters[1:]:
        sound = _SOUNDS.get(letter)
        if sound is not None and sound != last:
            code += str(sound)
        if letter not in "HW":  # these two do not part letters that sound the same
            last = sound
    return code[:4].ljust(4, "0")


def difference(left: str | None, right: str | None) -> int | None:
    """How many places of two Soundex codes are the same: 4 where all are."""
    first, second = soundex(left), soundex(right)
    if first is None or second is None:
        return None
    if not first and not second:
        return 1
    return sum(one == other for one, other in zip(first, second, strict=False))


def strtol(text: str | None, base: int | None) -> int | None:
    """The number that a text of digits of the base (2 to 36) stands for."""
    if text is None or base is None:
        return None
    if not 2 <= base <= 36:
        raise ValueError(f"Invalid base {base}: it must be between 2 and 36")
    match = re.fullmatch(r"\s*([+-]?)(.*)", text, re.DOTALL)
    sign, digits = (match[1], match[2].lower()) if match else ("", text)
    if not text or text.startswith("\0"):
        return 0
    if base == 16:
        digits = digits.removeprefix("0x")
    if not digits or any(digit not in _DIGITS[:base] for digit in digits):
        raise ValueError(f"The input {text} is not valid to be converted to base {base}")
    value = int(sign + digits, base)
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"The input {text} is out of range for a 64-bit integer")
    return value


def quote_ident(text: str | None) -> str | None:
    """The text as a name in SQL: in double quotes where it holds more than lower-case letters, digits and `_`."""
    if text is None or re.fullmatch("[a-z_][a-z0-9_]*", text):
        return text
    return '"' + text.replace('"', '""') + '"'


def substring(arguments: list[exp.Expr]) -> exp.Expr:
    """SUBSTRING of text counts characters, of VARBYTE bytes."""
    if not 2 <= len(arguments) <= 3:
        raise ValueError("SUBSTRING takes two or three arguments")
    return cut_bytes(*arguments) if is_bytes(arguments[0]) else call("rs_cut", *arguments)


def trim(node: exp.Expr) -> exp.Expr:
    """TRIM([BOTH | LEADING | TRAILING] [characters FROM] text) as the function that it is another form of."""
    name = {"LEADING": "rs_ltrim", "TRAILING": "rs_rtrim"}.get(str(node.args.get("position") or "").upper(), "rs_btrim")
    return call(name, *(part for part in (node.this, node.expression) if part))


def position(node: exp.Expr) -> exp.Expr:
    """POSITION(part IN text)."""
    return call("rs_strpos", node.this, node.args["substr"])


def concatenation(node: exp.Expr) -> exp.Expr:
    """`||` of VARBYTE is of VARBYTE alone."""
    if is_bytes(node.this) != is_bytes(node.expression) and not {type(node.this), type(node.expression)} & {exp.Null}:
        raise Unsupported("|| of VARBYTE and another type")
    return node


def _collate(arguments: list[exp.Expr]) -> exp.Expr:
    text, name = arguments
    collation = _COLLATIONS.get(name.name.lower()) if name.is_string else None
    if collation is None:
        raise RedshiftError("only case_sensitive and case_insensitive collations are supported")
    return exp.Collate(this=exp.paren(exp.cast(text, "text")), expression=exp.var(collation))


def _side(name: str) -> str:
    return f"""CASE WHEN n < 0 THEN error('the sandbox can''t run this: {name.upper()} of a negative number')
        ELSE {name}(rs_text(t), CAST(n AS BIGINT)) END"""


_INTEGERS = """ascii bpcharcmp bttext_pattern_cmp char_length character_length charindex difference len length
    octet_length octetindex strpos textlen"""
_TEXTS = """btrim chr collate concat initcap left lower lpad ltrim quote_ident quote_literal repeat replace replicate
    reverse right rpad rtrim soundex split_part substr translate upper"""


def _text_kind(arguments: list[exp.Expr]) -> exp.DataType | None:
    """VARCHAR, unless the function is of VARBYTE."""
    return None if arguments and is_bytes(arguments[0]) else kinds.VARCHAR


SECTION = Section(
    macros={
        "ascii(t)": "ascii(rs_text(t))",
        "bpcharcmp(a, b)": _COMPARISON,
        "bttext_pattern_cmp(a, b)": _COMPARISON,
        "btrim(t)": "trim(rs_text(t), ' ')",
        "btrim(t, c)": "trim(rs_text(t), c)",
        **dict.fromkeys(("len(t)", "length(t)", "textlen(t)", "char_length(t)", "character_length(t)"), _LENGTH),
        "charindex(part, t)": _POSITION,
        "chr(n)": "CASE WHEN n BETWEEN 0 AND 127 THEN chr(CAST(n AS INTEGER)) END",
        "concat(a, b)": """CASE WHEN (typeof(a) = 'BLOB') <> (typeof(b) = 'BLOB') AND a IS NOT NULL AND b IS NOT NULL
            THEN error('the sandbox can''t run this: CONCAT of VARBYTE and another type') ELSE a || b END""",
        "left(t, n)": _side("left"),
        "lower(t)": "lower(rs_text(t))",
        "lpad(t, n)": _PADDED.format(side="l", fill="' '"),
        "lpad(t, n, p)": _PADDED.format(side="l", fill="p"),
        "ltrim(t)": "ltrim(rs_text(t), ' ')",
        "ltrim(t, c)": "ltrim(rs_text(t), c)",
        "octetindex(part, t)": """CAST(CASE WHEN strpos(rs_text(t), rs_text(part)) = 0 THEN 0
            ELSE strlen(left(rs_text(t), strpos(rs_text(t), rs_text(part)) - 1)) + 1 END AS INTEGER)""",
        "octet_length(t)": """CAST(CASE WHEN typeof(t) = 'BLOB' THEN octet_length(CAST(CAST(t AS VARCHAR) AS BLOB))
            ELSE strlen(rs_text(t)) END AS INTEGER)""",
        "quote_literal(t)": r"""'''' || replace(replace(rs_text(t), '\', '\\'), '''', '''''') || ''''""",
        **dict.fromkeys(("repeat(t, n)", "replicate(t, n)"), "repeat(rs_text(t), CAST(n AS BIGINT))"),
        "replace(t, old, new)": "replace(rs_text(t), rs_text(old), rs_text(new))",
        "right(t, n)": _side("right"),
        "rpad(t, n)": _PADDED.format(side="r", fill="' '"),
        "rpad(t, n, p)": _PADDED.format(side="r", fill="p"),
        "rtrim(t)": "rtrim(rs_text(t), ' ')",
        "rtrim(t, c)": "rtrim(rs_text(t), c)",
        "split_part(t, delimiter, part)": """CASE WHEN part <= 0 THEN error('field position must be greater than zero')
            WHEN delimiter = '' THEN CASE part WHEN 1 THEN rs_text(t) ELSE '' END
            ELSE split_part(rs_text(t), delimiter, CAST(part AS BIGINT)) END""",
        "strpos(t, part)": _POSITION,
        "translate(t, old, new)": "translate(rs_text(t), old, new)",
        "upper(t)": "upper(rs_text(t))",
        "difference(a, b)": "rs_soundex_difference(rs_text(a), rs_text(b))",
        "initcap(t)": "rs_capitalized(rs_text(t))",
        "quote_ident(t)": "rs_quoted_name(rs_text(t))",
        "reverse(t)": "rs_reversed(rs_text(t))",
        "soundex(t)": "rs_soundex_code(rs_text(t))",
        "strtol(t, base)": "rs_number_of_base(rs_text(t), CAST(base AS INTEGER))",
    },
    rewrites={"collate": _collate, "substr": substring},
    returns={
        **dict.fromkeys(_INTEGERS.split(), "integer"),
        **dict.fromkeys(_TEXTS.split(), _text_kind),
        "strtol": "bigint",
    },
)

# What the macros, rewrites and COPY call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        # As text: of numbers as Redshift writes them; what DuckDB would write in its own way is refused.
        "text(t)": """CASE WHEN typeof(t) IN ('DOUBLE', 'FLOAT')
            THEN rs_float_digits(CAST(CAST(t AS VARCHAR) AS DOUBLE), CASE typeof(t) WHEN 'FLOAT' THEN 6 ELSE 15 END)
            WHEN typeof(t) IN ('BLOB', 'BOOLEAN', 'INTERVAL', 'JSON')
            THEN error('the sandbox can''t run this: a text function of ' || typeof(t)) ELSE CAST(t AS VARCHAR) END""",
        # Positions before the first character count, but have nothing to give.
        "cut(t, s)": "CASE WHEN s < 1 THEN rs_text(t) ELSE substring(rs_text(t), s) END",
        "cut(t, s, n)": """CASE WHEN n < 0 THEN error('negative substring length not allowed')
            WHEN s < 1 THEN left(rs_text(t), greatest(0, s + n - 1)) ELSE substring(rs_text(t), s, n) END""",
        # At most `n` bytes of a text, whole characters only.
        "left_bytes(t, n)": """CASE WHEN strlen(t) <= n THEN t
            WHEN strlen(t) = length(t) THEN left(t, CAST(n AS BIGINT))
            ELSE left(t, list_max(list_filter(range(0, n + 1), lambda k: strlen(left(t, k)) <= n))) END""",
    },
    python={
        "capitalized": Python(initcap, ("VARCHAR",), "VARCHAR"),
        "number_of_base": Python(strtol, ("VARCHAR", "INTEGER"), "BIGINT"),
        "quoted_name": Python(quote_ident, ("VARCHAR",), "VARCHAR"),
        "reversed": Python(lambda text: text if text is None else text[::-1], ("VARCHAR",), "VARCHAR"),
        "soundex_code": Python(soundex, ("VARCHAR",), "VARCHAR"),
        "soundex_difference": Python(difference, ("VARCHAR", "VARCHAR"), "INTEGER"),
    },
)
