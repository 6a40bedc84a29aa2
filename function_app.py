"""The front door: makes the function app and registers its blueprints."""

import azure.functions as func

from functions.triggers import (
    decide,
    decisions,
    events,
    health,
    lake,
    metrics,
    models,
    odata,
    offers,
    openapi,
    products,
    reco,
    recommendations,
    rules,
    shoppers,
    simulation,
    store,
    stream,
    suggestions,
)

ROOMS = (
    recommendations,
    reco,
    rules,
    shoppers,
    events,
    decide,
    decisions,
    simulation,
    offers,
    stream,
    lake,
    models,
    metrics,
    odata,
    health,
    suggestions,
    products,
    store,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for room in ROOMS:
    app.register_functions(room.blueprint)
app.register_functions(openapi.contract(openapi.operations_of(ROOMS)))
