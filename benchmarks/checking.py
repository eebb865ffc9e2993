"""`pipelines validate` and `pipelines generate` as whole processes, over many files and over one."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from benchmarks import measure, workload
from benchmarks.measure import Comparison, NotMeasuredError, Report, Run

_SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "pipeline.schema.json"
_GOAL_SCHEMA = 0.5
_GOAL_START = 3.0


def compare_schema(scratch: Path, pipelines: int, rounds: int) -> Report:
    """All checks of ours against check-jsonschema with the same schema, on the same files."""
    if not _SCHEMA.is_file():
        raise NotMeasuredError(f"there is no {_SCHEMA.name}; make it with `python -m generator.reference`")
    files = workload.write(scratch / "pipelines", pipelines, workload.MIXED)
    peer: list[str | Path] = [measure.program("check-jsonschema"), "--schemafile", _SCHEMA, *files]
    what = f"{pipelines} pipelines"
    ours, schema = measure.in_turns(
        {
            "`pipelines validate`": functools.partial(_run, scratch, measure.program("pipelines"), "validate"),
            "`check-jsonschema`": functools.partial(_run, scratch, *peer),
        },
        rounds,
        what,
    )
    return Report(
        (Comparison(f"{what}: `pipelines validate` / `check-jsonschema`", ours, schema, _GOAL_SCHEMA),), (ours, schema)
    )


def compare_start(scratch: Path, rounds: int) -> Report:
    """Checking one file, as an editor or a commit does, against the start of Python and two libraries alone."""
    (file,) = workload.write(scratch / "pipelines", 1, workload.MIXED)
    what = "one pipeline"
    ours, imports = measure.in_turns(
        {
            "`pipelines validate FILE`": functools.partial(
                _run, scratch, measure.program("pipelines"), "validate", file
            ),
            "`import yaml, jsonschema`": functools.partial(
                _run, scratch, sys.executable, "-c", "import yaml, jsonschema"
            ),
        },
        rounds,
        what,
    )
    return Report(
        (Comparison("`pipelines validate FILE` / `python -c 'import yaml, jsonschema'`", ours, imports, _GOAL_START),),
        (ours, imports),
    )


def time_generate(scratch: Path, pipelines: int, rounds: int) -> Report:
    """Compiling where everything is compiled already, as pre-commit and CI do."""
    workload.write(scratch / "pipelines", pipelines, workload.MIXED)
    generate = functools.partial(_run, scratch, measure.program("pipelines"), "generate")
    first = measure.Figure(f"{pipelines} pipelines, `pipelines generate`, first run", (generate(),))
    name = "`pipelines generate`, nothing changed"
    return Report(figures=(first, *measure.in_turns({name: generate}, rounds, f"{pipelines} pipelines")))


def _run(scratch: Path, *command: str | Path) -> Run:
    return measure.run(command, folder=scratch, log=scratch / "output.log")
