"""`pipelines why` and `pipelines history` on logs of all kinds of runs: what they say, to the letter.

The expected texts are beside this file; ``pytest --update`` writes the present output: read the diff.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.cli import main
from generator.sandbox.server import Sandbox
from tests import checkout
from tests.post_mortem import logged
from tests.post_mortem.logged import ALL_UNIQUE, CARRIER, FRESH, NEW, UNIQUE, Run, good, staged

DOCUMENT = (checkout.REPOSITORY / "docs/post_mortem.md").read_text(encoding="utf-8")
EXPECTED = Path(__file__).parent / "expected"
SERIAL_ERROR = (
    "ERROR: 1023 Serializable isolation violation on table - 108263\nDETAIL: in the statement\n  DELETE FROM x"
)


def failed_check() -> list[Run]:
    bad = staged(Run(3)).task(
        "load.check", 29, 33, state="failed", first_error="2 of 3 checks failed: unique, not_null"
    )
    for check in (FRESH, UNIQUE, CARRIER):
        bad.check("load.check", 33, check)
    bad.end("failed", 34, failed_task="load.check", first_error="2 of 3 checks failed", file_hash=NEW)
    return [good(1), good(2, seconds=50), bad, good(4)]


def many_failed_checks() -> list[Run]:
    bad = staged(Run(3)).task("load.check", 29, 33, state="failed", first_error="7 of 7 checks failed")
    for number in range(7):
        bad.check("load.check", 33, {**CARRIER, "name": f"not_null column_{number}", "found": None})
    return [bad.end("failed", 34)]


def failed_sql() -> list[Run]:
    bad = staged(Run(3))
    for number, state in ((1, "up_for_retry"), (2, "failed")):
        start = 40 * number
        error = 'ERROR: column "carier" does not exist in flights\x1b[31m'
        bad.task("load.merge", start, start + 3, number, state=state, first_error=error, statement_ids="8f2d5e3a-0009")
    return [good(2), bad.end("failed", 90, failed_task="load.merge")]


def retried() -> list[Run]:
    run = staged(Run(3), bytes_scanned=12_345_678)
    run.task("load.check", 29, 31, state="up_for_retry", first_error=SERIAL_ERROR)
    run.check("load.check", 31, UNIQUE)
    run.task("load.check", 61, 63, 2).check("load.check", 63, ALL_UNIQUE, 2)
    run.check("load.check", 63, {**CARRIER, "severity": "warn"}, 2)
    run.task("load.merge", 64, 150, rows_written=91300)
    return [good(1), good(2), run.table("public.flights", 1_274_100, 43, 152).end("success", 151)]


def success() -> list[Run]:
    return [good(day, 91400 + 100 * day, 40 + day) for day in (1, 2, 3, 4)]


def running() -> list[Run]:
    return [good(2), staged(Run(3))]


def cleared() -> list[Run]:
    """A failed run of which a task was cleared, and failed again: the run's own end is old."""
    run = staged(Run(3)).task("load.check", 29, 33, state="failed", first_error="one")
    run.end("failed", 34, failed_task="load.check", first_error="one")
    return [good(2), run.task("load.check", 300, 304, 2, state="failed", first_error="two")]


def two_failed() -> list[Run]:
    run = staged(Run(3)).task("load.check", 29, 33, state="failed", first_error="1 of 1 checks failed: unique")
    run.check("load.check", 33, UNIQUE)
    run.task("report", 8, 30, state="failed", template="redshift.unload", first_error="ERROR: S3 access denied\nmore")
    run.task("load.drop", 34, 35).task("tell", 35, 36, state="skipped")
    return [good(2), run.end("failed", 40, failed_task="report", first_error="ERROR: S3 access denied")]


def failed_without_failing_the_run() -> list[Run]:
    run = staged(Run(3)).task("report", 8, 30, state="failed", first_error="ERROR: S3 access denied\nmore")
    return [run.task("load.merge", 34, 35, rows_written=0).end("success", 40)]


def run_by_hand() -> list[Run]:
    """What `pipelines run --date` makes: Airflow takes the time when it was due for its start."""
    run = Run(3, "manual__2013-01-20T00:00:00+00:00").task("load.merge", 1_400_000, 1_400_020, rows_written=91400)
    return [good(2), run.end("success", 1_400_021, run_type="manual", started_at=run.due)]


