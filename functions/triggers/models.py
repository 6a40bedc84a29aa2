"""The model, looked after."""

import logging

import azure.functions as func

from functions.app import app
from functions.triggers.seeding import once_seeded

log = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("retrain_check")
@blueprint.timer_trigger("timer", "0 7 * * * *")
async def retrain_check(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding needs its parameter
    """Once an hour, where it is enabled: whether the model should be trained again, told in the metrics."""
    with once_seeded():
        drift = await app().check_drift()
        log.log(logging.WARNING if drift.reasons else logging.INFO, "Model %s: %s", drift.version, drift.verdict)
