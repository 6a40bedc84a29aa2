"""The figures, read."""

import azure.functions as func

from functions.app import app, now
from functions.triggers.operation import Operation
from functions.triggers.problems import decode_query, encode, serve
from functions.usecases.metrics import Metrics, MetricsQuery
from functions.usecases.read_metrics import read_metrics

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

METRICS = Operation(
    name="metrics",
    method="GET",
    route="v1/metrics",
    summary="What happened in a range of minutes, added up over all partitions",
    query=MetricsQuery,
    answers={200: Metrics},
)
OPERATIONS = (METRICS,)


@blueprint.function_name(METRICS.name)
@blueprint.route(METRICS.route, methods=[METRICS.method])
async def metrics(req: func.HttpRequest) -> func.HttpResponse:
    """What happened in a range of minutes, added up over all partitions."""
    return await serve(METRICS, req, _metrics)


async def _metrics(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await read_metrics(app().metrics, decode_query(MetricsQuery, req), now()))
