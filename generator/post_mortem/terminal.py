"""Where the text goes: a terminal, or a file in which lines are as long as they need to be."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

_FILE_WIDTH = 400


def show(parts: Iterable[RenderableType]) -> None:
    """Print the parts; long lines of text are the terminal's to wrap, so that they can be copied whole."""
    console = Console(width=width())
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text), highlight=False)


def has_blocks() -> bool:
    """Whether the terminal, or file, has letters beyond ASCII."""
    return not Console().options.ascii_only


def width() -> int:
    """The columns of the terminal; many where the text goes elsewhere."""
    console = Console()
    return console.width if console.is_terminal else _FILE_WIDTH
