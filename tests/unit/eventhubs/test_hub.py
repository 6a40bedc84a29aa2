"""Event hubs: where deliveries go and who may read."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.eventhubs.config import HubConfig
from local.eventhubs.events import Delivery
from local.eventhubs.hub import Hub, HubChangedError, HubDamagedError, Namespace, Partition
from local.eventhubs.log.partition import LogOptions
from local.eventhubs.refusals import (
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    StolenError,
    UnknownPartitionError,
)


@dataclass(eq=False)
class FakeReader:
    """Remembers why it was sent away."""

    group: str = "$default"
    owner_level: int | None = None
    refusals: list[RefusedError] = field(default_factory=list)
    partition: Partition | None = None

    def refuse(self, refusal: RefusedError) -> None:
        self.refusals.append(refusal)
        if self.partition is not None:
            self.partition.release(self)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(HubConfig("Offers", 4, ("$Default", "Agg")), tmp_path / "offers", LogOptions())


def test_deliveries_without_a_key_take_turns(hub: Hub) -> None:
    """Eight deliveries over four partitions are two for each."""
    chosen = Counter(hub.route(Delivery([b"x"], None), None).id for _ in range(8))
    assert chosen == dict.fromkeys("0123", 2)


def test_a_key_always_goes_to_the_same_partition(hub: Hub) -> None:
    """The one that the hash says."""
    assert {hub.route(Delivery([b"x"], "7"), None).id for _ in range(5)} == {"3"}


def test_a_sender_of_a_partition_may_not_set_a_key(hub: Hub) -> None:
    """Azure refuses both at once."""
    partition = hub.partition("2")
    assert hub.route(Delivery([b"x"], None), partition) is partition
    with pytest.raises(NotAllowedError):
        hub.route(Delivery([b"x"], "7"), partition)


def test_five_plain_readers_share_a_group(hub: Hub) -> None:
    """The sixth is refused, another group has its own five, and a free place is given again."""
    partition = hub.partition("0")
    readers = [FakeReader() for _ in range(5)]
    for reader in readers:
        partition.admit(reader)
    with pytest.raises(LimitReachedError, match="which is 5"):
        partition.admit(FakeReader())
    partition.admit(FakeReader(group="agg"))
    partition.release(readers[0])
    partition.admit(FakeReader())


@pytest.mark.parametrize("level", [3, 4])
def test_an_equal_or_higher_owner_level_takes_the_partition(hub: Hub, level: int) -> None:
    """The reader before is disconnected as stolen; other groups are left alone."""
    partition = hub.partition("0")
    before, other = FakeReader(owner_level=3, partition=partition), FakeReader(group="agg")
    partition.admit(before)
    partition.admit(other)
    after = FakeReader(owner_level=level)
    partition.admit(after)
    assert [type(refusal) for refusal in before.refusals] == [StolenError]
    assert other.refusals == []
    assert partition.readers == [other, after]


@pytest.mark.parametrize("level", [None, 0, 2])
def test_below_the_owner_level_nobody_reads(hub: Hub, level: int | None) -> None:
    """Neither a lower level nor a plain reader gets in while an owner is there."""
    hub.partition("0").admit(FakeReader(owner_level=3))
    with pytest.raises(StolenError, match="higher epoch '3'"):
        hub.partition("0").admit(FakeReader(owner_level=level))


def test_an_owner_disconnects_plain_readers(hub: Hub) -> None:
    """Any owner level beats none."""
    partition = hub.partition("0")
    plain = FakeReader(partition=partition)
    partition.admit(plain)
    partition.admit(FakeReader(owner_level=0))
    assert len(plain.refusals) == 1


def test_names_are_found_without_case_and_refused_when_unknown(tmp_path: Path) -> None:
    """Hub and group ignore case; a partition is a number from 0."""
    namespace = Namespace.open([HubConfig("Offers", 4, ("$Default", "Agg"))], tmp_path, LogOptions(), {})
    hub = namespace.hub("oFFERS")
    hub.check_group("AGG")
    hub.check_group("$default")
    with pytest.raises(NotFoundError):
        namespace.hub("other")
    with pytest.raises(NotFoundError):
        hub.check_group("nobody")
    for wrong in ("4", "-1", "00", ""):
        with pytest.raises(UnknownPartitionError, match="between 0 and 3"):
            hub.partition(wrong)
    namespace.close()


def test_a_hub_remembers_its_birthday_and_keeps_its_partition_count(tmp_path: Path) -> None:
    """Keys would go elsewhere with another count: the broker refuses and says the way out."""
    first = Hub(HubConfig("offers", 2), tmp_path, LogOptions())
    assert Hub(HubConfig("offers", 2), tmp_path, LogOptions()).created_ms == first.created_ms
    with pytest.raises(HubChangedError, match="created with 2 partitions and cannot have 3"):
        Hub(HubConfig("offers", 3), tmp_path, LogOptions())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"created_ms": 1, "partition_count": "x"}'])
def test_a_damaged_description_is_named(tmp_path: Path, content: str) -> None:
    """The broker does not guess how many partitions there were."""
    (tmp_path / "hub.json").write_text(content)
    with pytest.raises(HubDamagedError, match=r"hub\.json is damaged; remove"):
        Hub(HubConfig("offers", 2), tmp_path, LogOptions())
