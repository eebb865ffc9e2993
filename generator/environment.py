"""The environments of a compiled project: where its pipelines run, as `PIPELINES_ENV` chooses."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined

VARIABLE = "PIPELINES_ENV"

# libyaml's loader is fourteen times as fast; PyYAML's wheels have it, some builds from source do not.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT, _MAPPING, _LIST = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


class UnknownEnvironmentError(LookupError):
    """The environment that was asked for is not in the project file."""


@dataclass(frozen=True)
class Environment:
    """One environment and its values as the project file has them; never a secret."""

    name: str
    values: Mapping[str, Any]

    @property
    def names(self) -> Names:
        """The values for Jinja: {{ env.bucket }}, {{ env.redshift.database }}, and also {{ env.name }}."""
        return Names({**self.values, "name": self.name}, f"environment '{self.name}'")


@dataclass(frozen=True)
class Environments:
    """All environments of a project by name, and which is taken where none is asked for."""

    project: str
    default: str
    values: Mapping[str, Mapping[str, Any]]


class Names:
    """Values under dotted names in Jinja, which looks for a dict's methods first: `env.values` is one.

    A name that has no value is undefined in Jinja's sense, with a message that names the environment.
    """

    __slots__ = ("_label", "_names")

    def __init__(self, values: Mapping[str, Any], label: str) -> None:
        self._label = label
        self._names = {
            name: Names(value, f"'{name}' of {label}") if isinstance(value, Mapping) else value
            for name, value in values.items()
        }

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # protocols such as copying ask for these
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            known = ", ".join(sorted(self._names))
            return StrictUndefined(hint=f"{self._label} has no value '{name}'; it has: {known}")

    def __repr__(self) -> str:
        return f"<{self._label}>"


def read_yaml(path: Path) -> Any:
    """A compiled YAML file as plain data."""
    with path.open("rb") as stream:
        loader = _LOADER(stream)
        try:
            node = loader.get_single_node()
            return None if node is None else _plain(loader, node)
        finally:
            loader.dispose()


def _plain(loader: Any, node: yaml.Node) -> Any:
    """What the loader itself would construct, without its bookkeeping for cycles: a quarter less time to read a DAG."""
    if node.tag == _TEXT:
        return node.value
    if node.tag == _MAPPING:
        loader.flatten_mapping(node)
        return {_plain(loader, key): _plain(loader, value) for key, value in node.value}
    if node.tag == _LIST:
        return [_plain(loader, each) for each in node.value]
    return loader.construct_object(node, deep=True)


def load_environments(path: Path) -> Environments:
    """The environments in a compiled project file; read once as long as the file does not change.

    Raises FileNotFoundError where there is no such file.
    """
    status = path.stat()
    return _load(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=8)
def _load(path: Path, _changed: int, _size: int) -> Environments:
    project = read_yaml(path)
    return Environments(project["project"], project["default_environment"], project["environments"])


def choose(environments: Environments, name: str | None = None) -> Environment:
    """The environment of that name; without one, what PIPELINES_ENV names, or else the project's default.

    Raises UnknownEnvironmentError for a name that the project does not have.
    """
    wanted = name or os.environ.get(VARIABLE) or environments.default
    if wanted not in environments.values:
        known = ", ".join(sorted(environments.values))
        source = f" ({VARIABLE})" if not name and os.environ.get(VARIABLE) else ""
        raise UnknownEnvironmentError(
            f"project '{environments.project}' has no environment '{wanted}'{source}; it has: {known}"
        )
    return Environment(wanted, environments.values[wanted])
