"""What becomes of a queue message that failed: back to the queue, or parked for people to look at.

A fault of the outside (Cosmos, Event Hubs) goes back to the queue as often as host.json allows, which bridges an
outage. A message that can never succeed is parked at once. A fault of our own is tried `ATTEMPTS` times.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import azure.functions as func

from functions.app import telemetry
from functions.events import InvalidEventError
from functions.personalization.shopper import InvalidShopperError
from functions.simulation.run import NotSimulatedError
from functions.telemetry import PARKED
from functions.usecases.make_offer import UnknownProductError, UnknownShopperError
from functions.usecases.ports import StoreUnavailableError, StreamUnavailableError
from functions.usecases.simulate_shopper import NotSimulatableError

FOR_GOOD = (
    InvalidEventError,
    InvalidShopperError,
    UnknownShopperError,
    UnknownProductError,
    NotSimulatedError,
    NotSimulatableError,
)
FOR_NOW = (StoreUnavailableError, StreamUnavailableError)
ATTEMPTS = 5

log = logging.getLogger(__name__)


@contextmanager
def parking(message: func.QueueMessage, poison: func.Out[bytes]) -> Iterator[None]:
    """Around the handling of a message: parks its original body in `poison`, or lets the error pass for a retry."""
    try:
        yield
    except FOR_NOW as error:
        log.warning("Message %s goes back to the queue: %s", message.id, error)
        raise
    except FOR_GOOD as error:
        _park(message, poison, str(error))
    except Exception as error:
        if (message.dequeue_count or 0) < ATTEMPTS:
            raise
        log.exception("Message %s failed %d times", message.id, ATTEMPTS)
        _park(message, poison, repr(error))


def _park(message: func.QueueMessage, poison: func.Out[bytes], reason: str) -> None:
    log.error("Message %s is parked in the poison queue: %s", message.id, reason)
    telemetry().record(PARKED, 1)
    poison.set(message.get_body())
