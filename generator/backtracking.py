"""Regular expressions of users, of which some take longer than anybody waits for: `(a+)+b` twice as long for each a.

Python's `re` knows no limit of time, and Airflow compares the values of params with it. So a search that may take long
is tried in a process of its own first.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys

_LIMIT_SECONDS = 5  # also on a busy machine enough for a process that has next to nothing to do

# What repeats in a pattern, and what repeats a group. This counts too much (`\+`, `[*]`), never too little.
_REPETITION = re.compile(r"(?<!\()[*+?]|\{")
_REPEATED_GROUP = re.compile(r"\)[*+{]")
# So many repetitions, none within another, need for so long a text at most some millions of steps.
_FEW = 3
_SHORT = 100
_SEARCH = "import json, re, sys; re.search(*json.load(sys.stdin))"


def complaint(pattern: object, value: object) -> str:
    """That the search for a pattern in a text takes too long; empty where it does not, or these are no texts."""
    if not (isinstance(pattern, str) and isinstance(value, str) and _takes_too_long(pattern, value)):
        return ""
    return f"takes more than {_LIMIT_SECONDS} s to compare with the pattern '{pattern}'"


@functools.lru_cache(maxsize=256)
def _takes_too_long(pattern: str, text: str) -> bool:
    if not _may_take_long(pattern, text):
        return False
    command = [sys.executable, "-I", "-S", "-c", _SEARCH]
    try:
        subprocess.run(
            command,
            input=json.dumps([pattern, text]),
            text=True,
            capture_output=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return False


def _may_take_long(pattern: str, text: str) -> bool:
    repetitions = len(_REPETITION.findall(pattern))
    return repetitions > 0 and (repetitions > _FEW or len(text) > _SHORT or _REPEATED_GROUP.search(pattern) is not None)
