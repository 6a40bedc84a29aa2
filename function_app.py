"""The front door: makes the function app and registers its blueprints."""

import azure.functions as func

from functions.triggers import decide, events, health, metrics, models, offers, recommendations, simulation, stream

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for room in (recommendations, events, decide, simulation, offers, stream, models, metrics, health):
    app.register_functions(room.blueprint)
