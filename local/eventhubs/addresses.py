"""Link addresses: `hub`, `hub/Partitions/1`, `hub/ConsumerGroups/NAME/Partitions/1`, `$cbs`, `$management`."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from local.eventhubs.refusals import NotFoundError

CBS, MANAGEMENT = "$cbs", "$management"


@dataclass(frozen=True, slots=True)
class Address:
    """An event hub, and the partition and consumer group when the address names them."""

    hub: str
    partition: str | None = None
    group: str | None = None


def node_of(address: str) -> str | None:
    """`$cbs` or `$management` when the address is one of these."""
    last = address.rsplit("/", 1)[-1].lower()
    return last if last in (CBS, MANAGEMENT) else None


def parse_address(address: str) -> Address:
    """A path or a URL, of which only the path counts; NotFoundError when it has another shape."""
    path = urlsplit(address).path if "://" in address else address
    match [part for part in path.split("/") if part]:
        case [hub]:
            return Address(hub)
        case [hub, word, partition] if word.lower() == "partitions":
            return Address(hub, partition)
        case [hub, outer, group, inner, partition] if (
            outer.lower() == "consumergroups" and inner.lower() == "partitions"
        ):
            return Address(hub, partition, group)
        case _:
            raise NotFoundError(f"The messaging entity '{address[:200]}' could not be found.")
