"""List a pipeline's runs with how long each took and how many rows it wrote, and how its tables grew.

They are read from the log of runs in the environment's Redshift; `pipelines why NAME` tells the story of one.
"""

from __future__ import annotations

import argparse
import json
import sys

from generator.commands import logged, usage

_MOST = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the pipeline's name")
    parser.add_argument(
        "--last", type=_count, default=20, metavar="N", help=f"the newest N runs (default: 20, at most {_MOST:,})"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the runs are shown")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    from generator.post_mortem import chart, data, reading, terminal

    found = logged.ask(arguments, lambda log, values: reading.history(log, values, arguments.last))
    if found is None:
        return 1
    file, environment, history = found
    if arguments.format == "json":
        record = data.of_history(history, file, environment.name)
        sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    else:
        terminal.show(chart.draw(history, file, terminal.has_blocks(), terminal.width()))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {_MOST:,}")
    return int(text)
