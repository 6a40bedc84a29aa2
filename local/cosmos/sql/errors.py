"""What can be wrong with a query."""


class QueryError(Exception):
    """A query that the service refuses; `code` is the service's own error code."""

    code = "SC1001"

    def __init__(self, message: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class UnknownFunctionError(QueryError):
    """A call of a function that does not exist here."""

    code = "SC2005"


class UnresolvedNameError(QueryError):
    """A name that no FROM clause introduces."""

    code = "SC2001"


class MissingParameterError(QueryError):
    """A parameter that the request gives no value for."""

    code = "SC2010"
