"""What `$management` answers: the properties of an event hub and of a partition."""

import time

from local.eventhubs.amqp import encode
from local.eventhubs.hub import Hub, Namespace, Partition
from local.eventhubs.refusals import NotImplementedHereError, UnauthorizedError
from local.eventhubs.requests import Answer, Request
from local.eventhubs.sas import verify

_HUB_TYPE = "com.microsoft:eventhub"
_PARTITION_TYPE = "com.microsoft:partition"


def answer(namespace: Namespace, request: Request) -> Answer:
    """Answer a READ; each request carries its own token, as the SDKs send it."""
    name = request.text("name")
    now = time.time()
    grant = verify(request.text("security_token"), namespace.keys, now)
    if not grant.covers(name, now):
        raise UnauthorizedError(f"Unauthorized access. The token is not for '{name[:200]}'.")
    kind = request.text("type")
    if request.text("operation") != "READ" or kind not in (_HUB_TYPE, _PARTITION_TYPE):
        raise NotImplementedHereError("Only READ of an event hub or a partition is answered.")
    hub = namespace.hub(name)
    if kind == _HUB_TYPE:
        return Answer(200, "OK", _hub(hub))
    return Answer(200, "OK", _partition(hub, hub.partition(request.text("partition"))))


def _hub(hub: Hub) -> bytes:
    return _map(
        {
            "name": encode.string(hub.name),
            "type": encode.string(_HUB_TYPE),
            "created_at": encode.timestamp(hub.created_ms),
            "partition_count": encode.int32(len(hub.partitions)),
            "partition_ids": encode.string_array(hub.partitions),
            "georeplication_factor": encode.int32(1),
        }
    )


def _partition(hub: Hub, partition: Partition) -> bytes:
    log = partition.log
    return _map(
        {
            "name": encode.string(hub.name),
            "type": encode.string(_PARTITION_TYPE),
            "partition": encode.string(partition.id),
            "begin_sequence_number": encode.long(log.begin_sequence),
            "last_enqueued_sequence_number": encode.long(log.end_sequence - 1),
            "last_enqueued_offset": encode.string(str(log.last_offset)),
            "last_enqueued_time_utc": encode.timestamp(log.last_enqueued_ms),
            "is_partition_empty": encode.boolean(log.empty),
            "runtime_info_retrieval_time_utc": encode.timestamp(int(time.time() * 1000)),
        }
    )


def _map(entries: dict[str, bytes]) -> bytes:
    return encode.map_of([(encode.string(key), value) for key, value in entries.items()])
