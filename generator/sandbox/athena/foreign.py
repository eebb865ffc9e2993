"""What sqlglot reads although Athena does not: other databases' functions and syntax, which must fail here too.

See "SELECT" (trino.io/docs/current/sql/select.html) and the list of Trino's functions
(trino.io/docs/current/functions/list.html).
"""

from __future__ import annotations

import itertools

from sqlglot.dialects.trino import Trino

from generator.sandbox.athena import functions
from generator.sandbox.athena.errors import InvalidRequestError, QueryError
from generator.sandbox.sql import Token, lex

# Trino's functions (and words that stand before a parenthesis) that sqlglot knows and no section of `functions` has.
_TRINOS = frozenset(
    """
    abs all and any any_value approx_set array array_agg array_max array_min avg bool_and bool_or case cast char
    coalesce columns concat contains count cube cume_dist current_date current_time current_timestamp
    current_timezone current_user date date_add date_diff date_format date_parse date_trunc day day_of_month
    day_of_week day_of_year decimal dense_rank every exists extract filter first first_value flatten format
    from_iso8601_timestamp_nanos from_unixtime greatest grouping hour if in insert interval json_array
    json_arrayagg json_exists json_extract json_extract_scalar json_format json_object json_objectagg json_query
    json_table json_value lag last last_value lead least like listagg localtime localtimestamp lower map match max
    merge min minute month normalize not now nth_value ntile nullif or over overlay parse_datetime percent_rank
    position quarter rank rollup row row_number second sets struct substring sum time timestamp to_char to_date
    to_timestamp transform trim truncate try try_cast typeof unnest upper using uuid values varchar version week
    week_of_year year
    """.split()
)
_FOREIGN = frozenset(
    name.lower()
    for name in {*Trino.parser_class.FUNCTIONS, *Trino.parser_class.FUNCTION_PARSERS}
    if name.lower() not in _TRINOS and name.lower() not in functions.NAMES and not name.lower().startswith("st_")
)
_NAMING = ("AS", "WITH", "RECURSIVE", ")")
_UNITS = ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
_OPERANDS = ("SELECT", "IN", "THEN", "ELSE", "WHEN", "AND", "OR", "NOT", "WHERE", "BY", "ON", "FROM")
_WORDS = ("DIV", "RLIKE", "REGEXP", "GLOB", "SEMI", "ANTI", "ASOF", "POSITIONAL")


def check(text: str) -> None:
    """Raise InvalidRequestError or QueryError where a query's text is none of Athena's SQL."""
    tokens = lex(text, backslash_escapes=False)
    if tokens and tokens[0].upper == "FROM":
        raise _unexpected(text, tokens[0])
    before = Token("symbol", "(", 0, 0)
    for place, (token, following) in enumerate(itertools.pairwise(tokens)):
        if token.kind == "symbol" and _is_foreign(before, token, following):
            raise _unexpected(text, token)
        if token.kind == "word":
            _check_word(text, before, token, tokens[place + 1 : place + 3])
            if following.text == "(" and token.text.lower() in _FOREIGN and before.upper not in _NAMING:
                _check_call(tokens, place)
        before = token


def _is_foreign(before: Token, token: Token, following: Token) -> bool:
    """Whether a symbol is an operator, or a bracket, that Athena does not have there."""
    pair = token.text + following.text if token.end == following.start else token.text
    joined = before.text + token.text if before.end == token.start else token.text
    if token.text == "[":
        return before.upper in _OPERANDS or (before.kind in ("symbol", "number") and before.text not in ("]", ")"))
    if token.text == ",":
        return following.upper == "FROM"
    if token.text == "|":
        return "||" not in (pair, joined)
    if token.text == "!":
        return pair != "!="
    if joined.upper() == "U&":  # text with code points: U&'\\00e9'
        return False
    return pair.startswith("::") or pair == "==" or token.text in ("&", "^", "~", "#", "{")


def _check_word(text: str, before: Token, token: Token, ahead: list[Token]) -> None:
    following = [each.upper for each in ahead] + ["", ""]
    if token.upper == "NATURAL" and following[0] in ("JOIN", "LEFT", "RIGHT", "FULL", "INNER"):
        raise QueryError("NOT_SUPPORTED: line 1:1: Natural join not supported")
    operand = before.kind in ("word", "quoted", "number", "string") or before.text in (")", "]")
    if token.upper in _WORDS and operand and before.upper not in ("SELECT", "BY", "AS", "WHERE", "ON", "AND", "OR"):
        raise _unexpected(text, token)
    if token.upper == "IS" and next(each for each in following if each != "NOT") in ("TRUE", "FALSE", "UNKNOWN"):
        raise _unexpected(text, ahead[0])
    if token.upper == "LIMIT" and ahead[1:] and ahead[1].text == ",":
        raise _unexpected(text, ahead[1])
    if token.upper == "INTERVAL" and ahead[0].kind == "string" and following[1] not in _UNITS:
        raise _unexpected(text, ahead[0])


def _check_call(tokens: list[Token], place: int) -> None:
    depth = 0
    for index in range(place + 1, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        if not depth:  # a WITH query with names for its columns looks like a call
            if [each.upper for each in tokens[index + 1 : index + 3]] == ["AS", "("]:
                return
            break
    raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Function '{tokens[place].text.lower()}' not registered")


def _unexpected(text: str, token: Token) -> InvalidRequestError:
    line = text.count("\n", 0, token.start) + 1
    column = token.start - (text.rfind("\n", 0, token.start) + 1) + 1
    return InvalidRequestError(f"line {line}:{column}: mismatched input '{token.text}'", "MALFORMED_QUERY")
