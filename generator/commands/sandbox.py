"""Start the local AWS alone, on 127.0.0.1: S3, Glue, STS and SNS, and a Redshift and an Athena that run SQL.

It serves until Ctrl-C; everything in it is gone then. Other programs reach it by the variables that it prints. With
--sample it holds what the environment names (its bucket, its Athena database) and sample data, so that `pipelines run`
works against it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from generator.commands import usage

DEFAULT_PORT = 4566


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"the port (default: {DEFAULT_PORT})")
    parser.add_argument(
        "--sample", action="store_true", help="make the environment's bucket and database, with flights of January 2013"
    )
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        from generator.sandbox.server import Sandbox
    except ImportError as error:
        raise usage.UsageError(f"{error}\nThe sandbox needs: pip install 'pipeline-generator[sandbox]'") from None
    values = None
    if arguments.sample:
        values = usage.environment(arguments.env, usage.find_root(arguments.pipelines)).values
        if "bucket" not in values:
            raise usage.UsageError("the environment names no bucket for sample data")
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    try:
        sandbox = Sandbox(port=arguments.port)
        sandbox.start()
    except OSError as error:
        raise usage.UsageError(f"port {arguments.port} can't be used ({error.strerror}); try --port") from None
    try:
        _announce(sandbox.environment)
        if values is not None:
            _fill(values, sandbox.environment)
        while not done.wait(1):
            pass
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    finally:
        sandbox.stop()
    return 0


def _announce(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        sys.stdout.write(f"export {name}={value}\n")
    sys.stdout.flush()
    sys.stderr.write("serving until Ctrl-C\n")


def _fill(values: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    from datetime import date

    from generator.up import local_aws

    files = local_aws.fill(values, variables, date(2013, 1, 1), date(2013, 1, 31))
    sys.stderr.write(f"{len(files)} files with {sum(files.values()):,} rows in s3://{values['bucket']}/raw/\n")
