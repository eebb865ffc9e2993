"""Processing jobs run: folders in, a program, folders out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.sagemaker.conftest import Jobs, output, s3_input

COPY = """
    import json, os, pathlib, sys
    resources = json.loads((pathlib.Path(sys.argv[3]) / "resourceconfig.json").read_text())
    rows, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for path in rows.iterdir():
        (target / path.name).write_text(resources["current_host"] + " of " + ",".join(resources["hosts"]))
    print(os.environ["PROCESSING_JOB_NAME"], target)
"""
FOLDERS = ["/opt/ml/processing/input/rows", "/opt/ml/processing/output", "/opt/ml/config"]


def copying(jobs: Jobs, script: str = COPY, count: int = 1) -> dict[str, Any]:
    rows = {"InputName": "rows", "S3Input": s3_input(f"{jobs.uri}/rows/", FOLDERS[0], "ShardedByS3Key")}
    request = jobs.processing(script, [rows], [output("out", FOLDERS[1], f"{jobs.uri}/out")], count=count)
    request["AppSpecification"]["ContainerArguments"] = FOLDERS
    return request


def test_hosts_share_the_input_and_write_one_output(jobs: Jobs) -> None:
    for name in "abc":
        jobs.put(f"rows/{name}.csv", name)
    request = copying(jobs, count=2)
    described = jobs.run(request)
    assert described["ProcessingJobStatus"] == "Completed"
    both = b"algo-1,algo-2"
    assert jobs.files("out/") == {
        "a.csv": b"algo-1 of " + both,
        "b.csv": b"algo-2 of " + both,
        "c.csv": b"algo-1 of " + both,
    }
    name = request["ProcessingJobName"]
    assert jobs.printed(name) == [f"{name} /opt/ml/processing/output"] * 2


def test_a_program_that_fails_says_why_in_its_message(jobs: Jobs) -> None:
    jobs.put("rows/a.csv", "a")
    script = """
        import pathlib, sys
        pathlib.Path(sys.argv[2], "half.txt").write_text("half")
        pathlib.Path(sys.argv[3]).parent.joinpath("output", "message").write_text("column x is missing")
        sys.exit(2)
    """
    described = jobs.run(copying(jobs, script))
    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"] == "AlgorithmError: , exit code: 2"
    assert described["ExitMessage"] == "column x is missing"
    assert jobs.files("out/") == {}


@pytest.mark.parametrize("entry", [["no-such-program"], ["python3", "/opt/ml/processing/input/code/absent.py"]])
def test_a_program_that_is_not_there(entry: list[str], jobs: Jobs) -> None:
    request = jobs.processing("")
    request["AppSpecification"]["ContainerEntrypoint"] = entry
    described = jobs.run(request)
    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"] == f"AlgorithmError: , exit code: {127 if len(entry) == 1 else 2}"


def test_an_input_without_objects_fails_the_job(jobs: Jobs) -> None:
    described = jobs.run(copying(jobs))
    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith(
        f'ClientError: No S3 objects found under S3 URL "{jobs.uri}/rows/" given in input data source.'
    )


def test_stop_and_the_longest_run_time(jobs: Jobs) -> None:
    script = """
        import time
        print("asleep")
        time.sleep(100)
    """
    name = jobs.start(jobs.processing(script))
    jobs.until_printed(name, "asleep")
    jobs.api.stop_processing_job(ProcessingJobName=name)
    assert jobs.end(name)["ProcessingJobStatus"] == "Stopped"
    limited = jobs.processing(script, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert jobs.run(limited)["ProcessingJobStatus"] == "Stopped"


def test_a_job_reaches_the_sandboxs_s3_and_has_nothing_else_of_this_machine(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "x")
    script = """
        import os
        import boto3
        print("SECRET_OF_THIS_MACHINE" in os.environ, [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]])
    """
    request = jobs.processing(script)
    jobs.run(request)
    assert jobs.printed(request["ProcessingJobName"]) == ["False ['sandbox-test']"]
