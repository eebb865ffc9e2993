"""Rows of a table in S3 that nobody reads before they are published, and publishing them.

Glue tells where the rows of a table, or of a partition, lie. So rows are published by one call of Glue, which lets the
table lie where the new rows are. Then they are copied to the place that the table's declaration names, and the table is
led there by a second call. Whatever the time at which this ends too early, the table lies at a place that holds all old
rows, or all new ones; and the place where it lies is never emptied.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from generator.operators import folders, glue

# What follows the name of a table's folder: the task, the run's key, and the try's folder.
_STAGED = re.compile(r"[a-z0-9_]+_[0-9a-f]{12}/[0-9a-f]{8}/")


@dataclass(frozen=True)
class StagedTable:
    """A table of rows that may replace those of another table, or those of one partition of it.

    :param catalog: a client of Glue
    :param s3: a client of S3
    :param table: the table that they are for: lake.flights
    :param home: its folder as declared: s3://bucket/lake/flights/
    :param staging: the table of the new rows, whose name holds task and run
    :param place: the folder beside `home` for its files: s3://bucket/lake/flights__load_0a1b/
    :param partition: the value of each partition column, where the rows are for one partition
    """

    catalog: Any
    s3: Any
    table: str
    home: str
    staging: str
    place: str
    partition: Mapping[str, str] = field(default_factory=dict)

    def create(self) -> str:
        """Make the staging table, empty, at a place that no earlier try has used; where that is.

        Raises AirflowFailException for a table whose rows can't be led elsewhere.
        """
        target = self._target()
        self._check(target)
        self.drop()
        place = f"{self.place}{uuid.uuid4().hex[:8]}/"
        glue.create_like(self.catalog, target, self.staging, place)
        return place

    def publish(self) -> None:
        """Let the new rows take the place of the old ones. It may run again, also after it was ended in between."""
        target, staged = self._target(), glue.table(self.catalog, self.staging)
        if staged is None:
            raise AirflowFailException(f"the staged rows of {self.table} are gone: clear all tasks of this group")
        if target.get("PartitionKeys"):
            left = self._publish_partitions(target, staged)
        else:
            left = self._publish_table(target, staged)
        for place in left:
            folders.empty(self.s3, place)

    def drop(self) -> None:
        """Drop the staging table and its files, but for files that the table lies at since its publishing failed."""
        glue.drop(self.catalog, self.staging)
        if any(folders.keys(self.s3, self.place)):
            folders.empty(self.s3, self.place, keep=self._read_places())

    def _target(self) -> glue.Description:
        target = glue.table(self.catalog, self.table)
        if target is None:
            raise AirflowFailException(f"there is no table {self.table}: athena.create_table makes it")
        return target

    def _check(self, target: glue.Description) -> None:
        folders.folder_of(self.home)  # a whole bucket has no place beside it
        properties = {key.lower(): str(value).lower() for key, value in target.get("Parameters", {}).items()}
        if properties.get("table_type") == "iceberg" or properties.get("projection.enabled") == "true":
            kind = "Iceberg" if properties.get("table_type") == "iceberg" else "partition projection"
            raise AirflowFailException(f"{self.table} is a table with {kind}: Glue can't lead it to checked rows")
        place = glue.location(target)
        if place != self.home and not self._is_staged(place):
            raise AirflowFailException(f"{self.table} lies at {place}, and at {self.home} in the YAML file")

    def _is_staged(self, place: str) -> bool:
        """Whether a folder is in one of those that loads of the table write their rows to first."""
        beside = f"{self.home.rstrip('/')}__"
        return place.startswith(beside) and _STAGED.match(place, len(beside)) is not None

    def _publish_table(self, target: glue.Description, staged: glue.Description) -> set[str]:
        before, source = glue.location(target), glue.location(staged)
        glue.move(self.catalog, self.table, source)
        folders.copy(self.s3, source, self.home)
        glue.move(self.catalog, self.table, self.home)
        return {before} if self._is_staged(before) and before != source else set()

    def _publish_partitions(self, target: glue.Description, staged: glue.Description) -> set[str]:
        """Return the places of an earlier publishing that failed, which nobody reads any more."""
        source = glue.location(staged)
        new = glue.partitions(self.catalog, self.staging)
        old = self._old_partitions(target)
        places = {values: glue.location(found) for values, found in new.items()}
        if not all(place.startswith(source) for place in places.values()):
            # Athena lets a query of a worker that was killed go on, and a later INSERT adds to its partitions.
            message = "rows of an earlier try are among the staged ones"
            raise AirflowFailException(f"{message} of {self.table}: clear all tasks of this group")
        homes = {values: self.home + place[len(source) :] for values, place in places.items()}
        for values in old.keys() - new.keys() if self.partition else ():  # the query gave no rows for it
            new[values], places[values] = old[values], f"{source}none/"
            homes[values] = self.home + glue.partition_folder(target, values)
        glue.put_partitions(self.catalog, self.table, new, places, old)
        glue.remove_partitions(self.catalog, self.table, old.keys() - new.keys())
        if self.partition:
            for values, place in places.items():
                folders.copy(self.s3, place, homes[values])
        else:
            folders.copy(self.s3, source, self.home)
        glue.put_partitions(self.catalog, self.table, new, homes, new)
        left = {glue.location(found) for found in old.values()}
        return {place for place in left if self._is_staged(place) and not place.startswith(source)}

    def _old_partitions(self, target: glue.Description) -> dict[glue.Values, glue.Description]:
        if not self.partition:
            return glue.partitions(self.catalog, self.table)
        values = glue.values_of(target, self.partition)
        found = glue.partition(self.catalog, self.table, values)
        return {} if found is None else {values: found}

    def _read_places(self) -> set[str]:
        """The places among the staged ones that the table lies at."""
        target = glue.table(self.catalog, self.table)
        if target is None:
            return set()
        found = self._old_partitions(target).values() if target.get("PartitionKeys") else [target]
        return {place for place in map(glue.location, found) if place.startswith(self.place)}
