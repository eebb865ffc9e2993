"""The comment that statements carry to Redshift and Athena, by which a DBA finds the task that sent them. Pure."""

from __future__ import annotations

import re

_OURS = re.compile(r"\A/\* pipeline: [^*]* \*/\s*")
_BEFORE = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\{%.*?%\}|\{#.*?#\})*", re.DOTALL)
# Athena hands DDL to Hive's parser, which takes no comment before ALTER, DROP, MSCK or CREATE EXTERNAL TABLE:
# "ParseException line 1:0 cannot recognize input near '/' '*'". These go to Trino, which takes it.
_TRINO = re.compile(r"(?:select|with|insert|unload|merge|update|delete)\b|\(", re.IGNORECASE)


def of(pipeline: str, task: str) -> str:
    """The comment, with Jinja in it for the run's id, of which nothing can end the comment or open another."""
    return f"/* pipeline: {pipeline}, task: {task}, run: {{{{ run_id | replace('*', '') }}}} */"


def statement_name(task: str) -> str:
    """The name that a task's statements have in the Redshift Data API, with Jinja in it for the run.

    All tries of a task share it, and the tasks of a group its beginning, by which ListStatements finds them.
    """
    return f"pipelines {{{{ run_key }}}} {task}"


def signed(comment: str, sql: str) -> str:
    """A statement with the comment on a line before it: the engines' logs cut long statements at their end."""
    return f"{comment}\n{sql}" if comment else sql


def signed_for_athena(comment: str, sql: str) -> str:
    """The same where Athena's parser of that statement takes a comment, and the statement as it is elsewhere."""
    before = _BEFORE.match(sql)
    start = before.end() if before else 0
    return signed(comment, sql) if _TRINO.match(sql, start) else sql


def of_statement(sql: str) -> str:
    """The comment that a statement carries; empty where it carries none."""
    found = _OURS.match(sql)
    return found[0].strip() if found else ""


def without(sql: str) -> str:
    """A statement as it was before it was signed."""
    return _OURS.sub("", sql)
