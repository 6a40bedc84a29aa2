"""The body of a query request: text and parameters."""

from dataclasses import dataclass

from local.cosmos.errors import BadRequestError
from local.cosmos.sql.compiler import CompiledQuery, compile_query
from local.cosmos.sql.scope import Parameters
from local.cosmos.wire import Request


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled query and the values of its parameters."""

    query: CompiledQuery
    parameters: Parameters

    @classmethod
    def parse(cls, request: Request) -> "Statement":
        """Statement from `{"query", "parameters"}`; raises BadRequestError or QueryError."""
        body = request.json()
        text = body.get("query") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise BadRequestError("The query request needs a 'query'.")
        given = body.get("parameters") or []
        if not isinstance(given, list) or not all(
            isinstance(p, dict) and isinstance(p.get("name"), str) for p in given
        ):
            raise BadRequestError("The 'parameters' of a query are a list of {name, value}.")
        return cls(compile_query(text), Parameters((p["name"], p.get("value")) for p in given))


def is_query(request: Request) -> bool:
    """Whether a POST asks instead of creating."""
    return request.flag("x-ms-documentdb-isquery") or request.headers.get("content-type", "").startswith(
        "application/query+json"
    )