def nothing_but_names() -> list[Run]:
    """Rows in which all is NULL that can be; what is JSON was cut, and names look like markup and like Jinja."""
    run = Run(3, "manual__{{ x }}' [red]\\")
    run.rows = [
        ("runs", {"state": "failed"}),
        ("tasks", {"task": "[bold]load"}),
        ("tasks", {"task": "[bold]load", "state": "failed"}),
        ("checks", {"task": "[bold]load", "name": "a", "passed": False, "samples": '[{"a": 1}, {"a'}),
        ("checks", {"task": "[bold]load"}),
        ("tables", {"table_name": "public.a"}),
    ]
    run.rows = [(table, {"pipeline": logged.PIPELINE, "run_id": run.run_id, **row}) for table, row in run.rows]
    return [run]


def documented() -> list[Run]:
    """The example of docs/post_mortem.md."""
    runs = []
    for day, (rows, took) in enumerate(((842, 41), (943, 44), (914, 39), (915, 43), (720, 37), (832, 42)), start=1):
        run = staged(Run(day), 800 + day).task("load.check", 29, 31).task("load.merge", 32, took, rows_written=rows)
        runs.append(run.table("public.flights", 840 + 870 * (day - 1), 12 + day).end("success", took + 1))
    bad = staged(Run(7), 957).task(
        "load.check", 29, 32, state="failed", first_error="1 of 3 checks failed: unique flight_date, carrier, flight"
    )
    duplicates = {**UNIQUE, "found": "24 of 957 rows too many", "failures": 24, "rows_checked": 957}
    complete = {**CARRIER, "found": "0 of 957 rows without a value", "failures": 0, "rows_checked": 957, "passed": True}
    for check in ({**FRESH, "found": "2013-01-07"}, duplicates, complete):
        bad.check("load.check", 32, check)
    return [*runs, bad.end("failed", 33, failed_task="load.check")]


def only_the_end() -> list[Run]:
    """A run of which no task was logged."""
    bare = dict.fromkeys(("run_type", "due_at", "started_at", "git_commit", "file_hash", "url"))
    return [Run(3).end("failed", 40, first_error="the run took longer than its dagrun_timeout", **bare)]


CASES: tuple[Callable[[], list[Run]], ...] = (
    failed_check,
    many_failed_checks,
    failed_sql,
    retried,
    success,
    running,
    cleared,
    two_failed,
    failed_without_failing_the_run,
    only_the_end,
    run_by_hand,
    nothing_but_names,
    documented,
)


