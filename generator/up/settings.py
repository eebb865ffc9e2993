"""The variables that Airflow's processes are started with: all on 127.0.0.1, nothing that phones home, no login."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"

# Settings of Airflow and of AWS in the caller's shell belong to others: a real account's keys, say.
_FOREIGN = ("AIRFLOW", "AWS_")


def free_port(wanted: int) -> int:
    """``wanted``, or a free port where it is taken or 0. Another program may still be faster to take it."""
    for candidate in (wanted, 0):
        try:
            with socket.create_server((LOOPBACK, candidate)) as listener:
                taken: int = listener.getsockname()[1]
                return taken
        except OSError:
            continue
    raise OSError(f"no free port on {LOOPBACK}")


def variables(home: Path, address: str, bundle: Mapping[str, object], aws: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of Airflow's processes.

    ``home`` is AIRFLOW_HOME; ``address`` is "http://127.0.0.1:PORT", where the UI shall be; ``bundle`` is an entry of
    Airflow's dag_bundle_config_list; ``aws`` are variables for AWS's libraries.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", os.defpath)))
    return {**kept, **aws, **_airflow(home, address, bundle), "PATH": path, "PYTHONUNBUFFERED": "1"}


def _airflow(home: Path, address: str, bundle: Mapping[str, object]) -> dict[str, str]:
    settings = {
        "CORE__EXECUTOR": "generator.up.executor.LocalExecutor",
        "CORE__PARALLELISM": "8",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__DAGS_FOLDER": str(home / "dags"),
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks a name server
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # also how long a task's end may go unnoticed
        "TRIGGERER__JOB_HEARTBEAT_SEC": "1",  # also how often it hands on what triggers have found
        # A saved pipeline is a DAG a few seconds later.
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "2",
        "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        # These three go together where the port is not the default.
        "API__HOST": LOOPBACK,
        "API__PORT": address.rpartition(":")[2],
        "API__BASE_URL": address,
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
        "DAG_FACTORY__ENABLE_TELEMETRY": "False",
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        **_keys(),
    }
    return {
        "AIRFLOW_HOME": str(home),
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        "DO_NOT_TRACK": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _keys() -> dict[str, str]:
    """New keys for each start; all processes have to share them."""
    return {
        "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "API__SECRET_KEY": secrets.token_urlsafe(32),
        "API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
    }
