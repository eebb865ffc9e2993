"""Training jobs run: a script in script mode, its channels, its model, its end."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from tests.sandbox.sagemaker.conftest import IMAGE, Jobs, channel

COPY_ROWS = """
    import argparse, json, os, pathlib
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int)
    parser.add_argument("--rows")
    arguments = parser.parse_args()
    rows = pathlib.Path(arguments.rows)
    names = sorted(str(path.relative_to(rows)) for path in rows.rglob("*") if path.is_file())
    found = {"depth": arguments.depth, "names": names, "text": (rows / "a.csv").read_text()}
    pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps(found))
    pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "notes.txt").write_text("kept")
    print("trained in", os.environ["SM_MODEL_DIR"], "\\nfor", os.environ["TRAINING_JOB_NAME"])
"""
SLEEP = """
    import time
    print("asleep")
    time.sleep(100)
"""


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}  # type: ignore[union-attr]


def test_a_script_reads_its_channel_and_its_arguments_and_leaves_a_model(jobs: Jobs) -> None:
    jobs.put("rows/a.csv", "1,2\n")
    jobs.put("rows/deep/b.csv", "3,4\n")
    request = jobs.training(
        COPY_ROWS,
        {"depth": "3", "rows": "/opt/ml/input/data/rows"},
        InputDataConfig=[channel("rows", f"{jobs.uri}/rows/")],
    )
    described = jobs.run(request)
    name = request["TrainingJobName"]
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Completed", "Completed")
    assert described["ModelArtifacts"] == {"S3ModelArtifacts": f"{jobs.uri}/models/{name}/output/model.tar.gz"}
    files = jobs.files(f"models/{name}/output/")
    model = json.loads(members(files["model.tar.gz"])["model.json"])
    assert model == {"depth": 3, "names": ["a.csv", "deep/b.csv"], "text": "1,2\n"}
    assert members(files["output.tar.gz"]) == {"notes.txt": b"kept"}
    assert jobs.printed(name) == ["trained in /opt/ml/model ", f"for {name}"]
    steps = [entry["Status"] for entry in described["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("rows/", ["a.csv", "b/c.csv"]),
        ("rows", ["a.csv", "b/c.csv"]),
        ("rows/a.csv", ["a.csv"]),
        ("rows/b/", ["c.csv"]),
    ],
)
def test_files_of_a_channel_are_named_by_what_follows_the_prefix(prefix: str, names: list[str], jobs: Jobs) -> None:
    jobs.put("rows/a.csv", "a")
    jobs.put("rows/b/c.csv", "c")
    script = """
        import os, pathlib
        folder = pathlib.Path(os.environ["SM_CHANNEL_ROWS"])
        print(*sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
    """
    request = jobs.training(script, InputDataConfig=[channel("rows", f"{jobs.uri}/{prefix}")])
    assert jobs.run(request)["TrainingJobStatus"] == "Completed"
    assert jobs.printed(request["TrainingJobName"]) == [" ".join(names)]


def test_the_toolkits_variables_and_files(jobs: Jobs) -> None:
    jobs.put("rows/a.csv", "1")
    script = """
        import json, os, pathlib, sys
        base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
        config = {path.name: json.loads(path.read_text()) for path in (base / "input/config").iterdir()}
        shown = {name: value for name, value in os.environ.items() if name.startswith("SM_")}
        print(json.dumps({"config": config, "variables": shown, "arguments": sys.argv[1:], "folder": os.getcwd(),
                          "base": str(base), "given": os.environ["COLOUR"]}))
    """
    hyperparameters = {"n": "5", "rate": "0.5", "names": '["a", "b"]', "word": "/opt/ml/model/x"}
    request = jobs.training(
        script, hyperparameters, InputDataConfig=[channel("rows", f"{jobs.uri}/rows/")], Environment={"COLOUR": "red"}
    )
    assert jobs.run(request)["TrainingJobStatus"] == "Completed"
    seen = json.loads(jobs.printed(request["TrainingJobName"])[0])
    variables = seen["variables"]
    assert seen["given"] == "red"
    assert (seen["base"], seen["folder"]) == ("/opt/ml", "/opt/ml/code")
    assert seen["arguments"] == ["-n", "5", "--names", "['a', 'b']", "--rate", "0.5", "--word", "/opt/ml/model/x"]
    assert json.loads(variables["SM_USER_ARGS"]) == seen["arguments"]
    assert json.loads(variables["SM_HPS"]) == {"n": 5, "rate": 0.5, "names": ["a", "b"], "word": "/opt/ml/model/x"}
    expected = {
        "SM_CHANNELS": '["rows"]',
        "SM_CHANNEL_ROWS": "/opt/ml/input/data/rows",
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": '["algo-1"]',
        "SM_HP_NAMES": '["a","b"]',
        "SM_HP_RATE": "0.5",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_MODULE_NAME": "train",
        "SM_NUM_GPUS": "0",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_USER_ENTRY_POINT": "train.py",
    }
    assert {name: variables[name] for name in expected} == expected
    assert json.loads(variables["SM_TRAINING_ENV"])["model_dir"] == "/opt/ml/model"
    assert seen["config"]["hyperparameters.json"]["n"] == "5"
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert seen["config"]["inputdataconfig.json"]["rows"]["S3DistributionType"] == "FullyReplicated"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            'import sys\nsys.exit("no rows")',
            'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\n'
            'Command "/usr/bin/python3 train.py --depth 3", exit code: 1',
        ),
        (
            "import os, pathlib, sys\n"
            "pathlib.Path(os.environ['SM_OUTPUT_DIR'], 'failure').write_text('column x is missing in /opt/ml/input')\n"
            "sys.exit(3)",
            "AlgorithmError: column x is missing in /opt/ml/input, exit code: 3",
        ),
        (
            "import os\nos.kill(os.getpid(), 9)",
            'AlgorithmError: ExecuteUserScriptError:\nExitCode 137\nErrorMessage ""\n'
            'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n'
            'Command "/usr/bin/python3 train.py --depth 3", exit code: 137',
        ),
    ],
)
def test_a_script_that_fails(script: str, reason: str, jobs: Jobs) -> None:
    request = jobs.training(script, {"depth": "3"})
    described = jobs.run(request)
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Failed", "Failed")
    assert described["FailureReason"] == reason
    assert jobs.files("models/") == {}


def test_a_long_failure_is_cut_and_keeps_its_exit_code(jobs: Jobs) -> None:
    script = """
        import os, pathlib
        pathlib.Path(os.environ['SM_OUTPUT_DIR'], 'failure').write_text('x' * 5000)
        raise SystemExit(2)
    """
    reason = jobs.run(jobs.training(script))["FailureReason"]
    assert (len(reason), reason[:20], reason[-14:]) == (1024, "AlgorithmError: xxxx", ", exit code: 2")


def test_what_a_script_prints_is_in_its_log_with_its_traceback(jobs: Jobs) -> None:
    request = jobs.training("print('first')\nraise ValueError('bad rows')")
    jobs.run(request)
    lines = jobs.printed(request["TrainingJobName"])
    assert (lines[0], lines[-1]) == ("first", "ValueError: bad rows")
    assert '  File "/opt/ml/code/train.py", line 2, in <module>' in lines


def test_stop(jobs: Jobs) -> None:
    name = jobs.start(jobs.training(SLEEP))
    jobs.until_printed(name, "asleep")
    jobs.api.stop_training_job(TrainingJobName=name)
    assert jobs.status(name) in ("Stopping", "Stopped")
    described = jobs.end(name)
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "ModelArtifacts" not in described
    assert "FailureReason" not in described


def test_a_job_that_is_stopped_may_still_save_its_model(jobs: Jobs) -> None:
    script = """
        import os, pathlib, signal, sys, time
        def save(*_):
            pathlib.Path(os.environ["SM_MODEL_DIR"], "half.txt").write_text("half")
            sys.exit(0)
        signal.signal(signal.SIGTERM, save)
        print("asleep")
        time.sleep(100)
    """
    name = jobs.start(jobs.training(script))
    jobs.until_printed(name, "asleep")
    jobs.api.stop_training_job(TrainingJobName=name)
    assert jobs.end(name)["TrainingJobStatus"] == "Stopped"
    assert members(jobs.files(f"models/{name}/output/")["model.tar.gz"]) == {"half.txt": b"half"}


def test_the_longest_run_time(jobs: Jobs) -> None:
    described = jobs.run(jobs.training(SLEEP, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_hosts_share_the_files_of_a_channel(jobs: Jobs) -> None:
    for name in "abcde":
        jobs.put(f"rows/{name}.csv", name)
    script = """
        import os, pathlib
        names = sorted(path.name for path in pathlib.Path(os.environ["SM_CHANNEL_ROWS"]).iterdir())
        pathlib.Path(os.environ["SM_MODEL_DIR"], os.environ["SM_CURRENT_HOST"]).write_text(" ".join(names))
    """
    request = jobs.training(
        script,
        InputDataConfig=[channel("rows", f"{jobs.uri}/rows/", "ShardedByS3Key")],
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10},
    )
    jobs.run(request)
    models = members(jobs.files(f"models/{request['TrainingJobName']}/output/")["model.tar.gz"])
    assert models == {"algo-1": b"a.csv c.csv e.csv", "algo-2": b"b.csv d.csv"}


def test_a_host_that_fails_ends_the_others(jobs: Jobs) -> None:
    script = """
        import os, sys, time
        if os.environ["SM_CURRENT_HOST"] == "algo-2":
            sys.exit(4)
        time.sleep(100)
    """
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10}
    described = jobs.run(jobs.training(script, ResourceConfig=resources))
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].endswith("exit code: 4")


def test_an_entry_point_of_the_request_in_place_of_script_mode(jobs: Jobs) -> None:
    jobs.put("bin/run.sh", "echo $1 > /dev/stderr; exit 5")
    request = jobs.training(
        "",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "/opt/ml/input/data/bin/run.sh"],
            "ContainerArguments": ["/opt/ml/model"],
        },
        InputDataConfig=[channel("bin", f"{jobs.uri}/bin/")],
    )
    assert jobs.run(request)["FailureReason"] == "AlgorithmError: , exit code: 5"
    assert jobs.printed(request["TrainingJobName"]) == ["/opt/ml/model"]


@pytest.mark.parametrize(
    ("requirements", "status"),
    [("numpy>=1\n# nothing else\npyarrow", "Completed"), ("numpy<1", "Failed"), ("no-such-package-here", "Failed")],
)
def test_requirements_must_be_installed_already(requirements: str, status: str, jobs: Jobs) -> None:
    described = jobs.run(jobs.training("print('ran')", files={"requirements.txt": requirements}))
    assert described["TrainingJobStatus"] == status
    if status == "Failed":
        assert described["FailureReason"].startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1")
        assert requirements in described["FailureReason"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket/x"}}, "ClientError: Artifact upload failed"),
        (
            {
                "HyperParameters": {
                    "sagemaker_program": "a.py",
                    "sagemaker_submit_directory": "s3://sandbox-test/none.gz",
                }
            },
            "AlgorithmError: Framework Error",
        ),
        (
            {"HyperParameters": {"sagemaker_program": "absent.py", "sagemaker_submit_directory": "{code}"}},
            "AlgorithmError: ExecuteUserScriptError:\nExitCode 2",
        ),
    ],
)
def test_jobs_that_fail_without_a_fault_of_their_script(change: dict[str, Any], reason: str, jobs: Jobs) -> None:
    request = jobs.training("")
    code = request["HyperParameters"]["sagemaker_submit_directory"]
    change = json.loads(json.dumps(change).replace("{code}", code))
    described = jobs.run({**request, **change})
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith(reason)


def test_the_providers_own_log_reader(jobs: Jobs, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.amazon.aws.hooks.sagemaker import LogState, SageMakerHook

    for variable, value in sandbox.environment.items():
        monkeypatch.setenv(variable, value)
    name = jobs.start(jobs.training("print('hello')"))
    description = jobs.end(name)
    hook: Any = SageMakerHook(aws_conn_id=None, region_name="us-east-1")  # type: ignore[no-untyped-call]
    state, *_ = hook.describe_training_job_with_log(name, {}, [], 1, LogState.COMPLETE, description, 0.0)
    assert state == LogState.COMPLETE
