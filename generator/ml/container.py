"""The job in a SageMaker container, which is where files go that SageMaker reads: `python run.py --failure … …`.

The training toolkit installs requirements.txt before it starts the script; in a processing container nobody does, so
that it is done here. How a container tells of failures: "How Amazon SageMaker AI Processes Training Output"
(/opt/ml/output/failure) and "Save and Access Metadata Information About Your Processing Job" (/opt/ml/output/message)
in the Amazon SageMaker AI Developer Guide.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from generator.ml import job

_NOT_INSTALLED = 2  # another try may find the package index
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job, and return its exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--failure", type=Path, required=True, help="the file for what went wrong")
    parser.add_argument("--output", required=True, help="the job's")
    parser.add_argument("--result", type=Path, help="a folder for result.json, under the name of this host")
    parser.add_argument("--resources", type=Path, help="SageMaker's resourceconfig.json, which names the host")
    chosen, rest = parser.parse_known_args(argv)
    requirements = Path(sys.argv[0]).resolve().parent / "requirements.txt"
    problem = _install(requirements) if requirements.is_file() else ""
    if problem:
        sys.stderr.write(f"{problem}\n")
        chosen.failure.write_text(problem, encoding="utf-8")
        return _NOT_INSTALLED
    code = job.main([*rest, "--output", chosen.output])
    output = Path(chosen.output)
    if (output / "failure").is_file():
        chosen.failure.write_bytes((output / "failure").read_bytes())
    if not code and chosen.result and chosen.resources:
        host = json.loads(chosen.resources.read_text(encoding="utf-8"))["current_host"]
        chosen.result.mkdir(parents=True, exist_ok=True)
        (output / "result.json").replace(chosen.result / f"{host}.json")
    return code


def _install(requirements: Path) -> str:
    """Install what is missing of a requirements file; what was wrong, empty where nothing was."""
    lines = requirements.read_text(encoding="utf-8").split()
    names = [found.group() for line in lines if (found := _NAME.match(line))]
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    command = [sys.executable, "-m", "pip", "install", "-r", str(requirements)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    sys.stdout.write(done.stdout)
    importlib.invalidate_caches()
    if not done.returncode:
        return ""
    last = (done.stdout.strip().splitlines() or ["pip said nothing"])[-1]
    return f"the image has no {', '.join(missing)}, and it can't be installed: {last}"