class Shell:
    """Runs commands in a folder with the pipeline and one environment for each log."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a document's console blocks, each with what it says."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def without_space_at_ends(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def values(schema: str) -> dict[str, Any]:
    target = {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::123456789012:role/local"}
    return {"region": "us-east-1", "bucket": "acme", "redshift": target, "run_log": {"schema": schema}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch, Sandbox() as started:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        for case in CASES:
            logged.write(case.__name__, case(), values(case.__name__))
        yield started


@pytest.fixture
def shell(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    environments = {case.__name__: values(case.__name__) for case in CASES}
    environments |= {"nothing": values("nothing"), "off": {**values("off"), "run_log": False}}
    environments["lake"] = {"region": "us-east-1", "bucket": "acme"}
    project = {"project": "flights", "default_environment": "nothing", "environments": environments}
    folder = tmp_path / "pipelines" / "flights"
    folder.mkdir(parents=True)
    (folder.parent / "project.yaml").write_text(yaml.safe_dump(project))
    (folder / "flights_load.yaml").write_text("pipeline: flights_load\ntimezone: America/New_York\ntasks: {}\n")
    (folder / "other.yaml").write_text("pipeline: [\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return Shell(tmp_path, capsys)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_is_told(case: Callable[[], list[Run]], shell: Shell, request: pytest.FixtureRequest) -> None:
    said = ""
    for command in ("why", "history"):
        code, out, err = shell(command, "flights_load", "--env", case.__name__)
        assert (code, err) == (0, "")
        said += f"$ pipelines {command} flights_load\n{out}"
    said = without_space_at_ends(said)
    expected = EXPECTED / f"{case.__name__}.txt"
    if request.config.getoption("--update"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_the_example_of_the_documents(shell: Shell) -> None:
    for command, expected in commands(DOCUMENT):
        code, out, err = shell(*shlex.split(command)[1:], "--env", "documented")
        assert (code, without_space_at_ends(out), err) == (0, expected, "")


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (
            "failed_check",
            ["load.check failed first at 03:30:33", "unique", "not_null carrier", "12 of 91,400", "3 of 91,400"],
        ),
        ("many_failed_checks", ["not_null column_0", "not_null column_6", "3 of 91,400"]),
        ("failed_sql", ["load.merge failed first", 'column "carier" does not exist']),
        ("two_failed", ["report failed first at 03:30:30", "S3 access denied", "unique", "also failed: load.check"]),
        ("cleared", ["load.check failed first at 03:35:04", "two"]),
        ("only_the_end", ["the run took longer than its dagrun_timeout"]),
    ],
)
def test_the_answer_is_in_the_first_five_lines(case: str, told: list[str], shell: Shell) -> None:
    lines = shell("why", "flights_load", "--env", case)[1].splitlines()[:5]
    assert [text for text in told if text not in "\n".join(lines)] == []


@pytest.mark.parametrize(
    ("arguments", "run_date"),
    [
        ((), "2013-01-03"),
        (("--date", "2013-01-04"), "2013-01-04"),
        (("--run", "scheduled__2013-01-02T08:30:00+00:00"), "2013-01-02"),
    ],
)
def test_which_run(arguments: tuple[str, ...], run_date: str, shell: Shell) -> None:
    code, out, _ = shell("why", "flights_load", "--env", "failed_check", "--format", "json", *arguments)
    assert (code, json.loads(out)["run"]["run_date"]) == (0, run_date)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("why", "flights_load"), 1, "there is no run log yet"),
        (("history", "flights_load"), 1, "there is no run log yet"),
        (("why", "flights_load", "--env", "off"), 1, "project.yaml says run_log: false"),
        (("why", "flights_load", "--env", "lake"), 1, "the environment 'lake' has no redshift"),
        (("history", "other", "--env", "success"), 1, "no run of 'other' is in the run log"),
        (("why", "flight_load", "--env", "success"), 2, "did you mean 'flights_load'?"),
        (("history", "flight_load"), 2, "did you mean 'flights_load'?"),
        (("why", "flights_load", "--env", "sucess"), 2, "no environment 'sucess'"),
        (
            ("why", "flights_load", "--env", "success", "--date", "2013-01-09"),
            2,
            "no run of 'flights_load' for 2013-01-09; the closest are for 2013-01-02, 2013-01-03, 2013-01-04",
        ),
        (
            ("why", "flights_load", "--env", "success", "--run", "scheduled__2013-01-02"),
            2,
            "did you mean 'scheduled__2013-01-02T08:30:00+00:00'?",
        ),
        (("why", "flights_load", "--env", "success", "--run", "o'x\\"), 2, "the last ones are scheduled__2013-01-04T"),
        (("why", "flights_load", "--date", "yesterday"), 2, "'yesterday' is not a day such as 2013-01-31"),
        (("why", "flights_load", "--date", "2013-01-01", "--run", "x"), 2, "not allowed with argument"),
        (("history", "flights_load", "--last", "0"), 2, "'0' is not a number from 1 to 1,000"),
    ],
)
def test_nothing_to_tell(arguments: tuple[str, ...], code: int, told: str, shell: Shell) -> None:
    found, out, err = shell(*arguments)
    assert (found, out) == (code, "")
    assert told in err
    assert "Traceback" not in err


def test_a_pipeline_that_has_no_file_any_more(shell: Shell) -> None:
    (shell.folder / "pipelines/flights/flights_load.yaml").unlink()
    code, out, _ = shell("why", "flights_load", "--env", "failed_check")
    assert code == 0
    assert "load.check failed first at 08:30:33 UTC" in out
    assert "file      not in these pipelines any more" in out


def test_the_story_as_json(shell: Shell) -> None:
    code, out, _ = shell("why", "flights_load", "--env", "failed_check", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert (told["failed_first"], told["failed_checks"]) == ("load.check", [CARRIER["name"], UNIQUE["name"]])
    assert told["run"]["started_at"] == "2013-01-04T03:30:04-05:00"
    assert told["last_good_run"]["run_date"] == "2013-01-02"
    assert told["runs_since"] == {"success": 1}
    stage = next(task for task in told["tasks"] if task["task"] == "load.stage")
    assert (stage["seconds"], stage["median_seconds"]) == (20.0, 20.0)
    assert stage["tries"][0]["statement_ids"] == ["8f2d5e3a-0001"]
    assert told["checks"][-1]["samples"][0] == {"carrier": "UA", "flight": 15, "tail": None}


def test_the_history_as_json(shell: Shell) -> None:
    code, out, _ = shell("history", "flights_load", "--env", "success", "--last", "2", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert [(run["run_date"], run["seconds"], run["rows_written"]) for run in told["runs"]] == [
        ("2013-01-03", 39.0, 91_700),
        ("2013-01-04", 40.0, 91_800),
    ]
    assert told["runs"][1]["tables"] == [{"table": "public.flights", "rows": 1_367_200, "size_mb": 44}]
