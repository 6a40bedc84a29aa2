"""Whether the app can do its work: for load balancers, monitors and people."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import encode, serve
from functions.usecases.check_health import Health

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

HEALTH = Operation(
    name="health",
    method="GET",
    route="v1/health",
    summary="Whether every dependency answers, and how fast",
    answers={200: Health, 503: Health},
    anonymous=True,
)
OPERATIONS = (HEALTH,)


@blueprint.function_name(HEALTH.name)
@blueprint.route(HEALTH.route, methods=[HEALTH.method], auth_level=HEALTH.auth_level)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 when every dependency answers, else 503; with each one's latency."""
    return await serve(HEALTH, req, _health)


async def _health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - nothing is asked
    found = await app().health()
    serving = app().models.serving
    answer = Health.of(found, serving.model.version if serving else None)
    return encode(answer, 200 if answer.healthy else 503)
