"""`pipelines validate` and `pipelines generate` as whole processes, over many files and over one."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import measure, workload
from benchmarks.measure import Comparison, Figure, NotMeasuredError, Report, Run

_SCHEMA = Path(__file__).resolve().parents[1] / "schemas" / "pipeline.schema.json"
_GOAL_SCHEMA = 0.5
_GOAL_START = 3.0


def compare_schema(scratch: Path, pipelines: int, rounds: int) -> Report:
    """All checks of ours against check-jsonschema with the same schema, on the same files."""
    if not _SCHEMA.is_file():
        raise NotMeasuredError(f"there is no {_SCHEMA.name}; make it with `python -m generator.reference`")
    files = workload.write(scratch / "pipelines", pipelines, workload.MIXED)
    programs = {
        "`pipelines validate`": _program(scratch, measure.program("pipelines"), "validate"),
        "`check-jsonschema`": _program(scratch, measure.program("check-jsonschema"), "--schemafile", _SCHEMA, *files),
    }
    what = f"{pipelines} pipelines"
    ours, schema = _measured(programs, rounds, what)
    comparison = Comparison(f"{what}: `pipelines validate` / `check-jsonschema`", ours, schema, _GOAL_SCHEMA)
    return Report((comparison,), (ours, schema))


def compare_start(scratch: Path, rounds: int) -> Report:
    """Checking one file, as an editor or a commit does, against the start of Python and two libraries alone."""
    (file,) = workload.write(scratch / "pipelines", 1, workload.MIXED)
    programs = {
        "`pipelines validate FILE`": _program(scratch, measure.program("pipelines"), "validate", file),
        "`import yaml, jsonschema`": _program(scratch, sys.executable, "-c", "import yaml, jsonschema"),
    }
    ours, imports = _measured(programs, rounds, "one pipeline")
    what = "`pipelines validate FILE` / `python -c 'import yaml, jsonschema'`"
    return Report((Comparison(what, ours, imports, _GOAL_START),), (ours, imports))


def time_generate(scratch: Path, pipelines: int, rounds: int) -> Report:
    """Compiling where everything is compiled already, as pre-commit and CI do."""
    workload.write(scratch / "pipelines", pipelines, workload.MIXED)
    generate = _program(scratch, measure.program("pipelines"), "generate")
    name = "`pipelines generate`, nothing changed"
    return Report(figures=tuple(_measured({name: generate}, rounds, f"{pipelines} pipelines")))


def _measured(programs: Mapping[str, Callable[[], Run]], rounds: int, what: str) -> list[Figure]:
    for program in programs.values():
        program()  # byte code is made, and files are in memory
    return measure.in_turns(programs, rounds, what)


def _program(scratch: Path, *command: str | Path) -> Callable[[], Run]:
    log, variables = scratch / "output.log", measure.environment(scratch)
    return functools.partial(measure.run, command, folder=scratch, log=log, variables=variables)
