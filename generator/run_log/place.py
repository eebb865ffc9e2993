"""Where an environment's run log is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = "pipeline_log"

# The Data API's words for the keys of an environment's `redshift`.
_TARGET = {
    "database": "Database",
    "workgroup": "WorkgroupName",
    "cluster": "ClusterIdentifier",
    "db_user": "DbUser",
    "secret_arn": "SecretArn",
}


@dataclass(frozen=True)
class Place:
    """A schema in a Redshift database, which is reached as the tasks' operators reach theirs.

    :param target: the database and its workgroup or cluster, as the Data API's requests name them
    """

    schema: str
    region: str
    connection: str
    target: Mapping[str, str]


def place(values: Mapping[str, Any]) -> Place | None:
    """The place of the run log of an environment with these values; None where it has none."""
    redshift, wanted = values.get("redshift"), values.get("run_log", True)
    if not redshift or wanted is False:
        return None
    schema = wanted.get("schema", SCHEMA) if isinstance(wanted, Mapping) else SCHEMA
    target = {name: str(redshift[key]) for key, name in _TARGET.items() if key in redshift}
    return Place(schema, str(values["region"]), str(values.get("aws_conn_id", "aws_default")), target)
