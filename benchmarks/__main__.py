"""Measure times and memory against peers, print the tables, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import checking, checks, clients, construction, dag_processor, models, report, sandbox
from benchmarks.measure import NotMeasuredError, Report

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Sizes:
    """How much is measured. ``repetitions`` are for what takes milliseconds, ``statements`` for each client."""

    dags: int
    files: int
    rounds: int
    repetitions: int
    rows: int
    checked_rows: int
    statements: int
    predicted_rows: int


FULL = Sizes(
    dags=200,
    files=1000,
    rounds=5,
    repetitions=400,
    rows=1_000_000,
    checked_rows=300_000,
    statements=1000,
    predicted_rows=5_000_000,
)
QUICK = Sizes(
    dags=5, files=10, rounds=1, repetitions=10, rows=1000, checked_rows=1000, statements=20, predicted_rows=2000
)

_BENCHMARKS: dict[str, Callable[[Path, Sizes], Report]] = {
    "dag-processor": lambda scratch, sizes: dag_processor.compare(scratch, sizes.dags, sizes.rounds),
    "no-byte-code": lambda scratch, sizes: dag_processor.compare_without_byte_code(
        scratch, sizes.dags, max(1, sizes.rounds // 2)
    ),
    "build": lambda scratch, sizes: construction.compare(scratch, sizes.repetitions),
    "validate": lambda scratch, sizes: checking.compare_schema(scratch, sizes.files, sizes.rounds),
    "start": lambda scratch, sizes: checking.compare_start(scratch, 3 * sizes.rounds),
    "generate": lambda scratch, sizes: checking.time_generate(scratch, sizes.files, sizes.rounds),
    "sandbox": lambda scratch, sizes: sandbox.compare_statements(scratch, sizes.repetitions // 4),
    "checks": lambda scratch, sizes: checks.compare(scratch, sizes.checked_rows, sizes.repetitions // 10),
    "copy": lambda scratch, sizes: sandbox.compare_copy(scratch, sizes.rows, sizes.rounds),
    "clients": lambda _, sizes: clients.load(8, sizes.statements),
    "ml": lambda scratch, sizes: models.compare_predict(scratch, sizes.predicted_rows, sizes.rounds),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmarks that are asked for. A goal that is missed is a line of the report, never a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether all works, not how fast it is")
    parser.add_argument("--only", choices=_BENCHMARKS, action="append", metavar="NAME", help=", ".join(_BENCHMARKS))
    parser.add_argument("--output", type=Path, help="the page (default: docs/benchmarks.md for a full run of all)")
    chosen = parser.parse_args(argv)
    reports: list[Report] = []
    failures: dict[str, str] = {}
    for name in chosen.only or _BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        try:
            with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
                reports.append(_BENCHMARKS[name](Path(scratch), QUICK if chosen.quick else FULL))
        except NotMeasuredError as error:
            failures[name] = str(error)
    results = report.tables(reports, failures)
    sys.stdout.write(results)
    output: Path | None = chosen.output
    if output is None and not chosen.quick and not chosen.only:
        output = _PAGE
    if output is not None:
        output.write_text(report.page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
