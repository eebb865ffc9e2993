"""Models in S3 and in the registry, as the worker's operators and SageMaker's both need them."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from botocore.exceptions import ClientError

from generator import provenance, sql_comment
from generator.operators import check_report, folders
from generator.operators.statements import failure, field_value, target_of
from generator.problems import did_you_mean
from generator.registry import statements

MODEL, CARD = "model.skops", "metadata.json"
CURRENT = "current"

_FINAL = (403, 404)  # HTTP's Forbidden and Not Found


@dataclass(frozen=True)
class Version:
    """A version of a model: where its files are, and what its card's hash must be."""

    version: str
    location: str
    metadata_sha256: str


def origin(context: Any) -> dict[str, str]:
    """What a card says of where the model's pipeline is from: git_commit and file_hash, as far as they are known."""
    file = context["dag"].fileloc
    bundle = getattr(getattr(context["ti"], "bundle_instance", None), "version", None)
    return {"git_commit": provenance.git_commit(file, bundle), "file_hash": provenance.file_hash(file)}


def keep(client: Any, folder: Path, models: str) -> dict[str, Any]:
    """Keep the model that a job left in a folder, for good; what the registry needs to know of it.

    :param client: S3's
    :param folder: with model.skops and metadata.json
    :param models: the S3 folder of all models: s3://bucket/models/

    The version's name holds the run's date and the hash of the model, so that the same model is kept once and nothing
    is ever overwritten; where a model is the same and its card is not, the name holds the card's hash as well. The card
    comes last: a version without one was not kept to its end.
    """
    card = json.loads((folder / CARD).read_bytes())
    model_sha256, card_sha256 = _sha256(folder / MODEL), _sha256(folder / CARD)
    if model_sha256 != card["model_sha256"]:
        raise AirflowException(f"{MODEL} is not the one of its card: it did not arrive whole")
    name = f"{card['run_date']}-{model_sha256[:8]}"
    for version in (name, f"{name}-{card_sha256[:8]}"):
        location = f"{models}{card['model']}/{version}/"
        if _is_put(client, location + MODEL, folder / MODEL) and _is_put(client, location + CARD, folder / CARD):
            return _kept(card, Version(version, location, card_sha256))
    raise AirflowFailException(f"{location} holds another model under the same name, which is left as it is")


def _kept(card: Mapping[str, Any], version: Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "location": version.location,
        "metadata_sha256": version.metadata_sha256,
        "metrics": card["metrics"],
        "rows": card["rows"],
        "model": card["model"],
        "kind": card["kind"],
        "algorithm": card["algorithm"],
        "run_date": card["run_date"],
        "git_commit": card["git_commit"],
        "trained_at": datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(" ", "microseconds"),
    }


def _is_put(client: Any, address: str, file: Path) -> bool:
    """Write an object where there is none of that name; whether the one that is there now is the file."""
    bucket, key = _parts(address)
    with file.open("rb") as opened:
        try:
            client.put_object(Bucket=bucket, Key=key, Body=opened, IfNoneMatch="*")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 412:  # PreconditionFailed
                raise
        else:
            return True
    made = hashlib.sha256()
    for block in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
        made.update(block)
    return made.hexdigest() == _sha256(file)


def download(client: Any, location: str, folder: Path) -> dict[str, Any]:
    """Bring the files of a version into a folder; its card.

    Raises what `unreadable` makes. They may be any files until the job has compared their hashes with the registry.
    """
    for name in (MODEL, CARD):
        bucket, key = _parts(location + name)
        try:
            client.download_file(bucket, key, str(folder / name))
        except ClientError as error:
            raise unreadable(location + name, error) from error
    with suppress(ValueError):
        card = json.loads((folder / CARD).read_bytes())
        return card if isinstance(card, dict) else {}
    return {}


def unreadable(address: str, error: ClientError) -> AirflowException:
    """What to raise where a file of a model can't be read: AirflowFailException where another try would find the same.

    That is so where it is missing or forbidden; what S3 answers else, such as 503 SlowDown, is soon over.
    """
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return (AirflowFailException if status in _FINAL else AirflowException)(f"{address} can't be read: {error}")


def download_rows(client: Any, rows: str, folder: Path) -> int:
    """Bring the Parquet files of a folder of S3 into a folder; how many they are."""
    bucket, prefix = folders.folder_of(rows)
    count = 0
    for key in folders.keys(client, rows):
        if key.endswith(".parquet"):
            target = folder / key.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(bucket, key, str(target))
            count += 1
    return count


