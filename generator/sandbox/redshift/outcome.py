"""What a statement gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.sandbox.redshift.types import ColumnType


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result: its name, its type, and the table column that it plainly is, if it is one."""

    name: str
    type: ColumnType
    schema: str = ""
    table: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: `columns` is None where it gives no rows; `affected` counts rows written."""

    columns: tuple[ResultColumn, ...] | None = None
    rows: Sequence[tuple[object, ...]] = ()
    affected: int = 0
