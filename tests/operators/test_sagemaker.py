"""Training and predicting through SageMaker's jobs in the sandbox: results, failures, retries and kills."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.providers.common.compat.module_loading import import_string
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, TaskDeferred

from generator.operators import ml_models, sagemaker_code
from generator.operators.sagemaker_predict import SageMakerPredictOperator
from generator.operators.sagemaker_train import SageMakerTrainOperator
from generator.operators.sagemaker_trigger import SageMakerJobTrigger
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import TaskInstance, run_operator

BUCKET = "flights-test"
ENDED = ("Completed", "Failed", "Stopped")
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
TABLE_ROWS = 120
RUN_DATE = "2013-01-28"


def parquet(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def flights(first: int, count: int) -> pa.Table:
    number = np.arange(first, first + count)
    return pa.table({
        "id": pa.array(number, pa.int64()),
        "distance": pa.array(np.sin(number) * 100, pa.float64()),
        "carrier": pa.array(np.where(number % 3 == 0, "UA", "AA")),
        "late": pa.array((np.sin(number) > 0).astype("int16")),
    })  # fmt: skip


class Case:
    """A folder of a run in S3, and operators that work in it."""

    def __init__(self, number: int) -> None:
        self.s3: Any = boto3.client("s3")
        self.sagemaker: Any = boto3.client("sagemaker")
        self.key = f"case{number}"
        self.work = f"s3://{BUCKET}/{self.key}/work/"
        self.models = f"s3://{BUCKET}/{self.key}/models/"

    def put_rows(self, *tables: pa.Table) -> None:
        for place, table in enumerate(tables):
            key = f"{self.key}/work/rows/{place:04}_part_00.parquet"
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=parquet(table))

    def shared(self, **more: Any) -> dict[str, Any]:
        return {
            "task_id": "model.fit",
            "rows": f"{self.work}rows/",
            "unload_task": "model.unload",
            "work": self.work,
            "role": ROLE,
            "image": "sagemaker-scikit-learn:1.4-2",
            "instance_type": "ml.m5.large",
            "poll_interval": 1,
            "max_runtime": "1m",
            **more,
        }

    def trainer(self, order: dict[str, Any] | None = None, **more: Any) -> SageMakerTrainOperator:
        asked = {
            "job": "train",
            "model": "delay",
            "kind": "classification",
            "target": "late",
            "features": None,
            "keys": ["id"],
            "algorithm": "logistic_regression",
            "hyperparameters": {},
            "split": {"test": 0.25, "seed": 0},
            "positive": 1,
            "query": "SELECT …",
            "run_date": RUN_DATE,
            **(order or {}),
        }
        return SageMakerTrainOperator(order=asked, models=self.models, **self.shared(**more))

    def predictor(self, version: ml_models.Version, monkeypatch: Any, **more: Any) -> SageMakerPredictOperator:
        """One whose registry has one version."""
        registry = SimpleNamespace(version=lambda *_: version)
        monkeypatch.setattr(ml_models, "registry", lambda _: registry)
        order = {
            "job": "predict",
            "model": "delay",
            "keys": ["id"],
            "columns": {"id": "bigint", "prediction": "smallint", "probability": "float8"},
            "run_date": RUN_DATE,
        }
        return SageMakerPredictOperator(
            order=order,
            version="current",
            predictions=f"{self.work}predictions/",
            table="public.delay_predictions",
            log_schema="pipeline_log",
            database="dev",
            **self.shared(**{"task_id": "model.predict", **more}),
        )

    def context(self, try_number: int = 1) -> Any:
        dag = SimpleNamespace(dag_id=f"delay_{self.key}", fileloc="/no/such/file.py")
        ti = TaskInstance(try_number=try_number, results={"model.unload": {"rows": TABLE_ROWS}})
        return {"dag": dag, "run_id": "scheduled__2013-01-28", "ti": ti}

    def run(self, operator: Any, unloaded: int = TABLE_ROWS) -> Any:
        """Run a task to its end, after one that unloaded so many rows."""
        return run_operator(operator, self.context(), {"model.unload": {"rows": unloaded}})

    def jobs(self, kind: str = "training") -> list[str]:
        found = getattr(self.sagemaker, f"list_{kind}_jobs")(NameContains=f"delay-{self.key}-", SortBy="Name")
        return [job[f"{kind.title()}JobName"] for job in found[f"{kind.title()}JobSummaries"]]

    def status(self, name: str) -> str:
        return str(self.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"])

    def until_ended(self, name: str) -> str:
        while self.status(name) not in ENDED:
            time.sleep(0.05)
        return self.status(name)


@pytest.fixture
def case(sandbox: Sandbox, request: pytest.FixtureRequest) -> Case:
    return Case(abs(hash(request.node.nodeid)) % 10**9)


@pytest.fixture(scope="module")
def trained(sandbox: Sandbox) -> tuple[Case, dict[str, Any]]:
    """A model that SageMaker has trained, and the task's result."""
    case = Case(1)
    case.put_rows(flights(0, 60), flights(60, 60))
    return case, case.run(case.trainer())


