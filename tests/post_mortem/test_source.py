"""What changed in a pipeline's file between two runs, as a git repository tells it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from generator.post_mortem import source
from generator.post_mortem.records import Run
from tests.checkout import commit, git

PIPELINE = "pipeline: load\ntimezone: {zone}\ntasks:\n  sum_up: {{template: redshift.sql, sql_file: sum_up.sql}}\n"
BARE = Run(
    "a", None, None, "failed", None, None, None, None, None, None, None, git_commit=None, file_hash=None, url=None,
    rows=None, failed_tasks=0, retries=0,
)  # fmt: skip


def run(commit: str | None, file_hash: str | None) -> Run:
    return dataclasses.replace(BARE, git_commit=commit, file_hash=file_hash)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "pipelines" / "sales"
    folder.mkdir(parents=True)
    (tmp_path / "dags").mkdir()
    (folder / "load.yaml").write_text(PIPELINE.format(zone="UTC"))
    (folder / "sum_up.sql").write_text("SELECT 1\n")
    (tmp_path / "dags" / "load.yaml").write_text("retries: 1\n")
    commit(tmp_path)
    return tmp_path


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def changed(folder: Path, **files: str) -> str:
    """Commit files; the new commit."""
    for name, text in files.items():
        path = folder / {"yaml": "pipelines/sales/load.yaml", "sql": "pipelines/sales/sum_up.sql"}.get(name, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=tests", "-c", "user.email=tests@example.com", "commit", "--quiet", "--message=more")
    return head(folder)


def told(folder: Path, bad: Run, good: Run | None) -> source.Change:
    return source.change(source.find(folder / "pipelines", "load"), bad, good)


def test_the_diff_of_the_file_and_of_its_sql(repository: Path) -> None:
    before = head(repository)
    after = changed(repository, yaml=PIPELINE.format(zone="Europe/Zurich"), sql="SELECT 2\n")
    change = told(repository, run(after, "b"), run(before, "a"))
    assert change.told == f"changed since the last good run, commits {before[:12]} → {after[:12]}:"
    lines = [line for line in change.diff if line.startswith(("-", "+"))]
    assert lines == [
        "--- a/pipelines/sales/load.yaml",
        "+++ b/pipelines/sales/load.yaml",
        "-timezone: UTC",
        "+timezone: Europe/Zurich",
        "--- a/pipelines/sales/sum_up.sql",
        "+++ b/pipelines/sales/sum_up.sql",
        "-SELECT 1",
        "+SELECT 2",
    ]


def test_a_file_that_was_moved(repository: Path) -> None:
    before = head(repository)
    after = changed(repository, yaml=PIPELINE.format(zone="Europe/Zurich"))
    git(repository, "mv", "pipelines/sales", "pipelines/shop")
    assert "+timezone: Europe/Zurich" in told(repository, run(after, "b"), run(before, "a")).diff


def test_what_it_compiles_to(repository: Path) -> None:
    before = head(repository)
    after = changed(repository, **{"dags/load.yaml": "retries: 2\n"})
    change = told(repository, run(after, "b"), run(before, "a"))
    assert change.told.startswith("the same, but what it compiles to changed, commits ")
    assert change.diff[-1] == "+retries: 2"


@pytest.mark.parametrize(
    ("bad", "good", "expected"),
    [
        (("{after}", "b"), ("{before}", "a"), "changed since the last good run, but not by the commits "),
        (("{after}", None), ("{before}", None), "the same as in the last good run; the commits "),
        (("{after}", "a"), ("{before}", "a"), "the same as in the last good run"),
        (("{after}", "b"), ("{after}", "a"), "changed since the last good run, but not by a commit: compiled a → b"),
        (("{after}", None), ("{after}", "a"), "the same commit as in the last good run"),
        (("{after}", "b"), (None, "a"), "changed since the last good run: compiled a → b"),
        ((None, "b"), (None, None), "changed since the last good run: compiled unknown → b"),
        (("f" * 40, "b"), ("{before}", "a"), "this repository does not have both commits; see git diff "),
        (("--output=x", "b"), ("{before}", "a"), "this repository does not have both commits"),
        ((None, None), ("{before}", "a"), "its version is not logged"),
        (("{after}", "b"), None, "no good run before this one is logged"),
    ],
)
def test_without_a_diff(
    bad: tuple[str | None, str | None], good: tuple[str | None, str | None] | None, expected: str, repository: Path
) -> None:
    commits = {"before": head(repository), "after": changed(repository, other="text")}
    runs = [
        run(version[0] and version[0].format(**commits), version[1]) if version else None for version in (bad, good)
    ]
    assert runs[0] is not None
    change = told(repository, runs[0], runs[1])
    assert (change.told[: len(expected)], change.diff) == (expected, ())
    assert not (repository / "x").exists()


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipelines").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert told(tmp_path, run("a" * 40, "b"), run("b" * 40, "a")).told.startswith("this repository does not have both")


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("timezone: Europe/Zurich\n", "Europe/Zurich"),
        ("timezone: Nowhere/At_All\n", "UTC"),
        ("timezone: ../../etc/passwd\n", "UTC"),
        ("timezone: [1]\n", "UTC"),
        ("tasks: [1]\n", "UTC"),
        ("tasks: {a: {sql_file: ../../x.sql}}\n", "UTC"),
        ("a: [\n", "UTC"),
    ],
)
def test_the_timezone_of_a_file_that_may_be_broken(text: str, zone: str, tmp_path: Path) -> None:
    (tmp_path / "load.yaml").write_text(text)
    found = source.find(tmp_path, "load")
    assert (str(found.zone), found.timezone, found.sql_files) == (zone, zone, ())
