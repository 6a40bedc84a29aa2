"""Whether the app can do its work: for load balancers, monitors and people."""

import azure.functions as func

from functions.app import app
from functions.triggers.problems import answering, encode
from functions.usecases.check_health import Dependency

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("health")
@blueprint.route("v1/health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding needs its parameter
    """200 when every dependency answers, else 503; with each one's latency."""
    return await answering(_health())


async def _health() -> func.HttpResponse:
    found = await app().health()
    healthy = all(dependency.healthy for dependency in found)
    body = {
        "status": "healthy" if healthy else "unhealthy",
        "model": serving.model.version if (serving := app().models.serving) else None,
        "dependencies": {one.name: _encode(one) for one in found},
    }
    return encode(body, 200 if healthy else 503)


def _encode(dependency: Dependency) -> dict[str, object]:
    status = "healthy" if dependency.healthy else "unhealthy"
    return {"status": status, "milliseconds": dependency.milliseconds}
