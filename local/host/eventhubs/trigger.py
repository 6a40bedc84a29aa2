"""What an event hub function gets: one event or a batch, with metadata of the same length."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import cast

from azure.eventhub import EventData
from azure.eventhub.amqp import AmqpMessageBodyType

from local.host.datum import BytesCollection, Datum, StringCollection, json_datum, text
from local.host.expressions import json_members
from local.host.functions import Function
from local.host.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a batch of events comes from."""

    namespace: str
    hub: str
    group: str
    id: str

    def describe(self) -> Datum:
        """The `PartitionContext` of the trigger's metadata."""
        return json_datum(
            {
                "FullyQualifiedNamespace": self.namespace,
                "EventHubName": self.hub,
                "ConsumerGroup": self.group,
                "PartitionId": self.id,
            }
        )


def takes_batches(function: Function) -> bool:
    """Whether the function gets many events at once."""
    return function.trigger.text("cardinality", "many").lower() == "many"


def batch_invocation(function: Function, partition: Partition, events: Sequence[EventData]) -> Invocation:
    """The invocation for a batch of events of one partition."""
    bodies = [body_of(event) for event in events]
    systems = [_system_properties(event) for event in events]
    metadata = {
        "PartitionContext": partition.describe(),
        "PropertiesArray": json_datum([_properties(event) for event in events]),
        "SystemPropertiesArray": json_datum(systems),
    }
    for name in ("SequenceNumber", "Offset", "PartitionKey", "EnqueuedTimeUtc"):
        metadata[f"{name}Array"] = json_datum([system[name] for system in systems])
    if _is_binary(function):
        argument = Datum(BytesCollection(bodies), "collection_bytes")
    else:
        strings = [body.decode("utf-8", "replace") for body in bodies]
        argument = Datum(StringCollection(strings), "collection_string")
    reason = f"{len(events)} events of '{partition.hub}' partition {partition.id}"
    return Invocation(function, argument, reason, metadata)


def event_invocation(function: Function, partition: Partition, event: EventData) -> Invocation:
    """The invocation for a single event."""
    body, system = body_of(event), _system_properties(event)
    content = body.decode("utf-8", "replace")
    metadata = {
        "PartitionContext": partition.describe(),
        "Properties": json_datum(_properties(event)),
        "SystemProperties": json_datum(system),
    }
    metadata |= {name: json_datum(value) for name, value in system.items() if value is not None}
    return Invocation(
        function,
        Datum(body, "bytes") if _is_binary(function) else text(content),
        f"event of '{partition.hub}' partition {partition.id}",
        metadata,
        {**system, **json_members(content)},
    )


def body_of(event: EventData) -> bytes:
    """The event's body: its data sections joined, or the JSON form of an AMQP value."""
    if event.body_type is AmqpMessageBodyType.DATA:
        return b"".join(cast(Iterable[bytes], event.body))
    return dumps(event.body, default=str).encode()


def _is_binary(function: Function) -> bool:
    return function.trigger.text("dataType").lower() == "binary"


def _system_properties(event: EventData) -> dict[str, object]:
    key = event.partition_key
    return {
        "SequenceNumber": event.sequence_number,
        "Offset": event.offset,
        "PartitionKey": key.decode() if key is not None else None,
        "EnqueuedTimeUtc": event.enqueued_time,
    }


def _properties(event: EventData) -> Mapping[str, object]:
    """The sender's own properties; names and values arrive as bytes or text."""
    return {str(_plain(name)): _plain(value) for name, value in (event.properties or {}).items()}


def _plain(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
