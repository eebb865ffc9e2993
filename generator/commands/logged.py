"""What `why` and `history` share: how they ask the log of runs, and what they tell where it has no answer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from generator.commands import usage

if TYPE_CHECKING:
    from generator.environment import Environment
    from generator.post_mortem.source import Source
    from generator.post_mortem.statements import Log

_Answer = TypeVar("_Answer")


def ask(
    arguments: argparse.Namespace, question: Callable[[Log, Mapping[str, Any]], _Answer]
) -> tuple[Source, Environment, _Answer] | None:
    """The pipeline's file, the environment, and what its log says; None where it says nothing, which is told then.

    Raises UsageError for a pipeline or a run that there is not.
    """
    from generator import aws, project, query
    from generator.post_mortem import reading, source
    from generator.problems import did_you_mean

    root = usage.find_root(arguments.pipelines)
    environment = usage.environment(arguments.env, root)
    file = source.find(root, arguments.name)
    aws.use(environment.values)
    try:
        log = reading.log_of(arguments.name, environment.name, environment.values)
        return file, environment, question(log, environment.values)
    except reading.NoSuchRunError as error:
        raise usage.UsageError(str(error)) from None
    except reading.NothingLoggedError as error:
        if file.path is None:
            known = {path.stem for path in project.pipeline_files(root)} | set(error.pipelines)
            raise usage.UsageError(f"there is no pipeline '{file.name}'; {did_you_mean(file.name, known)}") from None
        sys.stderr.write(f"{error}\n")
    except query.QueryError as error:
        sys.stderr.write(f"{error}\n")
    return None
