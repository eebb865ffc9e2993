"""The two ways in which SageMaker refuses: at once, or by a job that fails."""

from __future__ import annotations


class RequestError(Exception):
    """A request that is refused; `code` is AWS's name of the error."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        super().__init__(message)
        self.code = code


class JobError(Exception):
    """A job that ends as Failed; the message is its FailureReason."""


def unsupported(what: str) -> RequestError:
    """The refusal of what SageMaker does and the sandbox can't."""
    return RequestError(f"the sandbox can't run this: {what}")
