"""Lines of JSON as fields: OpenX's SerDe and Hive's.

See "OpenX JSON SerDe" and "Hive JSON SerDe" (docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html,
.../hive-json-serde.html).
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal

from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.formats import OPENX_JSON
from generator.sandbox.athena.nested import INTEGERS, dumped, is_nested, leaf, shaped
from generator.sandbox.athena.results import java_double
from generator.sandbox.athena.types import duck_type, element

Fields = list[str | None]
_INVALID = "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: "


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def reader(table: Table) -> Callable[[Iterable[str]], list[Fields]]:
    """How lines become fields. Raises UnsupportedError for properties that the sandbox does not know."""
    if table.serde_properties.get("timestamp.formats"):
        raise UnsupportedError("the SerDe property timestamp.formats")
    row = _OpenX(table).row if table.serde == OPENX_JSON else _Hive(table).row
    return lambda found: [row(line) for line in found]


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


class _OpenX:
    """Rows of OpenX's SerDe: keys in lower case, values converted as far as possible, else NULL."""

    def __init__(self, table: Table) -> None:
        properties = {key.lower(): value for key, value in table.serde_properties.items()}
        self._lenient = _is_true(properties, "ignore.malformed.json")
        self._dots = _is_true(properties, "dots.in.keys")
        self._folds = properties.get("case.insensitive", "true").lower() != "false"
        mapped = (("".join(key.split(".", 1)[1:]), key) for key in properties if key.startswith("mapping."))
        self._keys = {name: self._folded(properties[key]) for name, key in mapped}
        kinds = [(column.name, duck_type(column.type)) for column in table.columns]
        self._columns = [(name, kind, is_nested(kind)) for name, kind in kinds]
        self._parse = json.JSONDecoder(object_pairs_hook=self._pairs, parse_float=_Number, parse_int=_Number).decode

    def row(self, line: str) -> Fields:
        text = line.strip()
        nothing: Fields = [None] * len(self._columns)
        if not text.startswith(("{", "[")):
            return nothing
        try:
            row = self._parse(text)
        except QueryError:
            if self._lenient:
                return nothing
            raise
        except (ValueError, RecursionError) as error:
            if self._lenient:
                return nothing
            raise QueryError(f"{_INVALID}{error}") from error
        if isinstance(row, list):
            values = [*row, *nothing][: len(nothing)]
        else:
            named = {self._name(key): value for key, value in row.items()} if isinstance(row, dict) else {}
            values = [named.get(name) for name, _, _ in self._columns]
        return [
            None if value is None else self._nested(value, kind, index) if nested else self._plain(value, kind)
            for index, (value, (_, kind, nested)) in enumerate(zip(values, self._columns, strict=True))
        ]

    def _folded(self, key: str) -> str:
        return key.lower() if self._folds else key

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({self._folded(key) for key, _ in pairs}) < len(pairs):
            names = [self._folded(key) for key, _ in pairs]
            twice = next(name for index, name in enumerate(names) if name in names[:index])
            raise QueryError(f'{_INVALID}Duplicate key "{twice}"')
        return dict(pairs)

    def _name(self, key: str) -> str:
        """A key as the name of a column, or of a struct's field."""
        folded = self._folded(key)
        name = next((name for name, mapped in self._keys.items() if mapped == folded), folded) if self._keys else folded
        return name.replace(".", "_") if self._dots else name

    def _nested(self, value: object, kind: str, index: int) -> str | None:
        def wrong(item: object, item_kind: str) -> object:
            if isinstance(item, str) and not item.strip():
                return None
            if element(item_kind):
                return [shaped(item, element(item_kind), wrong, self._plain, self._name)]
            raise QueryError(
                f"HIVE_BAD_DATA: Error parsing field value for field {index}: java.lang.String cannot be cast to "
                "org.openx.data.jsonserde.json.JSONObject"
            )

        if self._folds and _has_upper_key(value, kind):
            raise UnsupportedError(
                "maps whose keys have capital letters in OpenX JSON without case.insensitive = false"
            )
        return dumped(shaped(value, kind, wrong, self._plain, self._name))

    @staticmethod
    def _plain(value: object, kind: str) -> str | None:
        if kind == "BOOLEAN":
            return "true" if _text(value).lower() == "true" else "false"
        if isinstance(value, dict | list):
            if kind == "VARCHAR":
                raise UnsupportedError("JSON objects and arrays in columns of text")
            raise QueryError(f"HIVE_BAD_DATA: Error parsing field value: no {kind.lower()} in {json.dumps(value)}")
        if kind == "VARCHAR" and isinstance(value, _Number) and not value.lstrip("-").isdigit():
            _check_number(value)
        return leaf(_text(value), kind)


def _check_number(text: str) -> None:
    """Of the libraries that read JSON some give a number as it is written, others as Java's double."""
    if java_double(float(text)) != text:
        raise UnsupportedError(f"the number {text} of JSON in a column of text")


def _has_upper_key(value: object, kind: str) -> bool:
    if isinstance(value, list):
        return any(_has_upper_key(item, element(kind)) for item in value)
    return kind.startswith("MAP(") and isinstance(value, dict) and any(key != key.lower() for key in value)


def _is_true(properties: dict[str, str], key: str) -> bool:
    return properties.get(key, "false").lower() == "true"


class _Hive:
    """Rows of Hive's own SerDe: keys in any case; a value that is none of its column's type is an error."""

    def __init__(self, table: Table) -> None:
        kinds = [(column.name, duck_type(column.type)) for column in table.columns]
        self._columns = [(name, _nested_field if is_nested(kind) else _plain_field, kind) for name, kind in kinds]
        self._parse = json.JSONDecoder(parse_float=_Number, parse_int=_Number).decode

    def row(self, line: str) -> Fields:
        try:
            row = self._parse(line)
        except (ValueError, RecursionError) as error:
            raise QueryError(f"HIVE_CURSOR_ERROR: JsonParseException: {error}") from error
        if not isinstance(row, dict):
            raise QueryError("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
        named = {key.lower(): value for key, value in row.items()}
        return [field(named.get(name), kind) for name, field, kind in self._columns]


def _nested_field(value: object, kind: str) -> str | None:
    return dumped(shaped(value, kind, _raise_bad, _plain, str.lower))


def _plain_field(value: object, kind: str) -> str | None:
    return None if value is None else _plain(value, kind)


def _plain(value: object, kind: str) -> str | None:
    if isinstance(value, dict | list):
        raise _bad(value, kind)
    text = _text(value)
    if kind == "BOOLEAN":
        return "true" if text.lower() == "true" else "false"
    if kind in (*INTEGERS, "DOUBLE", "FLOAT") and not isinstance(value, _Number):
        raise _bad(value, kind)
    if kind in INTEGERS and not text.isdigit():  # a fraction is cut off
        text = str(int(Decimal(text)))
    found = leaf(text, kind)
    if found is None and not kind.startswith("DECIMAL("):
        raise _bad(value, kind)
    return found


def _bad(value: object, kind: str) -> QueryError:
    return QueryError(f"HIVE_BAD_DATA: Error parsing a JSON value: {json.dumps(value)} is no {kind.lower()}")


def _raise_bad(value: object, kind: str) -> object:
    raise _bad(value, kind)
