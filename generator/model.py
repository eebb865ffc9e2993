"""What a valid project is made of. Frozen values; nothing here reads files or knows about YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Engine = Literal["redshift", "athena"]
Values = Mapping[str, Any]
Tables = Mapping[str, "Table"]


@dataclass(frozen=True)
class Column:
    """A declared column. ``type`` is in the words of the table's engine; ``identity`` is (seed, step)."""

    name: str
    type: str
    description: str = ""
    not_null: bool = False
    encode: str | None = None
    identity: tuple[int, int] | None = None
    default: str | int | float | bool | None = None
    sensitive: bool = False


@dataclass(frozen=True)
class Table:
    """A declared table. ``name`` holds the schema: ``public.flights``; ``pipeline`` is its owner's name."""

    name: str
    pipeline: str
    columns: tuple[Column, ...]
    engine: Engine = "redshift"
    description: str = ""
    primary_key: tuple[str, ...] = ()
    sort_key: tuple[str, ...] = ()
    sort_style: str = "compound"
    dist_key: str | None = None
    dist_style: str | None = None
    location: str = ""
    format: Values = field(default_factory=dict)
    partitioned_by: tuple[Column, ...] = ()

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns and, after them, the partition columns, as Athena orders them."""
        return self.columns + self.partitioned_by

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.all_columns)

    @property
    def loaded_columns(self) -> tuple[str, ...]:
        """The columns that a load gives values for: all but those that Redshift numbers itself."""
        return tuple(column.name for column in self.columns if column.identity is None)


@dataclass(frozen=True)
class Cron:
    expression: str


@dataclass(frozen=True)
class Every:
    seconds: int


@dataclass(frozen=True)
class After:
    tables: tuple[str, ...]


Schedule = Cron | Every | After | None


@dataclass(frozen=True)
class Param:
    """A value that a run can be given; ``schema`` is its JSON Schema, as Airflow's Param takes it."""

    name: str
    default: str | int | float | bool | None
    schema: Values


@dataclass(frozen=True)
class Task:
    """One task with its defaults merged in.

    ``name`` is the id in Airflow; ``group`` is the name in the YAML file where ``for_each`` made several of it.
    ``values`` are the template's own parameters; ``settings`` are the keys that every task may have (retries, pool, …);
    ``sql`` is the text of ``sql`` or ``sql_file``; ``reads`` and ``writes`` are the tables that the task touches.
    """

    name: str
    template: str
    values: Values
    settings: Values = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    trigger_rule: str = "all_success"
    description: str = ""
    group: str | None = None
    sql: str | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table that the task names under ``table``."""
        return str(self.values["table"])


@dataclass(frozen=True)
class Pipeline:
    """A pipeline file. ``file`` is its path relative to the pipelines folder, with forward slashes.

    ``notifications`` holds a list of channels for each event that somebody hears of, and the deadline.
    """

    name: str
    file: str
    source: str
    tasks: tuple[Task, ...]
    tables: Tables = field(default_factory=dict)
    description: str = ""
    owner: str | None = None
    schedule: Schedule = None
    timezone: str = "UTC"
    start_date: str | None = None
    end_date: str | None = None
    catchup: bool = False
    max_active_runs: int | None = None
    max_active_tasks: int | None = None
    dagrun_timeout: int | None = None
    paused: bool | None = None
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    notifications: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """The project file: environments by name (their values as written) and which of them is the default."""

    name: str
    default_environment: str
    environments: Mapping[str, Values]


def seconds(duration: str) -> int:
    """The seconds of a duration such as ``1h30m``; it has passed the schema."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
    total, number = 0, ""
    for char in duration:
        if char in units:
            total += int(number) * units[char]
            number = ""
        else:
            number += char
    return total
