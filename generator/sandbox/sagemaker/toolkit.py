"""Script mode: what the training toolkit in AWS's framework images makes of a job's hyperparameters.

`sagemaker_program` is the script, `sagemaker_submit_directory` the tar.gz that holds it; the other hyperparameters are
the script's arguments, and all that is known of the job is in variables SM_…. From aws/sagemaker-training-toolkit:
src/sagemaker_training/{params,environment,mapping,entry_point,process,trainer,errors}.py, and README.md, "Reference".
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from generator.sandbox.sagemaker.container import OPT_ML, Command, Root

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
CODE = f"{OPT_ML}/code"
_PREFIX = "sagemaker_"
_PYTHON = "/usr/bin/python3"  # in the scikit-learn image
_INSTALL = f"{_PYTHON} -m pip install -r requirements.txt"
_LOG_LEVEL = 20
_KILLED = 137
_FOLDERS = {
    "input_dir": f"{OPT_ML}/input",
    "input_config_dir": f"{OPT_ML}/input/config",
    "output_dir": f"{OPT_ML}/output",
    "output_data_dir": f"{OPT_ML}/output/data",
    "output_intermediate_dir": f"{OPT_ML}/output/intermediate",
    "model_dir": f"{OPT_ML}/model",
}


def parsed(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Hyperparameters as the toolkit reads them: each is JSON, or else a text."""
    return {name: _parsed(value) for name, value in hyperparameters.items()}


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def command(hyperparameters: Mapping[str, Any], resources: Mapping[str, Any], channels: Any, root: Root) -> Command:
    """The script with its arguments and variables; its code is in /opt/ml/code."""
    own = {name: value for name, value in hyperparameters.items() if not name.startswith(_PREFIX)}
    program = str(hyperparameters[PROGRAM])
    arguments = [part for name in sorted(own) for part in (_option(name), _argument(own[name]))]
    environment = _environment(hyperparameters, own, resources, channels, arguments)
    environment["PYTHONPATH"] = CODE
    run = [_PYTHON, program, *arguments]
    if not program.endswith(".py"):
        run = ["/bin/sh", "-c", shlex.join([f"./{program}", *arguments])]
    return Command(run, environment, root.at(CODE))


def _option(name: str) -> str:
    return f"--{name}" if len(name) > 1 else f"-{name}"


def _argument(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return "" if value is None else str(value)


def _environment(
    hyperparameters: Mapping[str, Any],
    own: Mapping[str, Any],
    resources: Mapping[str, Any],
    channels: Mapping[str, Any],
    arguments: list[str],
) -> dict[str, str]:
    program = str(hyperparameters[PROGRAM])
    known = {
        **_FOLDERS,
        "channel_input_dirs": {name: f"{OPT_ML}/input/data/{name}" for name in channels},
        "current_host": resources["current_host"],
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": resources["current_group_name"],
        "framework_module": "sagemaker_sklearn_container.training:main",
        "hosts": resources["hosts"],
        "input_data_config": channels,
        "log_level": _LOG_LEVEL,
        "module_dir": str(hyperparameters.get(SUBMIT_DIRECTORY, CODE)),
        "module_name": program.removesuffix(".py"),
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": 0,
        "num_neurons": 0,
        "resource_config": resources,
        "user_entry_point": program,
    }
    values = {
        **known,
        "channels": sorted(channels),
        "hps": own,
        "user_args": arguments,
        "framework_params": {
            name: value
            for name, value in hyperparameters.items()
            if name.startswith(_PREFIX) and name not in (PROGRAM, SUBMIT_DIRECTORY)
        },
        "training_env": {**known, "hyperparameters": own},
        **{f"channel_{name}": f"{OPT_ML}/input/data/{name}" for name in channels},
        **{f"hp_{name}": value for name, value in own.items()},
    }
    return {f"SM_{name.upper()}": _variable(value) for name, value in values.items()}


def _variable(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def missing(folder: Path) -> list[str]:
    """The lines of a folder's requirements.txt that this Python does not fulfil: nothing is installed for a job."""
    path = folder / "requirements.txt"
    if not path.exists():
        return []
    lines = (line.partition(" #")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#") and not _fulfilled(line)]


def _fulfilled(line: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            return True
        return wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False


def not_installed() -> str:
    """The toolkit's report of requirements that could not be installed."""
    return f'InstallRequirementsError:\nExitCode 1\nErrorMessage ""\nCommand "{_INSTALL}"'


def failed(arguments: Sequence[str], code: int) -> str:
    """The toolkit's report of a script that failed and wrote none of its own."""
    more = '\nExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"' if code == _KILLED else ""
    return f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage ""{more}\nCommand "{" ".join(arguments)}"'
