"""Lines of OpenCSVSerde as fields: the rules of the opencsv library that Hive has within it.

See "OpenCSVSerDe for processing CSV" (docs.aws.amazon.com/athena/latest/ug/csv-serde.html). Python's csv module
differs where quotes stand within a field and where a backslash stands outside quotes.
"""

from collections.abc import Callable, Iterable

from generator.sandbox.athena.errors import QueryError

Fields = list[str | None]


def reader(properties: dict[str, str]) -> Callable[[Iterable[str]], list[Fields]]:
    """How lines become fields. Raises QueryError for SerDe properties that are no single characters."""
    separator, quote, escape = (
        properties.get(key, default)
        for key, default in (("separatorChar", ","), ("quoteChar", '"'), ("escapeChar", "\\"))
    )
    if any(len(char) != 1 for char in (separator, quote, escape)):
        raise QueryError("HIVE_UNSUPPORTED_FORMAT: OpenCSVSerde takes single characters")
    # Hive takes an escapeChar of '"' for "none given", for which opencsv has the backslash.
    escape = "\\" if escape == '"' else escape

    def read(found: Iterable[str]) -> list[Fields]:
        return [_fields(line, separator, quote, escape) for line in found]

    return read


def _fields(line: str, separator: str, quote: str, escape: str) -> Fields:
    if quote not in line and escape not in line:
        return [*line.split(separator)]
    fields: Fields = []
    text, quoted, within, place = "", False, False, 0
    while place < len(line):
        char, following = line[place], line[place + 1 : place + 2]
        if char == escape:
            if (quoted or within) and following in (quote, escape) and following:
                text += following
                place += 1
        elif char == quote:
            if (quoted or within) and following == quote:
                text += following
                place += 1
            else:
                text = _with_quote(line, place, text, separator, quote)
                quoted = not quoted
            within = not within
        elif char == separator and not quoted:
            fields.append(text)
            text, within = "", False
        else:
            text += char
            within = True
        place += 1
    # A quote that does not end takes its field along: the line has no next one.
    return fields if quoted else [*fields, text]


def _with_quote(line: str, place: int, text: str, separator: str, quote: str) -> str:
    """The field so far, after a quote: within a field it is text, blanks before it are not."""
    inside = place > 2 and line[place - 1] != separator and line[place + 1 : place + 2] not in ("", separator)
    if not inside:
        return text
    return "" if text and text.isspace() else text + quote
