"""The ``pipelines`` command: finds the subcommand, and turns what goes wrong into exit codes.

0: clean; 1: problems were found; 2: the command was used wrongly; 3: a bug of ours.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType

from generator.commands.usage import UsageError
from generator.problems import did_you_mean

COMMANDS = {
    "validate": "report all problems of pipeline files; needs no Airflow",
    "generate": "compile pipelines into the DAGs that Airflow discovers",
    "explain": "show what a pipeline will run: tasks, operators, SQL, tables",
    "run": "run one pipeline now, in this process",
    "test": "run the pipelines' own tests in a local AWS",
    "up": "start a local AWS and Airflow with sample data, and run the pipelines",
    "sandbox": "start the local AWS alone",
    "why": "tell what happened in a run: what failed first, and why",
    "history": "list a pipeline's runs with durations and rows, and how its tables grew",
    "models": "list models and their versions, or make one the current version",
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its number
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    parsed, command = _prepared(arguments)
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


def _prepared(arguments: Sequence[str]) -> tuple[argparse.Namespace, ModuleType]:
    """The parsed arguments, and the module of their command."""
    gc.disable()  # all that is imported stays: looking for garbage in it is a quarter of the time to start
    try:
        parsed, unknown = _parser(arguments).parse_known_args(arguments)
        if unknown:
            parsed.error(f"unknown argument {unknown[0]}")
        return parsed, importlib.import_module(f"generator.commands.{parsed.command}")
    finally:
        gc.freeze()
        gc.enable()


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the arguments of the wanted command only, so that the others' modules need no import."""
    parser = argparse.ArgumentParser(
        prog="pipelines",
        description="Declarative YAML pipelines for Apache Airflow on Amazon Redshift and Athena.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    if wanted is not None and wanted not in COMMANDS:
        parser.error(f"there is no command '{wanted}'; {did_you_mean(wanted, COMMANDS)}")
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
            subparser.set_defaults(error=subparser.error)
        else:
            subparsers.add_parser(name, help=summary, add_help=False)
    return parser


class _Version(argparse.Action):
    """Tells the installed version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"pipelines {version('pipeline-generator')}\n")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
