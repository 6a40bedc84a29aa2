"""The front door: makes the function app and registers its blueprints."""

import azure.functions as func

from functions.triggers import health, metrics, models, offers, products, simulation, store, stream, suggestions

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for room in (simulation, offers, stream, models, metrics, health, suggestions, products, store):
    app.register_functions(room.blueprint)
