"""Run the pipelines' tests: what is given goes into a local AWS that is empty before each test, the pipeline's compiled
tasks run as `pipelines run` runs them, and the tables are compared with what is expected.

Tests of flights_load.yaml stand beside it in flights_load.test.yaml. No AWS account is reached.

  pipelines test
  pipelines test flights_load -k correction
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.commands import usage

if TYPE_CHECKING:
    from generator.project import Workspace
    from generator.scenario import Scenario, Suite
    from generator.testing.session import Outcome

    Chosen = list[tuple[Suite, Scenario]]

_WIDTH_IN_FILES = 200
_NEEDED = ("airflow", "dagfactory", "moto", "duckdb", "s3fs", "junitparser")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="pipelines (default: all that have tests)")
    parser.add_argument("-k", dest="text", default="", metavar="TEXT", help="only tests with this text in their name")
    parser.add_argument("--list", action="store_true", help="show the tests, and run none")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML, too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how results are shown")
    parser.add_argument("--verbose", action="store_true", help="show Airflow's log, too")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    root = usage.find_root(arguments.pipelines)
    workspace = usage.load(root, with_tests=True)
    broken = _problems(workspace, arguments.names)
    chosen = _chosen(workspace, arguments.names, arguments.text, broken)
    if arguments.list:
        for suite, scenario in chosen:
            sys.stdout.write(f"{suite.pipeline}: {scenario.name}\n")
        return int(broken)
    outcomes = _run(arguments, workspace, chosen) if chosen else []
    if arguments.junit is not None:
        _write_junit(outcomes, arguments.junit)
    if arguments.format == "json":
        sys.stdout.write(json.dumps([_as_json(outcome) for outcome in outcomes], indent=2, ensure_ascii=False) + "\n")
    failed = sum(outcome.status != "passed" for outcome in outcomes)
    _summarize(outcomes, failed, arguments.verbose)
    return int(broken or failed > 0)


def _problems(workspace: Workspace, names: Sequence[str]) -> bool:
    """Show what keeps the wanted pipelines' tests from running; whether there is something."""
    from generator.problems import errors, render

    wanted = [
        problem
        for problem in errors(workspace.problems)
        if not names or Path(problem.span.file).name.split(".")[0] in {*names, "project"}
    ]
    if wanted:
        sys.stderr.write(render(wanted, "text", workspace.read_lines) + "\n")
    return bool(wanted)


def _chosen(workspace: Workspace, names: Sequence[str], text: str, broken: bool) -> Chosen:
    """The tests of the pipelines of those names, with that text in their name."""
    tested = {suite.pipeline: suite for suite in workspace.suites}
    for name in names:
        if name not in tested and name not in workspace.broken and not broken:
            usage.the_pipeline(workspace, name)  # tells of a name that there is not
            raise usage.UsageError(f"the pipeline '{name}' has no tests; write {name}.test.yaml beside it")
    suites = [suite for suite in workspace.suites if not names or suite.pipeline in names]
    chosen = [(suite, each) for suite in suites for each in suite.scenarios if text.lower() in each.name.lower()]
    if not chosen and not broken:
        raise usage.UsageError(f"no test has '{text}' in its name" if suites else "no pipeline has tests")
    return chosen


def _run(arguments: argparse.Namespace, workspace: Workspace, chosen: Chosen) -> list[Outcome]:
    environment = usage.environment(arguments.env, workspace.root)
    usage.require(_NEEDED, "airflow,sandbox")
    from generator.testing import session

    count = len(chosen)
    sys.stderr.write(f"{count} test{'s' * (count != 1)}; starting a local AWS and Airflow …\n")
    outcomes = session.run(workspace, chosen, environment, arguments.verbose)
    return list(outcomes if arguments.format == "json" else _shown(outcomes))


def _shown(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    """The outcomes, each printed as it comes."""
    from rich.console import Console
    from rich.padding import Padding

    from generator.testing import report

    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_IN_FILES)
    for outcome in outcomes:
        console.print(report.line(outcome), soft_wrap=True)
        for part in report.details(outcome):
            console.print(Padding(part, (0, 0, 0, 4), expand=False))
        yield outcome


def _write_junit(outcomes: Sequence[Outcome], path: Path) -> None:
    from generator.testing import junit

    try:
        junit.write(outcomes, path)
    except OSError as error:
        raise usage.UsageError(f"{path} can't be written: {error.strerror}") from None


def _as_json(outcome: Outcome) -> dict[str, object]:
    from generator.testing import report

    return {
        "pipeline": outcome.suite.pipeline,
        "test": outcome.scenario.name,
        "file": outcome.suite.file,
        "line": outcome.scenario.line,
        "status": outcome.status,
        "seconds": round(outcome.seconds, 3),
        "task": outcome.task or None,
        "error": outcome.error or None,
        "differences": list(outcome.differences),
        "details": report.plain(outcome),
    }


def _summarize(outcomes: Sequence[Outcome], failed: int, verbose: bool) -> None:
    count, seconds = len(outcomes), sum(outcome.seconds for outcome in outcomes)
    sys.stderr.write(f"{count - failed} of {count} test{'s' * (count != 1)} passed in {seconds:.1f} s\n")
    first = next((outcome for outcome in outcomes if outcome.status != "passed"), None)
    if first is not None and not verbose:
        sys.stderr.write(f'to see more: pipelines test {first.suite.pipeline} -k "{first.scenario.name}" --verbose\n')
