"""Tell what happened in a run: what failed first and why, from the log of runs in the environment's Redshift.

Without --date or --run it is the last run that failed, or else the last one. Times are in the pipeline's timezone.

  pipelines why flights_load
  pipelines why flights_load --date 2013-01-31 --env production
"""

from __future__ import annotations

import argparse
import json
import sys

from generator.commands import logged, usage


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the pipeline's name")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--date", type=usage.day, metavar="D", help="the run for that date, YYYY-MM-DD")
    which.add_argument("--run", metavar="ID", help="the run of that id, as Airflow and `pipelines history` show it")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how the story is told")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    from generator.post_mortem import data, reading, source, story, terminal, text

    found = logged.ask(arguments, lambda log, values: reading.run_log(log, values, arguments.run, arguments.date))
    if found is None:
        return 1
    file, environment, log = found
    good = log.good_runs[0] if log.good_runs else None
    told = story.tell(arguments.name, log, source.change(file, log.run, good))
    if arguments.format == "json":
        record = data.of_story(told, file, environment.name)
        sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    else:
        terminal.show(text.tell(told, file))
    return 0
