"""What the metrics endpoint says, and a count over the event log to compare it with."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, PartitionContext

from functions.events import DecisionEvent, Event, InvalidEventError, PromotionEvent, parse_message
from tests.stack import SeededStack, until


@dataclass(frozen=True)
class Figures:
    """The whole answer of `GET /api/v1/metrics`, with its counters at hand."""

    answer: dict[str, Any]

    @property
    def events(self) -> Counter[str]:
        """Events counted by type."""
        return Counter(self.answer["events"])

    @property
    def offers_made(self) -> Counter[str]:
        """Decisions by offer."""
        return Counter({offer["offer"]: offer["made"] for offer in self.answer["offers"]})

    @property
    def offers_clicked(self) -> Counter[str]:
        """Clicks by offer."""
        return Counter({offer["offer"]: offer["clicked"] for offer in self.answer["offers"] if offer["clicked"]})

    def counter(self, name: str) -> Counter[str]:
        """One of the counters: paths, levels, arms, degraded; models by version."""
        return Counter(self.answer[name]["decisions"] if name == "models" else self.answer[name])


def figures(stack: SeededStack) -> Figures:
    """The figures of the last hour."""
    return Figures(stack.get("/api/v1/metrics?top=1000"))


def settled(stack: SeededStack, seconds: float = 120) -> Figures:
    """The figures once the loop is idle and the aggregation has caught up with the log."""
    until(stack.loop_is_idle, "the loop ends", seconds)
    last = _last_sequences(stack)

    def caught_up() -> bool:
        partitions = stack.get("/api/v1/metrics")["lag"]["partitions"]
        reached = {partition["partition"]: partition["sequence"] for partition in partitions}
        return all(reached.get(f"events-{name}", -1) >= sequence for name, sequence in last.items())

    until(caught_up, f"the aggregation reaches {last}", 60, 0.5)
    return figures(stack)


def simulate(stack: SeededStack, shoppers: int, steps: int, seed: int = 1) -> int:
    """Start a simulation and return the number of decisions it will lead to."""
    started = stack.post(
        "/api/v1/simulations", {"run": f"test-{seed}", "shoppers": shoppers, "steps": steps, "seed": seed}
    )
    assert started["shoppers"] == shoppers
    return shoppers * steps


@dataclass(frozen=True)
class LogCount:
    """A plain count over the event log: each event once, by its id."""

    events: Counter[str]
    offers_made: Counter[str]
    offers_clicked: Counter[str]
    repeated: int
    """Events that are in the log more than once."""


def count_log(stack: SeededStack) -> LogCount:
    """Read the whole log with the SDK and count; what other tests sent that is no event counts nowhere."""
    found = [event for body in read_log(stack) for event in parse_message(body)]
    events = [event for event in found if not isinstance(event, InvalidEventError)]
    unique: dict[str, Event] = {}
    for event in events:
        unique.setdefault(event.id, event)
    return LogCount(
        events=Counter(event.type for event in unique.values()),
        offers_made=Counter(event.data.offer for event in unique.values() if isinstance(event, DecisionEvent)),
        offers_clicked=Counter(
            event.data.promotion_id for event in unique.values() if isinstance(event, PromotionEvent)
        ),
        repeated=len(events) - len(unique),
    )


def _consumer(stack: SeededStack) -> EventHubConsumerClient:
    return EventHubConsumerClient.from_connection_string(
        stack.eventhubs.connection, consumer_group="watch", eventhub_name="events"
    )


def _last_sequences(stack: SeededStack) -> dict[str, int]:
    with _consumer(stack) as consumer:
        return {
            partition: consumer.get_partition_properties(partition)["last_enqueued_sequence_number"]
            for partition in consumer.get_partition_ids()
        }


def read_log(stack: SeededStack) -> list[bytes]:
    """The body of every message, in the order of each partition."""
    bodies: list[bytes] = []
    left = {partition: last for partition, last in _last_sequences(stack).items() if last >= 0}
    with _consumer(stack) as consumer:

        def take(context: PartitionContext, batch: list[EventData]) -> None:
            bodies.extend(b"".join(event.body) for event in batch)  # type: ignore[arg-type]
            if batch and (batch[-1].sequence_number or 0) >= left[context.partition_id]:
                del left[context.partition_id]
            if not left:
                consumer.close()

        if left:
            consumer.receive_batch(take, starting_position="-1", max_wait_time=1)
    return bodies
