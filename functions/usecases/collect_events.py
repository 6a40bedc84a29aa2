"""What shoppers do, as storefronts report it: into the stream first, then into fast memory."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypedDict

from functions.actions import Action
from functions.telemetry import SILENT, Telemetry
from functions.usecases.incoming_events import Incoming, Rejected
from functions.usecases.metrics import Answer
from functions.usecases.ports import MemoryUnavailableError

AHEAD, BEHIND = timedelta(minutes=5), timedelta(days=30)
"""How far a storefront's clock may be ahead, and how late an event may come."""

type Status = Literal["accepted", "rejected", "unavailable"]

log = logging.getLogger(__name__)


class EventResult(TypedDict):
    """What became of one event: durable in the stream, never to be accepted, or to be sent again."""

    id: str | None
    status: Status
    detail: str | None


class EventResults(Answer):
    """What became of each event, in the order in which they came."""

    accepted: int
    rejected: int
    unavailable: int
    results: tuple[EventResult, ...]


class BulkStream(Protocol):
    """Where events go, many at a time."""

    async def send_all(self, events: Sequence[Action]) -> frozenset[str]:
        """Send events of any shoppers; the ids of those that are durable now."""


class Noting(Protocol):
    """Fast memory, written."""

    async def note(self, events: Sequence[Action]) -> None:
        """Remember what shoppers did, idempotent by event id; raises `MemoryUnavailableError`."""


@dataclass(frozen=True, slots=True)
class CollectEvents:
    """The use case with what it writes to."""

    stream: BulkStream
    memories: Noting
    clock: Callable[[], datetime]
    telemetry: Telemetry = SILENT

    async def __call__(self, incoming: Sequence[Incoming]) -> EventResults:
        """Send what is valid; an event that is not does no harm to its neighbours.

        An event that comes again has the same id, by which everyone downstream counts it once.
        """
        now = self.clock()
        earliest, latest = now - BEHIND, now + AHEAD
        timely = [
            event if isinstance(event, Rejected) or earliest <= event.time <= latest else _untimely(event, now)
            for event in incoming
        ]
        here = self.telemetry.context()
        valid = [event.caused_in(here) for event in timely if not isinstance(event, Rejected)]
        durable = await self.stream.send_all(valid)
        await self._note([event for event in valid if event.id in durable])
        results = tuple([_result(event, durable) for event in timely])
        statuses = [result["status"] for result in results]
        return EventResults(
            accepted=statuses.count("accepted"),
            rejected=statuses.count("rejected"),
            unavailable=statuses.count("unavailable"),
            results=results,
        )

    async def _note(self, events: Sequence[Action]) -> None:
        try:
            await self.memories.note(events)
        except MemoryUnavailableError as error:
            log.warning("%d events are in the stream, but not in fast memory: %s", len(events), error)


def _untimely(event: Action, now: datetime) -> Rejected:
    when = "in the future: is the sender's clock right?" if event.time > now else "more than 30 days ago"
    return Rejected(event.id, f"time: {event.time.isoformat()} is {when}")


def _result(event: Incoming, durable: frozenset[str]) -> EventResult:
    if isinstance(event, Rejected):
        return {"id": event.id, "status": "rejected", "detail": event.fault}
    if event.id in durable:
        return {"id": event.id, "status": "accepted", "detail": None}
    return {"id": event.id, "status": "unavailable", "detail": "the stream did not accept it: send it again"}
