"""Write a commented starter file, or begin a project; nothing that exists is overwritten.

  pipelines new weather_load --template redshift.copy --template redshift.insert
  pipelines new --project weather

With --schemas, write the schemas that editors load again, after an update of this package.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date
from pathlib import Path, PurePosixPath

from generator.commands import usage

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

_HOOKS = """\
For pre-commit, in .pre-commit-config.yaml (rev: a release of the generator):
  repos:
    - repo: <the address of the generator's repository>
      rev: v0.1.0
      hooks:
        - id: pipelines-validate
        - id: pipelines-generate
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the pipeline's name")
    parser.add_argument(
        "--template", action="append", default=[], metavar="T", help="a task of this template; may be repeated"
    )
    parser.add_argument(
        "--folder", metavar="F", help="the folder inside the pipelines folder (default: the name's first word)"
    )
    parser.add_argument("--project", metavar="NAME", help="begin a project in the present folder")
    parser.add_argument("--schemas", action="store_true", help="write the schemas for editors again")
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.project is not None:
        return _project(arguments)
    if arguments.schemas:
        return _write_schemas(usage.find_root(arguments.pipelines).parent / "schemas", again=True)
    if arguments.name is None:
        raise usage.UsageError("name the pipeline, or begin a project with --project NAME")
    return _pipeline(arguments)


def _pipeline(arguments: argparse.Namespace) -> int:
    from generator import project, scaffold

    name, templates = _name(arguments.name), _templates(arguments.template)
    root = usage.find_root(arguments.pipelines)
    for path in project.pipeline_files(root):
        if path.stem == name:
            raise usage.UsageError(f"there is already a pipeline '{name}': {usage.shown_root(path)}")
    file = _folder(arguments.folder, name) / f"{name}.yaml"
    text = scaffold.pipeline(name, templates, date.today(), scaffold.schema_path(file))
    _write(root / file, text)
    _write_schemas(root.parent / "schemas", again=False)
    sys.stderr.write("next: change it, then `pipelines validate` and `pipelines generate`\n")
    return 0


def _project(arguments: argparse.Namespace) -> int:
    from generator import scaffold

    name = _name(arguments.project)
    root = arguments.pipelines if arguments.pipelines is not None else Path("pipelines")
    _write(root / "project.yaml", scaffold.project(name))
    _write_schemas(root.parent / "schemas", again=False)
    sys.stderr.write(f"\n{_HOOKS}\nnext: `pipelines new NAME --template redshift.copy`\n")
    return 0


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise usage.UsageError(
            f"'{name}' is no name: lower-case letters, digits and _, a letter first, at most 63 characters"
        )
    return name


def _templates(names: list[str]) -> list[str]:
    from generator import schema
    from generator.problems import did_you_mean

    known = schema.template_names()
    if not names:
        raise usage.UsageError(f"say what it does with --template, one of {', '.join(known)}")
    for name in names:
        if name not in known:
            raise usage.UsageError(f"there is no template '{name}'; {did_you_mean(name, known)}")
    return names


def _folder(given: str | None, name: str) -> PurePosixPath:
    folder = PurePosixPath(name.partition("_")[0] if given is None else given)
    if folder.is_absolute() or ".." in folder.parts:
        raise usage.UsageError(f"--folder {given} is outside of the pipelines folder")
    return folder


def _write_schemas(folder: Path, again: bool) -> int:
    """The schemas that the first lines of files name; ``again`` replaces those of an older version."""
    from generator import schema

    for name in ("pipeline.schema.json", "project.schema.json", "test.schema.json"):
        if again or not (folder / name).exists():
            text = (schema.folder() / name).read_text(encoding="utf-8")
            _write(folder / name, text, "w" if again else "x")
    return 0


def _write(path: Path, text: str, mode: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise usage.UsageError(f"{usage.shown_root(path)} exists already, and is left as it is") from None
    sys.stdout.write(f"{'written' if mode == 'w' else 'created'}: {usage.shown_root(path)}\n")
