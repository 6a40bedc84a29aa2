"""What somebody who types may be looking for."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode_query, encode, serve
from functions.usecases.browse import Suggestions, SuggestionsQuery, suggest

SUGGESTIONS = Operation(
    name="suggestions",
    method="GET",
    route="v1/suggestions",
    summary="Names of products and categories that what was typed so far may become",
    answers={200: Suggestions},
    query=SuggestionsQuery,
    publishable=True,
)
OPERATIONS: tuple[Operation, ...] = (SUGGESTIONS,)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(SUGGESTIONS.name)
@blueprint.route(SUGGESTIONS.route, methods=[SUGGESTIONS.method], auth_level=SUGGESTIONS.auth_level)
async def suggestions(req: func.HttpRequest) -> func.HttpResponse:
    """Complete what was typed so far."""
    return await serve(SUGGESTIONS, req, _suggestions)


async def _suggestions(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await suggest(app().search, decode_query(SuggestionsQuery, req)))
