"""Why a question in OData is not answered."""


class InvalidQueryError(Exception):
    """The question is wrong, or asks for too much at once."""


class NotSupportedError(Exception):
    """OData has it, this service does not."""


class NoSuchSetError(Exception):
    """There is no entity set of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no entity set '{name[:64]}'.")
