"""The command line as people and programs use it: exit codes, what goes where, and files that are written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import cli, project

REPOSITORY = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases"
GOOD = """\
pipeline: {name}
schedule: null
tasks:
  analyze:
    template: redshift.sql
    sql: ANALYZE
"""


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Shell:
    """Runs the command in this process, in a folder with a project."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Outcome:
        try:
            code = cli.main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        shown = self._capsys.readouterr()
        return Outcome(code, shown.out, shown.err)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / "pipelines" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def compiled(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted((self.folder / "dags").glob("*"))}


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    made = Shell(tmp_path, capsys)
    made.write("project.yaml", (CASES / "project.yaml").read_text(encoding="utf-8"))
    made.write("one.yaml", GOOD.format(name="one"))
    return made


def program(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "generator.cli", *arguments]
    paths = {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        command, cwd=folder, env=os.environ | paths | environment, capture_output=True, text=True, check=False
    )


def test_clean(shell: Shell) -> None:
    done = shell("validate")
    assert (done.code, done.out, done.err) == (0, "", "1 pipeline, no problems\n")


def test_problems(shell: Shell) -> None:
    shell.write("one.yaml", GOOD.format(name="two"))
    done = shell("validate")
    assert done.code == 1
    assert done.out.startswith("pipelines/one.yaml:1:11: R301 ")
    assert done.err == "1 pipeline: 1 error\n"


def test_warnings_fail_only_where_it_is_asked_for(shell: Shell) -> None:
    shell.write("one.yaml", GOOD.format(name="one").replace("ANALYZE", "SELECT '{{ ds }}'"))
    assert shell("validate").code == 0
    assert shell("validate", "--strict").code == 1
    assert shell("generate").code == 0


