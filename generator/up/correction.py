"""Delivers the sample's bad day again, as its sender would who was told: `python -m generator.up.correction`.

The right file waits in the bucket of the local AWS that `pipelines up` serves; it takes the place of the bad one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from generator import aws, environment, project
from generator.sandbox import client, sample


def main() -> int:
    """Copy the file in the default environment of the project at hand; returns the exit code."""
    root = project.find_root(Path.cwd())
    if root is None:
        sys.stderr.write(f"no project.yaml in {Path.cwd()} or above\n")
        return 2
    chosen = environment.choose(environment.load_environments(root / "project.yaml"))
    values, variables = chosen.values, aws.variables(chosen.values, os.environ)
    if "AWS_ACCESS_KEY_ID" not in variables:  # made up for this machine alone
        sys.stderr.write(f"the environment '{chosen.name}' is not on this machine\n")
        return 2
    bucket, key = values["bucket"], f"raw/weather/{sample.BAD_WEATHER_DAY}.csv.gz"
    source = {"Bucket": bucket, "Key": f"raw/weather/corrected/{sample.BAD_WEATHER_DAY}.csv.gz"}
    try:
        client.of("s3", variables).copy_object(CopySource=source, Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\nDoes `pipelines up` serve, with four days of sample data or more?\n")
        return 1
    sys.stdout.write(f"delivered again: s3://{bucket}/{key}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
