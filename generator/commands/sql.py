"""Send a query to the environment's Redshift (or, with --athena, to its Athena) and show the result as a table.

Pass `-` to read the SQL from standard input.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from generator.commands import usage

if TYPE_CHECKING:
    from generator.query import Result


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sql", metavar="SQL", help="the statement, or - for standard input")
    parser.add_argument("--athena", action="store_true", help="send it to Athena")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="how the result is shown")
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="show at most N rows (default: 200)")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    from generator import aws, query

    text = sys.stdin.read() if arguments.sql == "-" else arguments.sql
    environment = usage.environment(arguments.env, usage.find_root(arguments.pipelines))
    aws.use(environment.values)
    ask = query.athena if arguments.athena else query.redshift
    try:
        result = ask(text, environment.values, arguments.limit)
    except query.QueryError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _show(result, arguments.format)
    return 0


def _show(result: Result, form: str) -> None:
    if form == "json":
        import json

        records = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
        sys.stdout.write(json.dumps(records, indent=2, ensure_ascii=False, default=str) + "\n")
        return
    if form == "csv":
        import csv

        writer = csv.writer(sys.stdout)
        writer.writerow(result.columns)
        writer.writerows(result.rows)
        return
    if result.columns:
        from rich import box
        from rich.console import Console
        from rich.table import Table

        table = Table(*result.columns, box=box.SIMPLE_HEAD)
        for row in result.rows:
            table.add_row(*("" if value is None else str(value) for value in row))
        Console().print(table)
    more = f" (the first {len(result.rows)} shown)" if result.total > len(result.rows) else ""
    sys.stderr.write(f"{result.total} row{'s' * (result.total != 1)}{more}, {result.seconds:.2f} s\n")