def test_json(shell: Shell) -> None:
    assert json.loads(shell("validate", "--format", "json").out) == []
    shell.write("one.yaml", "tasks: {}\n")
    done = shell("validate", "--format", "json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (1, "")
    assert [(each["file"], each["line"], each["code"]) for each in found] == [
        ("pipelines/one.yaml", 1, "S203"),
        ("pipelines/one.yaml", 1, "S203"),
        ("pipelines/one.yaml", 1, "S206"),
    ]
    assert found[0].keys() == {"file", "line", "column", "end_column", "code", "severity", "message", "help"}


def test_github_annotations(shell: Shell) -> None:
    shell.write("one.yaml", GOOD.format(name="one").replace("ANALYZE", "DELETE FROM a.b WERE 100% = '{{ ds }}'"))
    lines = shell("validate", "--format", "github").out.splitlines()
    assert lines[0] == (
        "::error file=pipelines/one.yaml,line=6,col=26,title=Q501::'WERE' is not expected here"
        "%0Ahelp: did you mean 'WHERE'?"
    )
    assert lines[1].startswith("::warning file=pipelines/one.yaml,line=6,col=42,title=J405::'ds' ")


def test_problems_of_one_file(shell: Shell) -> None:
    shell.write("a/two.yaml", "pipeline: two\n")
    shell.write("b/three.yaml", "pipeline: three\n")
    assert shell("validate", "pipelines/one.yaml").code == 0
    two = shell("validate", "pipelines/a/two.yaml")
    assert (two.code, "a/two.yaml" in two.out, "b/three.yaml" in two.out) == (1, True, False)
    assert shell("validate", ".").out == shell("validate").out
    folder = shell("validate", "pipelines/b", "pipelines/one.yaml")
    assert (folder.code, "a/two.yaml" in folder.out, "b/three.yaml" in folder.out) == (1, False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("valdate",), "there is no command 'valdate'; did you mean 'validate'?"),
        (("validate", "--formt", "json"), "unknown argument --formt"),
        (("validate", "--format", "xml"), "invalid choice: 'xml'"),
        (("validate", "pipelines/none.yaml"), "there is no file or folder pipelines/none.yaml"),
        (("validate", "--pipelines", "nowhere"), "nowhere is no folder"),
        (("generate", "--dags", "pipelines/one.yaml"), "pipelines/one.yaml"),
        (("rule", "S299"), "there is no code 'S299'; `pipelines rule` lists them"),
        (("explain", "on"), "there is no pipeline 'on'; did you mean 'one'?"),
    ],
)
def test_wrong_use(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    done = shell(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_elsewhere_is_not_found_to_be_fine(shell: Shell) -> None:
    (shell.folder / "elsewhere.yaml").write_text("pipeline: broken\n")
    done = shell("validate", "elsewhere.yaml")
    assert (done.code, done.out) == (2, "")
    assert "elsewhere.yaml is not in the pipelines folder" in done.err


def test_outside_of_a_project(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    shutil.rmtree(tmp_path / "pipelines")
    monkeypatch.chdir(empty)
    done = shell("validate")
    assert done.code == 2
    assert "no project.yaml" in done.err


def test_from_inside_of_the_folder(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("flights/two.yaml", "pipeline: two\n")
    monkeypatch.chdir(shell.folder / "pipelines" / "flights")
    assert "flights/two.yaml:1:1: S203" in shell("validate").out


def test_a_bug_of_ours(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(project, "load_workspace", broken)
    done = shell("validate")
    assert done.code == 3
    assert "ZeroDivisionError" in done.err
    assert "this is a bug in the generator, not in your pipelines" in done.err


def test_interrupted(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(project, "load_workspace", interrupted)
    assert shell("validate").code == 130


@pytest.mark.parametrize("command", ["", *cli.COMMANDS])
def test_help(shell: Shell, command: str) -> None:
    done = shell(*([command] if command else []), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: pipelines {command}".rstrip())
    assert max(map(len, done.out.splitlines())) <= 120


def test_version(shell: Shell) -> None:
    done = shell("--version")
    assert (done.code, done.out.split()[0]) == (0, "pipelines")


def test_explain(shell: Shell) -> None:
    shell.write(
        "two.yaml",
        """\
pipeline: two
schedule: "@daily"
start_date: 2013-01-01
tables:
  public.t: {columns: {id: {type: integer}}}
tasks:
  tidy: {template: redshift.maintain, tables: [public.t], report_encodings: true, depends_on: [wait]}
  wait: {template: s3.wait, key: "s3://lake/{{ run_date }}.csv"}
""",
    )
    done = shell("explain", "two")
    assert (done.code, done.err) == (0, "")
    shown = done.out.splitlines()
    assert shown[:3] == ["two", "  file      two.yaml", "  schedule  @daily (UTC) since 2013-01-01"]
    assert shown.index("      s3://lake/{{ run_date }}.csv") < shown.index("tidy (redshift.maintain, after wait)")
    assert "      table: public.t" in shown
    assert '      VACUUM FULL "public"."t"' in shown
    assert "VACUUM" not in shell("explain", "two", "--no-sql").out


def test_rule(shell: Shell) -> None:
    listed = shell("rule")
    assert (listed.code, listed.err) == (0, "")
    assert "  S201  A key is unknown." in listed.out.splitlines()
    explained = shell("rule", "s201")
    assert explained.out.startswith("S201: A key is unknown.\n")
    assert "This fails:\n    pipeline: example\n" in explained.out
    assert "This passes:\n    pipeline: example\n" in explained.out


@pytest.mark.parametrize("code", ["Y103", "Y104", "Y108", "R304", "P601"])
def test_rule_with_several_or_special_files(shell: Shell, code: str) -> None:
    done = shell("rule", code)
    assert done.code == 0
    assert len(done.out.splitlines()) < 60


def test_generate(shell: Shell) -> None:
    first = shell("generate")
    assert (first.code, first.out) == (
        0,
        "created: dags/one.py\ncreated: dags/one.yaml\ncreated: dags/project.yaml\n",
    )
    written = shell.compiled()
    assert list(written) == ["one.py", "one.yaml", "project.yaml"]
    second = shell("generate")
    assert (second.code, second.out) == (0, "")
    assert "dags is up to date" in second.err
    assert shell.compiled() == written


def test_generate_check(shell: Shell) -> None:
    before = shell("generate", "--check")
    assert before.code == 1
    assert before.out.startswith("out of date: dags/one.py\n")
    assert shell.compiled() == {}
    shell("generate")
    assert shell("generate", "--check").code == 0
    shell.write("one.yaml", GOOD.format(name="one").replace("ANALYZE", "VACUUM"))
    assert shell("generate", "--check").out == "out of date: dags/one.yaml\n"


def test_generate_removes_what_is_left_over_of_ours(shell: Shell) -> None:
    shell("generate")
    own = shell.folder / "dags" / "handwritten.py"
    own.write_text("# not compiled by anybody\n")
    (shell.folder / "pipelines" / "one.yaml").unlink()
    shell.write("two.yaml", GOOD.format(name="two"))
    done = shell("generate")
    assert {"removed: dags/one.py", "removed: dags/one.yaml"} < set(done.out.splitlines())
    assert list(shell.compiled()) == ["handwritten.py", "project.yaml", "two.py", "two.yaml"]


def test_a_broken_pipeline_keeps_its_compiled_files(shell: Shell) -> None:
    shell.write("two.yaml", GOOD.format(name="two"))
    shell("generate")
    before = shell.compiled()
    shell.write("one.yaml", "pipeline: one\nschedule: null\ntasks: [\n")
    shell.write("two.yaml", GOOD.format(name="two").replace("ANALYZE", "VACUUM"))
    done = shell("generate")
    after = shell.compiled()
    assert done.code == 1
    assert "changed: dags/two.yaml" in done.out
    assert (after["one.yaml"], after["one.py"]) == (before["one.yaml"], before["one.py"])
    assert after["two.yaml"] != before["two.yaml"]


def test_a_broken_project_changes_nothing(shell: Shell) -> None:
    shell("generate")
    before = shell.compiled()
    shell.write("project.yaml", "project: broken\n")
    assert shell("generate").code == 1
    assert shell.compiled() == before


def folders_of(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*")):
        yield file.name, file.read_bytes()


def test_the_same_bytes_whatever_the_order_of_sets(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "pipelines", tmp_path / "pipelines")
    shutil.copytree(CASES / "bad" / "pipelines_in_a_circle", tmp_path / "pipelines" / "circle")
    made = []
    for seed in ("0", "1", "2"):
        shutil.rmtree(tmp_path / "dags", ignore_errors=True)
        done = program("generate", folder=tmp_path, PYTHONHASHSEED=seed)
        made.append((done.returncode, done.stdout, list(folders_of(tmp_path / "dags"))))
    assert made[0][0] == 1
    assert made[0][2]
    assert made[0] == made[1] == made[2]


def test_a_terminal_without_the_letters(tmp_path: Path) -> None:
    shutil.copy(CASES / "project.yaml", tmp_path)
    (tmp_path / "flüge.yaml").write_text("pipeline: flüge\n", encoding="utf-8")
    done = program("validate", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert r"fl\xfcge.yaml:1:1: S203" in done.stdout


def test_a_reader_that_stops_reading(tmp_path: Path) -> None:
    for name in ("project.yaml", "a.yaml"):
        (tmp_path / name).write_text("{}\n")
    command = f"{sys.executable} -m generator.cli validate | true"
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
