"""DuckDB complains on stderr of Python functions that outlive their database; a sandbox that ended leaves none."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from generator.sandbox import duck
from generator.sandbox.server import Sandbox
with Sandbox() as sandbox:
    client = duck.client("redshift-data", sandbox.endpoint)
    statement = {"Sql": "select soundex('Amazon')", "WorkgroupName": "local", "Database": "dev"}
    started = client.execute_statement(SessionKeepAliveSeconds=600, **statement)
    client.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
    records = client.get_statement_result(Id=started["Id"])["Records"]
    assert records == [[{"stringValue": "A525"}]], records
"""


def test_a_process_ends_without_a_word() -> None:
    command = [sys.executable, "-c", SCRIPT]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
