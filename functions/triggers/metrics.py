"""The figures, read."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode_query, encode, serve
from functions.usecases.alerts import Alerts
from functions.usecases.metrics import Metrics
from functions.usecases.metrics_csv import as_csv
from functions.usecases.metrics_query import MetricsQuery

CSV = "text/csv"
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

METRICS = Operation(
    name="metrics",
    method="GET",
    route="api/v1/metrics",
    summary="What happened in a range of minutes, added up over all partitions; as CSV, one table of it",
    query=MetricsQuery,
    answers={200: Metrics},
    media=CSV,
)
ALERTS = Operation(
    name="metrics_alerts",
    method="GET",
    route="api/v1/metrics/alerts",
    summary="What is out of its band now: since when, by how much, and what to do; and how far the lake is behind",
    answers={200: Alerts},
)
OPERATIONS = (METRICS, ALERTS)


@blueprint.function_name(METRICS.name)
@blueprint.route(METRICS.route, methods=[METRICS.method])
async def metrics(req: func.HttpRequest) -> func.HttpResponse:
    """What happened in a range of minutes, added up over all partitions."""
    return await serve(METRICS, req, _metrics)


@blueprint.function_name(ALERTS.name)
@blueprint.route(ALERTS.route, methods=[ALERTS.method])
async def metrics_alerts(req: func.HttpRequest) -> func.HttpResponse:
    """What is out of its band."""
    return await serve(ALERTS, req, _alerts)


async def _alerts(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - nothing is asked
    return encode(await app().read_alerts())


async def _metrics(req: func.HttpRequest) -> func.HttpResponse:
    query = decode_query(MetricsQuery, req)
    found = await app().read_metrics(query)
    if query.format == "csv" or (query.format is None and req.headers.get("Accept", "").startswith(CSV)):
        headers = {"Content-Disposition": f'attachment; filename="{query.table}.csv"', "Vary": "Accept"}
        return func.HttpResponse(as_csv(found, query.table), mimetype=CSV, charset="utf-8", headers=headers)
    return encode(found)
