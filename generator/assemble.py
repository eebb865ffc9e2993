"""Checked data become model values. Parts that the schema refused are left out, so that the rest can be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator import schema
from generator.expand import RawTask
from generator.load import Document, Path_
from generator.model import (
    After,
    Column,
    Cron,
    Every,
    Param,
    Pipeline,
    Project,
    Schedule,
    Table,
    Task,
    seconds,
)

_OWN_KEYS = frozenset({"template", "description", "depends_on", "for_each", "trigger_rule"})


def pipeline(
    document: Document,
    file: str,
    refused: Iterable[Path_],
    tasks: tuple[Task, ...],
    defaults: Mapping[str, Any] | None = None,
) -> Pipeline:
    """The pipeline of a document. ``refused`` are paths with problems; their top-level keys and tables are left out.

    ``defaults`` are the project's: its notifications are those of pipelines that say nothing of them.
    """
    data = _kept(document.data, refused)
    name = data.get("pipeline", "")
    tables = data.get("tables", {})
    return Pipeline(
        name=name,
        file=file,
        source=document.text,
        tasks=tasks,
        tables={table: _table(table, name, body) for table, body in tables.items()},
        description=data.get("description", ""),
        owner=data.get("owner", data.get("defaults", {}).get("owner")),
        schedule=_schedule(data.get("schedule")),
        timezone=data.get("timezone", "UTC"),
        start_date=data.get("start_date"),
        end_date=data.get("end_date"),
        catchup=data.get("catchup", False),
        max_active_runs=data.get("max_active_runs"),
        max_active_tasks=data.get("max_active_tasks"),
        dagrun_timeout=seconds(data["dagrun_timeout"]) if "dagrun_timeout" in data else None,
        paused=data.get("paused"),
        tags=tuple(data.get("tags", ())),
        params=tuple(_param(param, body) for param, body in data.get("params", {}).items()),
        notifications=_notifications({**(defaults or {}), **data}),
    )


def task(raw: RawTask, sql: str | None) -> Task:
    """The task of checked data; ``sql`` is the text of its ``sql`` or ``sql_file``."""
    general = schema.language()["task_defaults"].keys()
    own = schema.fragment(raw.data["template"])["properties"].keys()
    return Task(
        name=raw.name,
        template=raw.data["template"],
        values={key: value for key, value in raw.data.items() if key in own},
        settings={key: raw.data[key] for key in general if key in raw.data and key not in own},
        depends_on=tuple(raw.data.get("depends_on", ())),
        trigger_rule=raw.data.get("trigger_rule", "all_success"),
        description=raw.data.get("description", ""),
        group=raw.group,
        sql=sql,
    )


def project(document: Document) -> Project:
    """The project of a checked document."""
    data = document.data
    return Project(data["project"], data["default_environment"], data["environments"])


def _kept(data: Mapping[str, Any], refused: Iterable[Path_]) -> dict[str, Any]:
    kept = dict(data)
    for path in refused:
        if not path:
            return {}
        head = str(path[0])
        if len(path) > 1 and head in ("tables", "params") and isinstance(kept.get(head), Mapping):
            kept[head] = {name: body for name, body in kept[head].items() if name != path[1]}
        elif head != "tasks":
            kept.pop(head, None)
    return kept


def _schedule(value: Any) -> Schedule:
    if isinstance(value, str):
        return Cron(value)
    if isinstance(value, Mapping):
        return Every(seconds(value["every"])) if "every" in value else After(tuple(value["after"]))
    return None


def _notifications(data: Mapping[str, Any]) -> dict[str, Any]:
    """A list of channels for each event that somebody hears of. A late run needs both a deadline and a channel."""
    given = {key: data[key] for key in schema.language()["notifications"] if key in data}
    told = {key: [value] if isinstance(value, Mapping) else value for key, value in given.items() if value}
    watched = told.keys() >= {"on_late", "deadline"}
    return {key: value for key, value in told.items() if watched or key not in ("on_late", "deadline")}


def _param(name: str, body: Mapping[str, Any]) -> Param:
    schema_: dict[str, Any] = {key: value for key, value in body.items() if key != "default"}
    if body["type"] == "date":
        schema_ |= {"type": "string", "format": "date"}
    if "default" in body and body["default"] is None:
        schema_["type"] = ["null", schema_["type"]]
    return Param(name, body.get("default"), schema_)


def _table(name: str, owner: str, body: Mapping[str, Any]) -> Table:
    return Table(
        name=name,
        pipeline=owner,
        columns=_columns(body["columns"]),
        engine=body.get("engine", "redshift"),
        description=body.get("description", ""),
        primary_key=tuple(body.get("primary_key", ())),
        sort_key=tuple(body.get("sort_key", ())),
        sort_style=body.get("sort_style", "compound"),
        dist_key=body.get("dist_key"),
        dist_style=body.get("dist_style"),
        location=body.get("location", ""),
        format=body.get("format", {}),
        partitioned_by=_columns(body.get("partitioned_by", {})),
    )


def _columns(body: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(_column(name, values) for name, values in body.items())


def _column(name: str, values: Mapping[str, Any]) -> Column:
    identity = values.get("identity")
    return Column(
        name=name,
        type=values["type"],
        description=values.get("description", ""),
        not_null=values.get("not_null", False),
        encode=values.get("encode"),
        identity=(1, 1) if identity is True else (identity[0], identity[1]) if identity else None,
        default=values.get("default"),
        sensitive=values.get("sensitive", False),
    )
