"""What the sandbox does of AWS's SQL, construct by construct: `reference/` holds the lists and their examples.

`python -m tests.sandbox.coverage` prints the figures and writes docs/sandbox.md; `--check` fails where that page is
not up to date. tests/sandbox/test_reference.py runs all examples, so that the page says nothing untested.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "reference"
PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
ENGINES = {"redshift": "Amazon Redshift", "athena": "Amazon Athena"}
STATES = ("faithful", "difference", "refused")
_KEYS = {"name", "page", "cases", "refused", "difference", "setup", "remark"}
_CASE_KEYS = {"sql", "setup", "rows", "error", "ordered"}


@dataclass(frozen=True)
class Entry:
    """A function or construct of AWS's reference, with examples of what the sandbox does of it.

    cases: statements with the rows or the error that AWS's documentation gives.
    refused: statements of it that the sandbox refuses, with a message that says so.
    difference: the known small difference, as the sandbox logs it; empty where it is faithful.
    """

    engine: str
    section: str
    name: str
    page: str
    cases: tuple[dict[str, Any], ...]
    refused: tuple[str, ...]
    difference: str
    setup: tuple[str, ...]
    remark: str

    @property
    def state(self) -> str:
        if self.difference:
            return "difference"
        return "faithful" if self.cases else "refused"


@dataclass(frozen=True)
class Section:
    """A page of AWS's reference. `counted`: whether it is part of the figures (administration is not)."""

    title: str
    page: str
    entries: tuple[Entry, ...]
    counted: bool


def sections(engine: str) -> list[Section]:
    """All sections of an engine ("redshift" or "athena"), in the order of their files' names."""
    return [_section(engine, path) for path in sorted((FOLDER / engine).glob("*.yaml"))]


def entries(engine: str) -> Iterator[Entry]:
    for section in sections(engine):
        yield from section.entries


def _section(engine: str, path: Path) -> Section:
    data = yaml.safe_load(path.read_text())
    base = data["page"].rpartition("/")[0]
    found = tuple(_entry(engine, path.stem, base, raw) for raw in data["entries"])
    return Section(data["section"], data["page"], found, data.get("counted", True))


def _entry(engine: str, section: str, base: str, raw: dict[str, Any]) -> Entry:
    cases, refused = tuple(raw.get("cases", ())), raw.get("refused", ())
    unknown = set(raw) - _KEYS | {key for case in cases for key in set(case) - _CASE_KEYS}
    if unknown:
        raise ValueError(f"{engine}/{section}: {raw['name']}: unknown {unknown}")
    page = raw.get("page", "")
    return Entry(
        engine,
        section,
        str(raw["name"]),
        page if not page or "://" in page else f"{base}/{page}",
        cases,
        (refused,) if isinstance(refused, str) else tuple(refused),
        raw.get("difference", ""),
        tuple(raw.get("setup", ())),
        raw.get("remark", ""),
    )


def count(engine: str) -> Counter[str]:
    """How many of the counted entries are in which state."""
    return Counter(entry.state for section in sections(engine) if section.counted for entry in section.entries)


def render() -> str:
    """The text of docs/sandbox.md's generated page."""
    parts = [_INTRODUCTION]
    for engine, title in ENGINES.items():
        figures = count(engine)
        total = figures.total()
        parts.append(f"\n## {title}\n")
        parts.append(
            f"Of {total} functions and constructs {figures['faithful']} ({figures['faithful'] / total:.0%}) run "
            f"faithfully, {figures['difference']} with a known small difference; {figures['refused']} are refused.\n"
        )
        parts += map(_rendered, sections(engine))
    parts.append(_SAGEMAKER)
    return "\n".join(parts).rstrip() + "\n"


def _rendered(section: Section) -> str:
    lines = [f"### [{section.title}]({section.page})", ""]
    if not section.counted:
        lines += ["Not counted above: administration, which pipelines have no part in.", ""]
    lines += ["| | faithful | refused | remark |", "|---|---|---|---|"]
    for entry in section.entries:
        name = f"`{_cell(entry.name)}`"
        name = f"[{name}]({entry.page})" if entry.page else name
        marks = {
            "faithful": "yes | |",
            "difference": "with a difference | |",
            "refused": "| yes |",
        }[entry.state]
        remark = " ".join(part for part in (entry.difference, entry.remark) if part)
        if entry.state != "refused" and entry.refused:
            remark = f"{remark} Refused: {', '.join(f'`{_cell(sql)}`' for sql in entry.refused)}".strip()
        lines.append(f"| {name} | {marks} {_cell(remark)} |")
    return "\n".join((*lines, ""))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


