"""The figures, read."""

import azure.functions as func

from functions.app import app, now
from functions.triggers.problems import answering, decode_query, encode
from functions.usecases.metrics import MetricsQuery
from functions.usecases.read_metrics import read_metrics

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("metrics")
@blueprint.route("v1/metrics", methods=["GET"])
async def metrics(req: func.HttpRequest) -> func.HttpResponse:
    """What happened in a range of minutes, added up over all partitions."""
    return await answering(_metrics(req))


async def _metrics(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await read_metrics(app().metrics, decode_query(MetricsQuery, req), now()))
