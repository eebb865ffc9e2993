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
    redshift = values.get("redshift")
    if not redshift or values.get("run_log") is False:
        return None
    target = {name: str(redshift[key]) for key, name in _TARGET.items() if key in redshift}
    return Place(schema(values), str(values["region"]), str(values.get("aws_conn_id", "aws_default")), target)


def schema(values: Mapping[str, Any]) -> str:
    """The schema of the log, and of the tables beside it that are kept where the log is switched off, too."""
    wanted = values.get("run_log")
    return str(wanted.get("schema", SCHEMA)) if isinstance(wanted, Mapping) else SCHEMA
