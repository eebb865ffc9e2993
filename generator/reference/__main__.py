"""Write the generated schemas and the reference documentation, or, with --check, tell which of them are out of date."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generator.reference import editor, page


def files() -> dict[str, str]:
    """The generated files by their paths in the repository, with the text that they should have."""
    return {
        "schemas/pipeline.schema.json": _json(editor.pipeline_schema()),
        "schemas/project.schema.json": _json(editor.project_schema()),
        "schemas/test.schema.json": _json(editor.tests_schema()),
        "docs/templates.md": page.text(),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generator.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where files are out of date")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="the repository (default: the present folder)"
    )
    arguments = parser.parse_args(argv)
    stale = {name: text for name, text in files().items() if _present(arguments.root / name) != text}
    if arguments.check:
        for name in stale:
            sys.stderr.write(f"{name} is out of date: run `make docs`, and commit what it changes\n")
        return 1 if stale else 0
    for name, text in stale.items():
        path = arguments.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"changed: {name}\n")
    return 0


def _json(schema: object) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
