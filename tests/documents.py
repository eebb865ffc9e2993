"""The examples of documents: code blocks, and commands with what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import checkout

README = (checkout.REPOSITORY / "README.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What is below a heading of the second level."""
    return text.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a document in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of the console blocks in their order, each with what it says."""
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit code of a command, and what it says, without space at the ends of lines."""
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, re.sub(r" +$", "", done.stdout, flags=re.MULTILINE)


def matches(expected: str, said: str) -> bool:
    """Whether something was said as it is shown, with … for what differs from run to run."""
    return re.fullmatch(re.escape(expected).replace("…", ".+?"), said, re.DOTALL) is not None
