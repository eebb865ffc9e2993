"""What COPY and UNLOAD share: options in any order, and a role that S3 is reached with.

"COPY parameter reference" and "UNLOAD" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True, kw_only=True)
class S3Command:
    """A COPY or UNLOAD. `delimiter` None is the format's own; `flags` holds options without a value.

    `given` holds the first words of all options, as they must not all be used together.
    """

    format: str = "TEXT"
    delimiter: str | None = None
    null_as: str = ""
    compression: str = ""
    flags: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


Command = TypeVar("Command", bound=S3Command)
Read = Callable[[TokenReader, Command], Command]

_SECRETS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


@dataclass(frozen=True)
class Options(Generic[Command]):
    """The options of a command: those without a value, those with one, and those that the sandbox has not."""

    command: str
    flags: Collection[str]
    readers: Mapping[str, Read[Command]]
    refused: Collection[str]

    def read(self, reader: TokenReader, command: Command) -> Command:
        """The command with all options up to the end. Raises RedshiftError or SqlSyntaxError."""
        while not reader.at_end:
            command = self.read_one(reader, command)
        if not command.given & {"IAM_ROLE", "CREDENTIALS"}:
            raise RedshiftError("CREDENTIALS argument is required but not provided")
        if len(command.separator) != 1:
            raise RedshiftError(f"{self.command} delimiter must be a single character")
        return command

    def read_one(self, reader: TokenReader, command: Command) -> Command:
        """The command with the option whose first word is next."""
        word = reader.next().upper
        command = replace(command, given=command.given | {word})
        if word in self.flags:
            return replace(command, flags=command.flags | {word})
        if word in _SECRETS:
            raise Unsupported(f"{word}: keys do not belong in SQL; use IAM_ROLE")
        if word in self.refused:
            raise Unsupported(f"{self.command} … {word}")
        if word not in self.readers:
            raise reader.error(reader.peek(-1))
        return self.readers[word](reader, command)


def text(field: str, read: Callable[[TokenReader], str] = TokenReader.string) -> Read[Command]:
    """An option whose value is a string."""

    def read_text(reader: TokenReader, command: Command) -> Command:
        reader.accept("AS")
        changes: dict[str, str] = {field: read(reader)}
        return replace(command, **changes)  # type: ignore[arg-type]

    return read_text


def compression(name: str) -> Read[Command]:
    """An option that names how the files are compressed."""
    return lambda _, command: replace(command, compression=name)


def role(reader: TokenReader, command: Command) -> Command:
    """IAM_ROLE DEFAULT, or the address of a role."""
    reader.accept("AS")
    if not reader.accept("DEFAULT"):
        _check_role(reader.string())
    return command


def credentials(reader: TokenReader, command: Command) -> Command:
    """CREDENTIALS 'aws_iam_role=…'; keys are refused."""
    reader.accept("AS")
    name, _, address = reader.string().partition("=")
    if name.strip() != "aws_iam_role":
        raise Unsupported("CREDENTIALS: keys do not belong in SQL; use IAM_ROLE")
    _check_role(address)
    return command


def region(reader: TokenReader, command: Command) -> Command:
    """REGION, of which the sandbox has one."""
    reader.accept("AS")
    reader.string()
    return command


def _check_role(address: str) -> None:
    if not address.strip().startswith("arn:aws"):
        raise RedshiftError(f"Invalid IAM role ARN: {address}")
