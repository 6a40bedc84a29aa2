"""Whether the app can do its work: for load balancers, monitors and people."""

from collections.abc import Sequence

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import encode, serve
from functions.usecases.check_health import Dependency, Health

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

HEALTH = Operation(
    name="health",
    method="GET",
    route="api/v1/health",
    summary="Whether every dependency answers, how fast, and what is lost without it",
    answers={200: Health, 503: Health},
    anonymous=True,
)
READY = Operation(
    name="ready",
    method="GET",
    route="api/v1/ready",
    summary="Whether this process has loaded what it cannot serve without; asking loads it",
    answers={200: Health, 503: Health},
    anonymous=True,
)
OPERATIONS = (HEALTH, READY)


@blueprint.function_name(HEALTH.name)
@blueprint.route(HEALTH.route, methods=[HEALTH.method], auth_level=HEALTH.auth_level)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 while the app can serve, be it degraded, else 503; with each dependency's latency."""
    return await serve(HEALTH, req, _health)


@blueprint.function_name(READY.name)
@blueprint.route(READY.route, methods=[READY.method], auth_level=READY.auth_level)
async def ready(req: func.HttpRequest) -> func.HttpResponse:
    """200 when requests may come, else 503."""
    return await serve(READY, req, _ready)


async def _health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - nothing is asked
    return _told(await app().health())


async def _ready(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - nothing is asked
    return _told(await app().readiness())


def _told(found: Sequence[Dependency]) -> func.HttpResponse:
    serving = app().models.serving
    answer = Health.of(found, serving.model.version if serving else None)
    return encode(answer, 200 if answer.serves else 503)
