"""The ``pipelines`` command: finds the subcommand, and turns what goes wrong into exit codes.

0: clean; 1: problems were found; 2: the command was used wrongly; 3: a bug of ours.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence

from generator.commands.usage import UsageError

COMMANDS = {
    "validate": "report all problems of pipeline files; needs no Airflow",
    "generate": "compile pipelines into the DAGs that Airflow discovers",
    "explain": "show what a pipeline will run: tasks, operators, SQL, tables",
    "run": "run one pipeline now, in this process",
    "up": "start a local AWS and Airflow with sample data, and run the pipelines",
    "sandbox": "start the local AWS alone",
    "sql": "send a query to the environment's Redshift or Athena",
    "new": "write a commented starter pipeline",
    "rule": "explain a problem code",
}

_EPILOG = """\
A first pipeline:
  pipelines new flights_load --template redshift.upsert
  pipelines validate
  pipelines generate
  pipelines up

`pipelines COMMAND --help` tells more. Exit codes: 0 clean, 1 problems found, 2 wrong use, 3 a bug of ours.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(arguments)
    parsed = parser.parse_args(arguments)
    command = importlib.import_module(f"generator.commands.{parsed.command}")
    try:
        code: int = command.run(parsed)
        return code
    except UsageError as error:
        sys.stderr.write(f"pipelines {parsed.command}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:  # noqa: BLE001 - the last resort: tell that it is ours
        traceback.print_exc()
        sys.stderr.write(
            f"\npipelines {parsed.command}: this is a bug in the generator, not in your pipelines.\n"
            "Please report the lines above together with the file that caused them.\n"
        )
        return 3


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the arguments of the wanted command only, so that the others' modules need no import."""
    parser = argparse.ArgumentParser(
        prog="pipelines",
        description="Declarative YAML pipelines for Apache Airflow on Amazon Redshift and Athena.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_Version())
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in arguments if word in COMMANDS), None)
    for name, summary in COMMANDS.items():
        if name == wanted:
            module = importlib.import_module(f"generator.commands.{name}")
            subparser = subparsers.add_parser(
                name,
                help=summary,
                description=module.__doc__,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            module.configure(subparser)
        else:
            subparsers.add_parser(name, help=summary, add_help=False)
    return parser


class _Version(str):
    """The installed version, looked up only when it is printed."""

    __slots__ = ()

    def __mod__(self, _values: object) -> str:
        from importlib.metadata import version

        return f"pipelines {version('pipeline-generator')}"


if __name__ == "__main__":
    sys.exit(main())
