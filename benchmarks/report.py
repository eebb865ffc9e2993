"""The benchmarks' results as text: a page of documentation, whose tables are also what a run prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks import machine
from benchmarks.measure import Comparison, Figure, Report

_MS_BELOW_SECONDS = 1.0

_HEAD = """\
# Benchmarks

Written by `make bench`; run it again instead of editing this page.

Ratios are our time over the peer's. Both are measured in turns (ours, peer, peer, ours, …) on the same machine in one
run, so that whatever else the machine does meets both; the ratio is the median of the pairs, and the range is from the
smallest to the largest pair. CPU time counts all processes, and waiting for a core is not in it. Peak memory is that of
the largest process.

"""

_METHOD = """\

## What is compared

- **`airflow dag-processor -n 1`** parses every DAG file once: with a fresh database, two parsing processes, and a local
  bundle. A run counts only if all DAGs are in the database afterwards and there is no import error. The three folders
  hold the same DAGs of eight stock operators with the same arguments: what `pipelines generate` compiled; Python as a
  person writes it, with the values of the environment in it; and dag-factory's configuration with a Python file per
  DAG that calls its `load_yaml_dags(config_filepath=…)`. Telemetry of dag-factory is off. Byte code is at hand, as it
  is from the second time on that Airflow looks at a file.
- **Without byte code** is the same for images that are built with `PYTHONDONTWRITEBYTECODE` or by an installer that
  compiles nothing: there each parse compiles again what Airflow did not import before it forked.
- **A warm process** executes the two Python files of one DAG again and again, everything imported.
- **`pipelines validate`** does all its checks (schema, rules, Jinja, SQL), `check-jsonschema` those of the same schema
  alone, on the same files.
- **One file**: what an editor or a commit waits for, against the start of Python and the two libraries that any
  validator of YAML needs.
- **Statements in the sandbox** are timed from the call of the API to the rows in the client's hands (three calls over
  HTTP at least), against the same SQL in plain DuckDB on the same rows; 15 ms are allowed for the calls.
- **20 checks** are compiled to one SELECT and judged from its row; the peer is one SELECT with the same twenty counts
  as most people write them, in the same sandbox. It counts only if both find the same.
- **COPY in the sandbox** reads a gzipped file from S3 into a table, DuckDB the same file from disk.
- **Clients of the sandbox** run statements at once: reads, writes, batches and cancellations in tables of their own and
  in shared ones. It counts only if at the end no write is lost and no row wrong. The memory is that of the sandbox
  after a quarter of the statements, and at the end.
- **Predictions** are those of a gradient boosting model of 100 trees for rows in four Parquet files: the job that
  ml.predict runs, against a script by hand that loads the same model, reads batches of as many rows and writes keys,
  predictions and probabilities. It counts only if both predict the same to the last bit. The job also checks the
  model's files and the rows, and its time is that of its whole process. Twice as many rows show whether memory grows.
- **`pipelines generate`** where nothing has changed: what pre-commit and CI wait for.

The pipelines are made by `benchmarks/workload.py`: eight tasks, two tables of eight to twelve columns, and SQL of five
to fifteen lines each. `python -m benchmarks --only NAME` runs one benchmark, `--quick` runs all on small sizes; neither
writes this page.
"""


def tables(reports: Iterable[Report], failures: Mapping[str, str]) -> str:
    """Ratios with their goals, what could not be measured, and the plain figures."""
    made = list(reports)
    comparisons = [comparison for report in made for comparison in report.comparisons]
    figures = [figure for report in made for figure in report.figures]
    parts = []
    if comparisons:
        parts.append(
            _table(("ratio of times", "goal", "median", "range", "CPU time", "goal met"), _ratios(comparisons))
        )
    parts.extend(f"**Not measured: {name}.** {reason}\n" for name, reason in failures.items())
    if figures:
        head = ("figures", "median", "range", "CPU time", "peak memory", "runs")
        parts.append(_table(head, _figures(figures)))
    return "\n".join(parts)


def page(results: str) -> str:
    """The whole page of documentation."""
    packages = ", ".join(f"{name} {number}" for name, number in machine.versions().items())
    where = f"\n## Measured on\n\n- {machine.machine()}; load at the end: {machine.load()}\n- {packages}\n"
    return _HEAD + results + _METHOD + where


def _ratios(comparisons: Iterable[Comparison]) -> Iterator[tuple[str, ...]]:
    for each in comparisons:
        yield (
            f"{each.what}, less {each.allowance * 1000:.0f} ms" if each.allowance else each.what,
            f"≤ {each.goal:.2f}",
            f"**{each.ratio:.2f}**",
            f"{min(each.ratios):.2f}–{max(each.ratios):.2f}",
            "" if each.cpu_ratio is None else f"{each.cpu_ratio:.2f}",
            "yes" if each.met else "**no**",
        )


def _figures(figures: Iterable[Figure]) -> Iterator[tuple[str, ...]]:
    for each in figures:
        seconds = [run.seconds for run in each.runs]
        yield (
            each.name,
            _time(each.seconds),
            f"{_time(min(seconds))}–{_time(max(seconds))}",
            "" if each.cpu_seconds is None else _time(each.cpu_seconds),
            "" if each.peak_mib is None else f"{each.peak_mib:.0f} MiB",
            str(len(seconds)),
        )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < _MS_BELOW_SECONDS else f"{seconds:.1f} s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
