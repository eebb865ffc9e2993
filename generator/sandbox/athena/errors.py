"""The two ways in which Athena refuses: at once (InvalidRequestException), or by a query that fails."""


class InvalidRequestError(Exception):
    """A request that Athena answers with InvalidRequestException, such as one that holds a syntax error."""

    def __init__(self, message: str, code: str = "INVALID_INPUT") -> None:
        super().__init__(message)
        self.code = code


class MetadataError(Exception):
    """A catalog, database or table that Athena's metadata calls can't find (MetadataException)."""


class QueryError(Exception):
    """A query that ends as FAILED; the message is its StateChangeReason."""


class UnsupportedError(QueryError):
    """What Athena may well run, but the sandbox can't run with the same result."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox can't run this: {what}")
