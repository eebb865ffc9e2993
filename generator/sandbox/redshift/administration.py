"""Commands about what a sandbox has not: users, shares, policies, models, other databases. Each is refused.

"SQL commands" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.sql import TokenReader

# What is refused, and the commands that begin with a verb and a noun: "CREATE USER".
_NOUNS = {
    "users, groups and roles": ("USER", "GROUP", "ROLE"),
    "databases; a sandbox makes each one as it is first named": ("DATABASE",),
    "datashares": ("DATASHARE",),
    "identity providers": ("IDENTITY PROVIDER",),
    "data masking": ("MASKING POLICY",),
    "row-level security": ("RLS POLICY",),
    "default privileges": ("DEFAULT PRIVILEGES",),
    "libraries of functions in Python": ("LIBRARY",),
    "machine learning models": ("MODEL",),
    "external functions": ("EXTERNAL FUNCTION", "OR REPLACE EXTERNAL FUNCTION"),
    "external schemas": ("EXTERNAL SCHEMA",),
    "external tables": ("EXTERNAL TABLE",),
    "external views": ("EXTERNAL VIEW", "EXTERNAL PROTECTED VIEW", "OR REPLACE EXTERNAL VIEW"),
    "settings of the cluster": ("SYSTEM",),
    "templates of COPY and UNLOAD": ("TEMPLATE", "OR REPLACE TEMPLATE"),
}
_VERBS = ("CREATE", "ALTER", "DROP", "ATTACH", "DETACH", "DESC", "SHOW")
_OTHERS = {
    "ALTER FUNCTION": "ALTER FUNCTION",
    "CANCEL": "CANCEL; use the Data API's CancelStatement",
    "COPY JOB": "COPY JOB",
    "DESCRIBE": "DESCRIBE",
    "UNDROP": "UNDROP",
    "USE": "USE",
}


def _refuse(what: str) -> Callable[[Session, TokenReader], Outcome]:
    def refuse(_session: Session, _reader: TokenReader) -> Outcome:
        raise Unsupported(what)

    return refuse


COMMANDS = [
    *(
        ((verb, *noun.split()), _refuse(f"{verb} {noun} ({what})"))
        for what, nouns in _NOUNS.items()
        for noun in nouns
        for verb in _VERBS
    ),
    *((tuple(words.split()), _refuse(what)) for words, what in _OTHERS.items()),
]
