"""What the templates of machine learning share: rows unloaded to a folder of the run, and where the jobs run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator import quoting, sql_comment, steps, unload_statement
from generator.checks import history
from generator.model import Task
from generator.template import Finding, Step

UNLOAD = "generator.operators.redshift_unload.RedshiftUnloadOperator"
TRAIN = "generator.operators.ml_train.MlTrainOperator"
PREDICT = "generator.operators.ml_predict.MlPredictOperator"
REGISTER = "generator.operators.ml_register.MlRegisterOperator"
SAGEMAKER_TRAIN = "generator.operators.sagemaker_train.SageMakerTrainOperator"
SAGEMAKER_PREDICT = "generator.operators.sagemaker_predict.SageMakerPredictOperator"
CLEAN = "generator.operators.ml_clean.MlCleanOperator"

LOG_SCHEMA = history.SCHEMA
MODELS = "s3://{{ env.bucket }}/models/"

_UNITS = {"MB": 2**20, "GB": 2**30}

# What a SageMaker job needs, by the key of the task or of the environment, where neither says it.
_SAGEMAKER_DEFAULTS = {"instance_type": "ml.m5.xlarge", "instance_count": "1", "volume_gb": "30", "max_runtime": "1d"}
# What only the environment says, and may leave out; an argument is a text with commas.
_ENVIRONMENT_LISTS = ("subnets", "security_groups")


def folder(task: Task) -> str:
    """The key of the folder of the task in the run, with a slash at its end; `clean` deletes it."""
    return f"ml/{{{{ dag.dag_id }}}}/{task.name}/{{{{ run_key }}}}/"


def address(task: Task, inside: str = "") -> str:
    """The S3 address of a place in that folder."""
    return f"s3://{{{{ env.bucket }}}}/{folder(task)}{inside}"


def unload(task: Task, columns: Sequence[str] = ()) -> Step:
    """The rows of the task's query as Parquet: the columns, or all of them where none are named."""
    query = steps.query(task)
    if columns:
        query = f"SELECT {quoting.identifiers(dict.fromkeys(columns))}\nFROM (\n{query}\n) AS job_rows"
    text = unload_statement.statement(query, address(task, "rows/"), ("FORMAT PARQUET", "CLEANPATH"))
    return steps.redshift(task, [text, "SELECT pg_last_unload_count() AS unloaded"], "unload", operator=UNLOAD)


def clean(task: Task, after: str) -> Step:
    """The task's folder is deleted, whatever happened."""
    arguments = {
        "bucket": "{{ env.bucket }}",
        "prefix": folder(task),
        "statement_name": sql_comment.statement_name(f"{task.name}.clean"),
    }
    return Step("clean", CLEAN, arguments, (after,), teardown=True)


def job(task: Task, order: Mapping[str, Any], name: str, worker: str, sagemaker: str, **arguments: Any) -> Step:
    """The step that runs a job on the unloaded rows, in the worker or in SageMaker, with the same arguments.

    ``order`` is what `generator.ml.job` reads as job.json, but for what is known only when the task runs.
    """
    shared = {"order": dict(order), "rows": address(task, "rows/"), "unload_task": f"{task.name}.unload", **arguments}
    if not runs_on_sagemaker(task):
        memory = task.values.get("memory")
        limit = {"memory_bytes": int(memory[:-2]) * _UNITS[memory[-2:]]} if memory else {}
        return Step(name, worker, {**shared, **limit}, ("unload",))
    return Step(name, sagemaker, {**shared, "work": address(task), **_sagemaker(task)}, ("unload",))


def runs_on_sagemaker(task: Task) -> bool:
    """Whether the task's job is one of SageMaker's."""
    return bool(task.values.get("run_on", "worker") != "worker")


def _sagemaker(task: Task) -> dict[str, Any]:
    """What a SageMaker job needs, as the task says or else the environment; all of it is text."""
    run_on = task.values["run_on"]
    own: Mapping[str, Any] = run_on["sagemaker"] if isinstance(run_on, Mapping) else {}
    made: dict[str, Any] = {
        "role": "{{ env.sagemaker.role }}",
        "image": "{{ env.sagemaker.image }}",
        "deferrable": True,
        "poll_interval": steps.poll_seconds(task, 30),
    }
    for key, default in _SAGEMAKER_DEFAULTS.items():
        if key == "instance_count" and task.template == "ml.train":
            continue  # a model is fitted on one instance
        made[key] = str(own[key]) if key in own else f"{{{{ env.sagemaker.{key} | default('{default}') }}}}"
    lists = {key: f"{{{{ env.sagemaker.{key} | default([]) | join(',') }}}}" for key in _ENVIRONMENT_LISTS}
    return made | lists | {"kms_key": "{{ env.sagemaker.kms_key | default('') }}"}


def needs(task: Task) -> tuple[str, ...]:
    """What the environment must have for the task."""
    return ("redshift", "bucket", "sagemaker") if runs_on_sagemaker(task) else ("redshift", "bucket")


def check(task: Task) -> Iterator[Finding]:
    """What is wrong with the keys that training and predicting share."""
    yield from unload_statement.check(task)
    if "memory" in task.values and runs_on_sagemaker(task):
        message = "'memory' is for run_on: worker; a SageMaker job has that of its instance"
        yield Finding(("memory",), "R316", message, "set instance_type")
