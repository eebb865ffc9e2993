"""A training or prediction job as a process: `python -m generator.ml.job --job job.json --rows … --model … --output …`.

It ends with 0 and `result.json` in the output, or with 1 and one line of what was wrong: the last of standard error,
and in the file `failure` in the output, which is where SageMaker looks.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from generator.ml import limits
from generator.ml.errors import JobError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m generator.ml.job", description=__doc__)
    parser.add_argument("--job", type=Path, required=True, help="what to do: job.json")
    parser.add_argument("--rows", type=Path, required=True, help="a folder of Parquet files")
    parser.add_argument("--model", type=Path, required=True, help="the folder of the model: written, or read")
    parser.add_argument("--output", type=Path, required=True, help="a folder for the predictions and result.json")
    parser.add_argument("--memory-limit", type=int, metavar="BYTES", help="how much memory the job may use")
    chosen = parser.parse_args(argv)
    limits.settle()
    message = _failure(chosen)
    if not message:
        return 0
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "failure").write_text(message, encoding="utf-8")
    sys.stdout.flush()
    sys.stderr.write(f"{message}\n")
    return 1


def _failure(chosen: argparse.Namespace) -> str:
    """Run the job; what was wrong in a line, empty where nothing was."""
    try:
        if chosen.memory_limit:
            limits.limit_memory(chosen.memory_limit)
        _run(chosen)
    except JobError as error:
        return _line(error)
    except MemoryError as error:
        limit = f"{chosen.memory_limit / 2**20:,.0f} MiB" if chosen.memory_limit else "what the machine has"
        return f"out of memory: the job may use {limit} ({error}); give it more, or read fewer columns or rows"
    except Exception as error:  # noqa: BLE001 - the process ends, and says why
        traceback.print_exc()
        return f"{type(error).__name__}: {_line(error)}"
    return ""


def _line(message: object) -> str:
    return " ".join(str(message).split())


def _run(chosen: argparse.Namespace) -> None:
    from generator.ml import orders, predict, train

    chosen.output.mkdir(parents=True, exist_ok=True)
    for name in ("failure", "result.json"):
        (chosen.output / name).unlink(missing_ok=True)
    warnings.showwarning = lambda message, category, *_: _tell(f"{category.__name__}: {_line(message)}")
    order = orders.read(chosen.job)
    if isinstance(order, orders.Train):
        result = train.run(order, chosen.rows, chosen.model, _tell)
    else:
        result = predict.run(order, chosen.rows, chosen.model, chosen.output, _tell)
    (chosen.output / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