def upload(client: Any, files: Iterator[Path], location: str) -> None:
    """Let a folder of S3 hold these files and nothing else."""
    folders.empty(client, location)
    bucket, prefix = folders.folder_of(location)
    for file in files:
        client.upload_file(str(file), bucket, prefix + file.name)


def check_unloaded(context: Any, unload_task: str, files: int, rows: str) -> int | None:
    """How many rows were unloaded. Raises AirflowFailException where there were some, and their files are gone."""
    result = context["ti"].xcom_pull(task_ids=unload_task) or {}
    count = result.get("rows")
    if not files and count != 0:
        raise AirflowFailException(
            f"{rows} holds no rows{'' if count is None else f', and {count:,} were unloaded'}: they are deleted when a "
            f"run is over. Clear '{unload_task}' as well, and what comes after it"
        )
    return count if isinstance(count, int) else None


def check_columns(card: Mapping[str, Any], model: str, table: str, columns: Mapping[str, str]) -> None:
    """Raise AirflowFailException where the table has no place for the probability of a class, or one for nothing."""
    is_classification = card.get("kind") == "classification"
    if is_classification and "probability" not in columns:
        raise AirflowFailException(
            f"the model '{model}' is a classification, and {table} has no column for its probability: "
            "add `probability: {type: float8}` to its columns"
        )
    if card and not is_classification and "probability" in columns:
        raise AirflowFailException(
            f"the model '{model}' predicts a number, which has no probability: take that column out of {table}"
        )


@dataclass(frozen=True)
class Registry:
    """The registry, for a task that reads it and goes on.

    :param client: the Redshift Data API's
    :param target: database and workgroup or cluster, in the API's words
    """

    client: Any
    target: Mapping[str, Any]
    schema: str
    comment: str = ""

    def version(self, model: str, wanted: str, day: str) -> Version:
        """The version of that name, or the one that is current at a day. Raises AirflowException without one."""
        asked = (
            statements.current(self.schema, model, day)
            if wanted == CURRENT
            else statements.fixed(self.schema, model, wanted)
        )
        found = self._rows(asked)
        if found:
            row = found[0]
            return Version(str(row["version"]), str(row["location"]), str(row["metadata_sha256"]))
        known = self._rows(statements.known(self.schema, model))
        raise AirflowException(_no_version(model, wanted, day, known))

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        text = sql_comment.signed(self.comment, sql)
        statement = str(self.client.execute_statement(Sql=text, **self.target)["Id"])
        if not check_report.wait(lambda: self._has_finished(statement)):
            raise AirflowException(f"the registry of models does not answer (statement {statement})")
        page = self.client.get_statement_result(Id=statement)
        names = [column["name"] for column in page["ColumnMetadata"]]
        return [dict(zip(names, map(field_value, record), strict=True)) for record in page["Records"]]

    def _has_finished(self, statement: str) -> bool:
        answer = self.client.describe_statement(Id=statement)
        if answer["Status"] in ("FAILED", "ABORTED"):
            raise AirflowException(failure(answer))
        return bool(answer["Status"] == "FINISHED")


def registry(operator: Any) -> Registry:
    """The registry as an operator reaches it, which has RedshiftDataOperator's arguments and a `log_schema`."""
    hook = RedshiftDataHook(aws_conn_id=operator.aws_conn_id, region_name=operator.region_name)
    return Registry(hook.conn, target_of(operator, operator.database), operator.log_schema, operator.sql_comment)


def _no_version(model: str, wanted: str, day: str, known: list[dict[str, Any]]) -> str:
    if not known:
        return f"the model '{model}' has no version yet: train it first"
    versions = [str(row["version"]) for row in known]
    if wanted != CURRENT:
        return f"the model '{model}' has no version '{wanted}'; {did_you_mean(wanted, versions)}"
    since = sorted(str(row["since"]) for row in known if row["since"] is not None)
    if not since:
        return (
            f"the model '{model}' has {len(versions)} versions, none of which was good enough for promote_if; "
            f"`pipelines models promote {model} {versions[0]}` makes one current"
        )
    return f"no version of the model '{model}' was current on {day}: the first one is since {since[0]}"


def _parts(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