def version_of(kept: dict[str, Any]) -> ml_models.Version:
    return ml_models.Version(kept["version"], kept["location"], kept["metadata_sha256"])


def deferred(operator: Any, context: Any) -> Any:
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return caught.value


def trigger_of(deferral: Any) -> Any:
    classpath, arguments = deferral.trigger.serialize()
    return import_string(classpath)(**arguments)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Jobs whose code waits until it is ended."""
    waiting = b"import time\nprint('asleep', flush=True)\ntime.sleep(100)\n"
    contents = sagemaker_code.contents
    monkeypatch.setattr(sagemaker_code, "contents", lambda name: {**contents(name), sagemaker_code.PROGRAM: waiting})
    return iter(())


def test_a_trained_model_is_kept_as_the_worker_keeps_it(trained: tuple[Case, dict[str, Any]]) -> None:
    case, kept = trained
    assert kept["rows"] == {"train": 90, "test": 30, "without_target": 0}
    assert kept["metrics"]["auc"] == 1.0
    location = f"{case.models}delay/{kept['version']}/"
    assert kept["location"] == location
    assert kept["version"].startswith(f"{RUN_DATE}-")
    (name,) = case.jobs()
    assert (name[: len(name) - 14], name[-2:]) == (f"delay-{case.key}-model-fit-", "-1")


def test_predictions_with_the_trained_model(
    trained: tuple[Case, dict[str, Any]], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept = trained
    case.put_rows(flights(1000, 70), flights(2000, 30), flights(3000, 20))
    operator = case.predictor(version_of(kept), monkeypatch, instance_count="2")
    result = case.run(operator)
    assert result == {"version": kept["version"], "rows": TABLE_ROWS, "unseen_categories": {}, "nulls": {}}
    found = case.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{case.key}/work/predictions/")["Contents"]
    bodies = [case.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read() for entry in found]
    made = pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies]).sort_by("id")
    assert made.column_names == ["id", "prediction", "probability", "model_version", "run_date"]
    expected = pa.concat_tables([flights(1000, 70), flights(2000, 30), flights(3000, 20)])
    assert made["id"] == expected["id"]
    agree = (np.array(made["prediction"]) == np.array(expected["late"])).mean()
    assert agree > 0.9
    assert set(made["model_version"].to_pylist()) == {kept["version"]}


def test_no_rows_to_predict_for(
    trained: tuple[Case, dict[str, Any]], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept = trained
    operator = case.predictor(version_of(kept), monkeypatch)
    assert case.run(operator, unloaded=0)["rows"] == 0
    (file,) = case.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{case.key}/work/predictions/")["Contents"]
    body = case.s3.get_object(Bucket=BUCKET, Key=file["Key"])["Body"].read()
    assert pq.read_table(io.BytesIO(body)).num_rows == 0


def test_a_changed_model_is_refused_by_the_job(
    trained: tuple[Case, dict[str, Any]], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept = trained
    case.put_rows(flights(0, TABLE_ROWS))
    other = ml_models.Version(kept["version"], kept["location"], "0" * 64)
    with pytest.raises(AirflowFailException) as error:
        case.run(case.predictor(other, monkeypatch))
    message = str(error.value)
    assert message.startswith("metadata.json is not the registered one")
    (name,) = case.jobs("processing")
    assert f"(SageMaker processing job {name} failed: AlgorithmError: , exit code: 1)" in message


def test_rows_that_went_missing(
    trained: tuple[Case, dict[str, Any]], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, kept = trained
    case.put_rows(flights(0, 20))
    with pytest.raises(AirflowException, match="120 rows were unloaded, and 20 came"):
        case.run(case.predictor(version_of(kept), monkeypatch))


def test_the_jobs_own_words_come_first(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    with pytest.raises(AirflowFailException) as error:
        case.run(case.trainer({"target": "delayed"}))
    (name,) = case.jobs()
    assert str(error.value) == (
        "the query has no column 'delayed'; it has id, distance, carrier, late "
        f"(SageMaker training job {name} failed: AlgorithmError, exit code: 1)"
    )


def test_nothing_to_train_on(case: Case) -> None:
    with pytest.raises(AirflowFailException, match="no rows came: the query's result is empty"):
        case.run(case.trainer(), unloaded=0)
    assert case.jobs() == []


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"import sys\nsys.exit(7)\n", "failed: AlgorithmError: ExecuteUserScriptError:\nExitCode 7"),
        (b"import os\nos.kill(os.getpid(), 9)\n", "OutOfMemory: Process killed by SIGKILL"),
    ],
)
def test_a_job_that_ends_without_a_word(
    program: bytes, message: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = sagemaker_code.contents
    monkeypatch.setattr(sagemaker_code, "contents", lambda name: {**contents(name), sagemaker_code.PROGRAM: program})
    case.put_rows(flights(0, TABLE_ROWS))
    with pytest.raises(AirflowException) as error:
        case.run(case.trainer())
    assert not isinstance(error.value, AirflowFailException)
    assert message in str(error.value)


def test_a_package_that_is_missing_is_worth_another_try(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sagemaker_code, "_REQUIREMENTS", ("no-such-package-here",))
    case.put_rows(flights(0, TABLE_ROWS))
    with pytest.raises(AirflowException, match="InstallRequirementsError"):
        case.run(case.trainer())


@pytest.mark.usefixtures("slow")
def test_a_job_that_takes_too_long(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    with pytest.raises(AirflowException, match="was stopped: it took longer than 1 seconds"):
        case.run(case.trainer(max_runtime="1h", execution_timeout=datetime.timedelta(seconds=1)))


@pytest.mark.usefixtures("slow")
def test_a_retry_waits_for_the_job_of_an_earlier_try(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    deferred(case.trainer(), case.context())
    again = deferred(case.trainer(), case.context(try_number=2))
    (name,) = case.jobs()
    assert again.trigger.job_name == name
    assert case.status(name) == "InProgress"
    case.sagemaker.stop_training_job(TrainingJobName=name)
    case.until_ended(name)
    with pytest.raises(AirflowException, match=f"SageMaker training job {name} was stopped, and not by this task"):
        case.trainer().job_ended(case.context(), {"job_name": name})


@pytest.mark.usefixtures("slow")
def test_a_job_of_an_earlier_try_for_another_order_is_stopped(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    deferred(case.trainer(), case.context())
    (old,) = case.jobs()
    deferred(case.trainer({"hyperparameters": {"C": 0.5}}), case.context(try_number=2))
    assert [name[-2:] for name in case.jobs()] == ["-1", "-2"]
    assert case.until_ended(old) == "Stopped"
    case.sagemaker.stop_training_job(TrainingJobName=case.jobs()[1])


def test_a_try_whose_jobs_name_is_taken_gets_another(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    first, second = (case.run(case.trainer()) for _ in range(2))
    assert [name[-2:] for name in case.jobs()] == ["-1", "-2"]
    assert second["version"] == first["version"]


@pytest.mark.usefixtures("slow")
def test_the_job_is_stopped_where_a_user_ends_the_deferred_task(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    deferral = deferred(case.trainer(), case.context())
    asyncio.run(trigger_of(deferral).on_kill())
    (name,) = case.jobs()
    assert case.until_ended(name) == "Stopped"
    asyncio.run(trigger_of(deferral).on_kill())  # one that has ended is left as it is


@pytest.mark.usefixtures("slow")
def test_the_job_is_stopped_with_a_task_that_waits_in_the_worker(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    operator = case.trainer(deferrable=False)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            operator.execute(case.context())
        except AirflowException as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not case.jobs():
        time.sleep(0.05)
    while not operator.job_name:
        time.sleep(0.05)
    operator.on_kill()
    thread.join()
    assert case.until_ended(operator.job_name) == "Stopped"
    assert "was stopped" in str(ended[0])


@pytest.mark.usefixtures("slow")
def test_a_trigger_that_loses_sight_of_a_job_leaves_it_to_the_next_try(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    deferral = deferred(case.trainer(), case.context())
    event = {"status": "error", "message": "no credentials", "job_name": deferral.trigger.job_name}
    with pytest.raises(AirflowException, match=r"which goes on \(no credentials\); another try waits for it"):
        case.trainer().job_ended(case.context(), event)
    (name,) = case.jobs()
    assert case.status(name) == "InProgress"
    case.sagemaker.stop_training_job(TrainingJobName=name)


def test_a_trigger_gives_up_where_a_job_can_not_be_looked_at(case: Case) -> None:
    trigger = SageMakerJobTrigger("no-such-job", "Training", 0.01, "aws_default", "us-east-1")

    async def first() -> Any:
        return await anext(aiter(trigger.run()))

    payload = asyncio.run(first()).payload
    assert payload["status"] == "InProgress"
    assert "Requested resource not found" in payload["message"]


def test_a_request_that_sagemaker_refuses(case: Case) -> None:
    case.put_rows(flights(0, TABLE_ROWS))
    with pytest.raises(
        AirflowException, match=r"SageMaker refuses the job .*'ml.huge' at 'resourceConfig.instanceType'"
    ):
        case.run(case.trainer(instance_type="ml.huge"))


def test_requests(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    code = sagemaker_code.Code("ab", "s3://b/sourcedir.tar.gz", "s3://b/files/")
    given: dict[str, Any] = {
        "subnets": "subnet-1,subnet-2",
        "security_groups": "sg-1",
        "kms_key": "key",
        "instance_count": "3",
    }
    network = {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    training = case.trainer(**given).request(code, "s3://b/job/")
    assert training["VpcConfig"] == network
    assert training["ResourceConfig"] == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        "VolumeKmsKeyId": "key",
    }
    assert training["OutputDataConfig"] == {"S3OutputPath": f"{case.work}jobs", "KmsKeyId": "key"}
    operator = case.predictor(ml_models.Version("v", "s3://b/m/", "0"), monkeypatch, **given)
    processing = operator.request(code, "s3://b/job/")
    assert processing["NetworkConfig"] == {"VpcConfig": network}
    assert processing["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 3
    assert processing["ProcessingOutputConfig"]["KmsKeyId"] == "key"
    distribution = {
        item["InputName"]: item["S3Input"]["S3DataDistributionType"] for item in processing["ProcessingInputs"]
    }
    assert distribution == {
        "rows": "ShardedByS3Key",
        "model": "FullyReplicated",
        "code": "FullyReplicated",
        "job": "FullyReplicated",
    }


def test_names_of_jobs(case: Case) -> None:
    context: Any = {
        **case.context(),
        "dag": SimpleNamespace(dag_id="a_pipeline_with_quite_a_long_name_of_its_own_indeed"),
    }
    names = {case.trainer(task_id=task)._base_name(context) for task in ("a.b", "a_b", "a" * 100, "a" * 101)}
    assert len(names) == 4
    assert all(len(name) <= 63 - 6 for name in names)


def test_the_code_is_put_once_and_has_one_name(case: Case) -> None:
    first = sagemaker_code.ensure(case.s3, BUCKET, "random_forest")
    second = sagemaker_code.ensure(case.s3, BUCKET, "gradient_boosting")
    other = sagemaker_code.ensure(case.s3, BUCKET, "xgboost")
    assert first == second != other
    listed = case.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"ml/code/{other.sha256}/files/")["Contents"]
    names = {entry["Key"].partition("/files/")[2] for entry in listed}
    assert {"run.py", "requirements.txt", "generator/__init__.py", "generator/ml/job.py"} <= names
    key = f"ml/code/{other.sha256}/files/requirements.txt"
    body = case.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body == b"pyarrow\nskops\nxgboost\n"


def test_the_order_of_a_job_is_beside_its_results(trained: tuple[Case, dict[str, Any]]) -> None:
    case, _ = trained
    (name,) = case.jobs()
    body = case.s3.get_object(Bucket=BUCKET, Key=f"{case.key}/work/jobs/{name}/job.json")["Body"].read()
    assert json.loads(body)["algorithm"] == "logistic_regression"


def test_sagemaker_and_the_worker_train_the_same_model(trained: tuple[Case, dict[str, Any]]) -> None:
    from generator.operators.ml_train import MlTrainOperator

    case, kept = trained
    operator = MlTrainOperator(
        task_id="worker",
        order=case.trainer().order,
        rows=f"{case.work}rows/",
        unload_task="model.unload",
        models=case.models,
    )
    again = case.run(operator)
    same = ("version", "location", "metadata_sha256", "metrics")
    assert {name: again[name] for name in same} == {name: kept[name] for name in same}
