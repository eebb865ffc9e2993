"""Start the local AWS alone, on 127.0.0.1: S3, Glue, STS and SNS, and a Redshift and an Athena that run SQL.

It serves until Ctrl-C; everything in it is gone then. Other programs reach it by the variables that it prints.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from generator.commands import usage

DEFAULT_PORT = 4566


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"the port (default: {DEFAULT_PORT})")
    parser.add_argument("--sample", metavar="BUCKET", help="put sample data (flights of January 2013) into this bucket")


def run(arguments: argparse.Namespace) -> int:
    try:
        from generator.sandbox.server import Sandbox
    except ImportError as error:
        raise usage.UsageError(f"{error}\nThe sandbox needs: pip install 'pipeline-generator[sandbox]'") from None
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    try:
        sandbox = Sandbox(port=arguments.port)
        sandbox.start()
    except OSError as error:
        raise usage.UsageError(f"port {arguments.port} can't be used ({error.strerror}); try --port") from None
    try:
        _announce(sandbox.environment)
        if arguments.sample:
            _upload(sandbox.environment, arguments.sample)
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


def _upload(environment: dict[str, str], bucket: str) -> None:
    from datetime import date

    from generator.sandbox import client, sample

    files = sample.upload(client.of("s3", environment), bucket, date(2013, 1, 1), date(2013, 1, 31))
    sys.stderr.write(f"{len(files)} files with {sum(files.values()):,} rows in s3://{bucket}/raw/\n")
