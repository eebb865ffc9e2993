"""Tasks as written become tasks as meant: ``for_each`` makes one task an item, and defaults are merged in.

Works on unchecked data, so that the schema sees what will really run; what is malformed is left for it to report.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator import schema
from generator.load import Document, Path_, Place
from generator.problems import Span

_ITEM = re.compile(r"\{\{-?\s*item(?:\.([A-Za-z_][A-Za-z0-9_]*))?\s*-?\}\}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")


# A document and the values of its ``defaults``.
Layer = tuple[Document, Mapping[str, Any]]


@dataclass(frozen=True)
class RawTask:
    """A task's data with its defaults, where each key comes from, and the item that stands for ``{{ item }}``."""

    name: str
    group: str | None
    data: Mapping[str, Any]
    document: Document
    path: Path_
    origins: Mapping[str, tuple[Document, Path_]]
    item: Any = None

    def span(self, path: Path_, key: bool) -> Span:
        """Where ``path`` of this task's data stands, in the file that supplied it."""
        document, base = self.document, self.path
        if path and path[0] in self.origins:
            document, base = self.origins[str(path[0])]
            path = path[1:]
        whole = (*base, *path)
        return document.key_span(whole) if key else document.value_span(whole)

    def place(self, path: Path_) -> Place:
        """The place of each part of the text at ``path``, which has the item put in."""
        document, base = self.document, self.path
        if path[0] in self.origins:
            document, base = self.origins[str(path[0])]
            path = path[1:]
        whole = (*base, *path)
        written = document.at(whole)
        return self.placed(written, document.place(whole, written))

    def substitute(self, text: str) -> str:
        """The text with the item put in, for SQL that comes from a file."""
        return text if self.item is None else _substitute(text, self.item)

    def placed(self, written: str, place: Place) -> Place:
        """The place of each part of the text with the item put in, from that of the text as written."""
        if self.item is None:
            return place
        return lambda offset, length: place(_written_offset(written, self.item, offset), length)


def tasks(document: Document, layers: list[Layer]) -> list[RawTask]:
    """All tasks of a pipeline's document, in the file's order; empty where ``tasks`` is no mapping.

    Later layers of defaults come before earlier ones.
    """
    data = document.data if isinstance(document.data, Mapping) else {}
    written = data.get("tasks")
    if not isinstance(written, Mapping):
        return []
    made: list[RawTask] = []
    for name, body in written.items():
        if isinstance(body, Mapping):
            made.extend(_expand(name, body, document, layers))
    return made


def item_name(item: Any) -> str:
    """The part of a task's id that an item gives: its text, or the texts of a mapping's values."""
    text = "_".join(str(value) for value in item.values()) if isinstance(item, Mapping) else str(item)
    return _NOT_IN_NAMES.sub("_", text).strip("_") or "item"


def layers(document: Document, refused: Collection[Path_]) -> list[Layer]:
    """The document's ``defaults``, if it has any, without the values at the refused paths: those are reported once."""
    defaults = document.data.get("defaults") if isinstance(document.data, Mapping) else None
    if not isinstance(defaults, Mapping):
        return []
    wrong = {path[1] for path in refused if len(path) > 1 and path[0] == "defaults"} - {"templates"}
    return [(document, {key: value for key, value in defaults.items() if key not in wrong})]


def _expand(name: str, body: Mapping[str, Any], document: Document, layers: list[Layer]) -> Iterator[RawTask]:
    merged, origins = _merge(body, layers)
    path: Path_ = ("tasks", name)
    items = body.get("for_each")
    if not isinstance(items, list) or not items:
        yield RawTask(name, None, merged, document, path, origins)
        return
    plain = {key: value for key, value in merged.items() if key != "for_each"}
    for item in items:
        task_name = f"{name}.{item_name(item)}"
        data = {**_substituted(plain, item), "for_each": items}
        yield RawTask(task_name, name, data, document, path, origins, item)


def _merge(body: Mapping[str, Any], layers: list[Layer]) -> tuple[dict[str, Any], dict[str, tuple[Document, Path_]]]:
    """The task's keys over the defaults; later layers come before earlier ones, whole values at a time."""
    template = body.get("template")
    if not isinstance(template, str) or template not in schema.template_names():
        return dict(body), {}
    known = schema.task_schema(template)["properties"].keys() - {"template", "depends_on", "for_each"}
    merged: dict[str, Any] = {}
    origins: dict[str, tuple[Document, Path_]] = {}
    for document, defaults in layers:
        by_template = defaults.get("templates")
        own = by_template.get(template) if isinstance(by_template, Mapping) else None
        for path, values in ((("defaults",), defaults), (("defaults", "templates", template), own)):
            for key, value in values.items() if isinstance(values, Mapping) else ():
                if key in known:
                    merged[key] = value
                    origins[key] = (document, (*path, key))
    merged.update(body)
    return merged, {key: origin for key, origin in origins.items() if key not in body}


def _substituted(value: Any, item: Any) -> Any:
    if isinstance(value, str):
        whole = _ITEM.fullmatch(value.strip())
        return _lookup(item, whole.group(1), value) if whole else _substitute(value, item)
    if isinstance(value, list):
        return [_substituted(part, item) for part in value]
    if isinstance(value, Mapping):
        return {key: _substituted(part, item) for key, part in value.items()}
    return value


def _substitute(text: str, item: Any) -> str:
    return _ITEM.sub(lambda match: str(_lookup(item, match.group(1), match.group(0))), text)


def _written_offset(written: str, item: Any, offset: int) -> int:
    """Where an offset of the text with the item put in stands in the text as written; in an item, where that begins."""
    grown = 0
    for match in _ITEM.finditer(written):
        start = match.start() + grown
        put = len(str(_lookup(item, match.group(1), match.group(0))))
        if offset < start:
            break
        if offset < start + put:
            return match.start()
        grown += put - len(match.group(0))
    return offset - grown


def _lookup(item: Any, key: str | None, otherwise: str) -> Any:
    """The item or its key; text that names a key that the item lacks stays, and is reported as Jinja."""
    if key is None:
        return otherwise if isinstance(item, Mapping) else item
    return item.get(key, otherwise) if isinstance(item, Mapping) else otherwise
