"""What becomes of a queue message that failed: back to the queue, or parked for people to look at.

A fault of the outside (Cosmos, Event Hubs) goes back to the queue as often as host.json allows, which bridges an
outage. A message that can never succeed is parked at once. A fault of our own is tried `ATTEMPTS` times.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import azure.functions as func

from functions.app import telemetry
from functions.events import CloudEvent, InvalidEventError
from functions.personalization.shopper import InvalidShopperError
from functions.simulation.run import NotSimulatedError
from functions.telemetry import PARKED, Span
from functions.triggers.observing import processing
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


class Handling:
    """A message of a queue being worked on; once it is known what it holds, in the trace of what caused that."""

    def __init__(self, queue: str, spans: ExitStack) -> None:
        self._queue, self._spans = queue, spans
        self._span: Span | None = None

    def of[E: CloudEvent](self, event: E) -> E:
        """The event that the message holds."""
        self._span = self._spans.enter_context(processing(self._queue, event))
        return event

    def parked(self, error: Exception) -> None:
        """Say that no delivery of it will succeed."""
        if self._span is not None:
            self._span.failed(type(error).__name__)
        telemetry().record(PARKED, 1, {"messaging.destination.name": self._queue})


@contextmanager
def parking(queue: str, message: func.QueueMessage, poison: func.Out[bytes]) -> Iterator[Handling]:
    """Around the handling of a message: parks its original body in `poison`, or lets the error pass for a retry."""
    with ExitStack() as spans:
        handling = Handling(queue, spans)
        try:
            yield handling
        except FOR_NOW as error:
            log.warning("Message %s goes back to the queue: %s", message.id, error)
            raise
        except FOR_GOOD as error:
            log.error("Message %s is parked in the poison queue: %s", message.id, error)
            _park(handling, message, poison, error)
        except Exception as error:
            if (message.dequeue_count or 0) < ATTEMPTS:
                raise
            log.exception("Message %s failed %d times", message.id, ATTEMPTS)
            log.error("Message %s is parked in the poison queue: %s", message.id, type(error).__name__)
            _park(handling, message, poison, error)


def _park(handling: Handling, message: func.QueueMessage, poison: func.Out[bytes], error: Exception) -> None:
    handling.parked(error)
    poison.set(message.get_body())
