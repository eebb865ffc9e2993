"""List models, or the versions of one with their metrics and which is current; or make a version the current one.

  pipelines models
  pipelines models delay
  pipelines models promote delay 2013-01-28-1f0c9a7e --reason "the newer one is worse on Mondays"

A promotion is in effect from today on, or from the day that --from names: runs for days before that use what was
current then.
"""

from __future__ import annotations

import argparse
import getpass
import json
import socket
import sys
from typing import TYPE_CHECKING, Any

from generator.commands import usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from generator.commands.registered import Model

_PROMOTE = "promote"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="NAME | promote NAME VERSION", help="a model; or a version to make current"
    )
    parser.add_argument("--from", dest="day", type=usage.day, metavar="DATE", help="promote: from which day on")
    parser.add_argument("--reason", default="", metavar="TEXT", help="promote: why; kept in the registry")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how they are shown")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    from generator import aws, query

    words = arguments.words
    promotes = words[:1] == [_PROMOTE] and len(words) > 1
    if (promotes and len(words) != 3) or (not promotes and len(words) > 1):
        raise usage.UsageError("name one model, or: pipelines models promote NAME VERSION")
    if not promotes and (arguments.day or arguments.reason):
        raise usage.UsageError("--from and --reason are for: pipelines models promote NAME VERSION")
    root = usage.find_root(arguments.pipelines)
    environment = usage.environment(arguments.env, root)
    aws.use(environment.values)
    try:
        if promotes:
            return _promote(arguments, environment.values, root)
        return _list(words[0] if words else None, arguments.format, environment.values, environment.name, root)
    except query.QueryError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _list(name: str | None, form: str, values: Mapping[str, Any], environment: str, root: Path) -> int:
    from generator.commands import models_shown, registered
    from generator.problems import did_you_mean

    found = registered.models(values)
    if name is not None and name not in {model.name for model in found}:
        if found:
            advice = did_you_mean(name, [model.name for model in found])
            raise usage.UsageError(f"there is no model '{name}'; {advice}")
        raise usage.UsageError(f"there is no model '{name}': none has been trained in the environment '{environment}'")
    shown = [model for model in found if name in (None, model.name)]
    today = {model.name: _today(model, root) for model in shown}
    if form == "json":
        records = [models_shown.record(model, today[model.name]) for model in shown]
        data: object = records if name is None else records[0]
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif not found:
        sys.stderr.write(f"no model has been trained in the environment '{environment}'\n")
    elif name is None:
        sys.stdout.write("\n".join(models_shown.overview(shown, today)) + "\n")
    else:
        sys.stdout.write("\n".join(models_shown.versions(shown[0], today[name])) + "\n")
    return 0


def _promote(arguments: argparse.Namespace, values: Mapping[str, Any], root: Path) -> int:
    from generator.commands import registered
    from generator.problems import did_you_mean

    _, name, version = arguments.words
    model = next((model for model in registered.models(values) if model.name == name), None)
    known = [each.version for each in model.versions] if model else []
    if model is None:
        raise usage.UsageError(f"there is no model '{name}'; `pipelines models` lists them")
    if version not in known:
        raise usage.UsageError(f"the model '{name}' has no version '{version}'; {did_you_mean(version, known)}")
    day = arguments.day or _today(model, root)
    before = model.current(day)
    registered.promote(values, name, version, day.isoformat(), _who(), arguments.reason)
    instead = f" instead of {before.version}" if before and before.version != version else ""
    sys.stderr.write(f"{version} is the current version of '{name}' from {day} on{instead}\n")
    return 0


def _today(model: Model, root: Path) -> date:
    """The day in the time zone of the pipeline that trains the model: run dates are days there."""
    from datetime import datetime

    from generator.post_mortem import source

    return datetime.now(source.find(root, model.versions[0].pipeline).zone).date()


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