_INTRODUCTION = """\
# What the sandbox does of AWS's SQL

`pipelines sandbox`, `pipelines up` and `pipelines test` run Redshift's and Athena's SQL on DuckDB. What runs there
gives AWS's result; what can't is refused, with a message that begins *the sandbox can't run this*. Where a result
may differ a little, each statement concerned logs a warning *known difference from AWS*, and this page says what
differs. Every line below is proved by examples whose results are those of AWS's or Trino's documentation, in
[tests/sandbox/reference](../tests/sandbox/reference); this page is made from them.

What the sandbox can't tell from a statement, it does not log:

- Permissions are not checked: every user may do everything, and every role may read and write every bucket.
- Nothing is slow: there are no queues, limits of concurrency, slices or costs. An endless recursion runs until it is
  cancelled, where AWS ends it.
- Redshift: GROUP BY, DISTINCT and COUNT(DISTINCT …) tell VARCHAR values apart that differ in trailing blanks alone;
  INSERT … SELECT of a value that only trailing blanks make too long is an error, where Redshift cuts them; ALTER
  SORTKEY does not choose encodings anew.
- Redshift: division of numbers and casts of columns cut surplus digits, as AWS's examples do; its prose does not say.
- Athena: the table definitions of all regions are one catalog.

[SageMaker's jobs](#amazon-sagemaker) run as well: see the end of this page."""

_SAGEMAKER = """\
## Amazon SageMaker

Training and processing jobs run as processes of this machine (CreateTrainingJob, CreateProcessingJob, and Describe,
Stop and List of both); the tests are in [tests/sandbox/sagemaker](../tests/sandbox/sagemaker). All else of SageMaker is
moto's, which runs nothing.

- Requests are checked by the API's own limits, refused in AWS's words, and what the sandbox can't do (pipe mode,
  manifests, checkpoints, spot instances, built-in algorithms …) is refused with *the sandbox can't run this*.
- Input comes from S3 and output goes there: channels under `/opt/ml/input/data`, `model.tar.gz` and `output.tar.gz`;
  for processing the folders under `/opt/ml/processing`, also shared among instances by key. Each instance is a
  process.
- Script mode is the training toolkit's: `sagemaker_program` and `sagemaker_submit_directory`, hyperparameters as
  arguments, the variables `SM_…`, the files in `/opt/ml/input/config`.
- Status, secondary status, FailureReason with the exit code, ExitMessage, StopTrainingJob with SIGTERM and SIGKILL
  after 120 seconds, and MaxRuntimeInSeconds are SageMaker's; what jobs print is in CloudWatch Logs.

What differs:

- The image is played by the sandbox's own Python, whatever the request says. Packages of a `requirements.txt` must be
  installed already: nothing is downloaded.
- `/opt/ml` is a folder of the job's own, and stands in its place in arguments, variables and configuration files; a
  program that has the path in its own text does not find it. `SAGEMAKER_BASE_DIR` is that folder.
- There are no instances to wait for, and no limits of theirs: a job has the machine's memory and processors, and the
  instance type is only looked at for its name. Roles are not assumed, and networks not entered.
- A job that fails leaves nothing in S3.
"""


def _print_figures() -> None:
    table = Table("", *STATES, "total", "faithful of all", "faithful or refused of all")
    for engine, title in ENGINES.items():
        figures = count(engine)
        total = figures.total()
        honest = figures["faithful"] + figures["refused"]
        shares = (f"{figures['faithful'] / total:.1%}", f"{honest / total:.1%}")
        table.add_row(title, *(str(figures[state]) for state in STATES), str(total), *shares)
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.coverage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the page is out of date")
    check = parser.parse_args().check
    text = render()
    if check and (not PAGE.exists() or PAGE.read_text() != text):
        print("docs/sandbox.md is out of date: run `make docs`", file=sys.stderr)
        return 1
    if not check:
        PAGE.write_text(text)
        _print_figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
