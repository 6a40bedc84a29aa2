"""What readers ask for: where to attach, and where to start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.addresses import Address, node_of, parse_address
from local.eventhubs.amqp.decode import Described
from local.eventhubs.log.position import BEGINNING, LATEST, By, Position
from local.eventhubs.positions import parse_filter, start_position
from local.eventhubs.refusals import InvalidPositionError, NotFoundError


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("amqp.annotation.x-opt-offset > '-1'", BEGINNING),
        ("amqp.annotation.x-opt-offset > '@latest'", LATEST),
        ("amqp.annotation.x-opt-offset >= '42'", Position(By.OFFSET, 42, inclusive=True)),
        ("amqp.annotation.x-opt-sequence-number > '7'", Position(By.SEQUENCE, 7)),
        (b"amqp.annotation.x-opt-sequence-number >= '0'", Position(By.SEQUENCE, 0, inclusive=True)),
        ("amqp.annotation.x-opt-enqueued-time > '1700000000000'", Position(By.TIME, 1700000000000)),
    ],
)
def test_the_filters_of_the_sdks_are_understood(expression: str | bytes, expected: Position) -> None:
    """Offset, sequence number and time, inclusive or not, and the two ends."""
    assert parse_filter(expression) == expected
    assert start_position({"apache.org:selector-filter:string": Described("x", expression)}) == expected


def test_without_a_filter_a_reader_starts_at_the_beginning() -> None:
    """As in Azure."""
    assert start_position({}) == BEGINNING


@given(expression=st.one_of(st.text(), st.binary(), st.integers(), st.none()))
def test_any_other_filter_is_refused(expression: object) -> None:
    """A filter is a position or an InvalidPositionError."""
    with pytest.raises(InvalidPositionError):
        parse_filter(expression)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("offers", Address("offers")),
        ("amqps://127.0.0.1:5672/offers", Address("offers")),
        ("amqps://host/offers/Partitions/1", Address("offers", "1")),
        ("offers/ConsumerGroups/$Default/Partitions/0", Address("offers", "0", "$Default")),
        ("amqps://host/Offers/consumergroups/Agg/partitions/3", Address("Offers", "3", "Agg")),
    ],
)
def test_addresses_are_paths_with_or_without_a_host(address: str, expected: Address) -> None:
    """Python sends URLs, JavaScript paths; the words in them ignore case."""
    assert parse_address(address) == expected


@pytest.mark.parametrize(
    "address", ["", "/", "a/b", "a/Partitions", "a/b/c/d", "a/ConsumerGroups/g/x/1", "amqps://host"]
)
def test_an_address_of_another_shape_is_not_found(address: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotFoundError):
        parse_address(address)


def test_the_nodes_are_recognized_in_every_place() -> None:
    """`$cbs` stands alone, `$management` also behind a host or a hub."""
    assert node_of("$cbs") == "$cbs"
    assert node_of("amqps://host/$management") == "$management"
    assert node_of("offers/$management") == "$management"
    assert node_of("offers") is None
