"""Partition keys hash as the SDK hashes them, or client and server would disagree about ranges."""

from typing import Any

import pytest
from azure.cosmos.partition_key import PartitionKey as SdkPartitionKey
from azure.cosmos.partition_key import _Undefined
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.errors import BadRequestError, NotSupportedError
from local.cosmos.partitioning import PartitionKeyDefinition, PhysicalRanges, ranges_of
from local.cosmos.sql.values import UNDEFINED
from tests.unit.cosmos.json_values import numbers

ONE = PartitionKeyDefinition.parse({"paths": ["/pk"], "kind": "Hash", "version": 2})
THREE = PartitionKeyDefinition.parse({"paths": ["/a", "/b", "/c"], "kind": "MultiHash", "version": 2})
# -0 is left out: it is stored as 0.
key_values = (
    st.none() | st.booleans() | numbers.map(lambda number: number or 0) | st.text(max_size=60) | st.just(UNDEFINED)
)


def in_sdk(value: object) -> object:
    return _Undefined() if value is UNDEFINED else value


@given(key_values)
@settings(deadline=None, max_examples=200)
def test_a_key_hashes_as_in_the_sdk(value: object) -> None:
    """Every kind of value has the effective partition key that the SDK computes."""
    expected = SdkPartitionKey("/pk")._get_effective_partition_key_string([in_sdk(value)])  # type: ignore[list-item]
    assert ONE.key([value]).epk == expected


@given(st.lists(key_values, min_size=3, max_size=3))
@settings(deadline=None, max_examples=100)
def test_a_hierarchical_key_hashes_as_in_the_sdk(components: list[object]) -> None:
    """A hierarchical key is the hashes of its levels, one after the other."""
    sdk = SdkPartitionKey(["/a", "/b", "/c"])
    expected = sdk._get_effective_partition_key_string([in_sdk(value) for value in components])  # type: ignore[misc]
    assert THREE.key(components).epk == expected


def test_a_prefix_covers_all_keys_that_begin_with_it() -> None:
    """The range of a prefix holds the keys below it and not those beside it."""
    below = ranges_of(THREE.key(["eu"]))
    assert below.holds(THREE.key(["eu", "se", 1]).epk)
    assert not below.holds(THREE.key(["us", "se", 1]).epk)


def test_one_and_true_are_different_keys_but_one_and_one_point_zero_are_not() -> None:
    """Keys compare as JSON does, not as Python does."""
    assert ONE.of_header("[1]") == ONE.of_header("[1.0]")
    assert ONE.of_header("[1]") != ONE.of_header("[true]")


def test_a_missing_value_is_undefined_and_not_null() -> None:
    """A document without the property is in another partition than one where it is null."""
    assert ONE.of_document({"id": "1"}) == ONE.of_header("[{}]")
    assert ONE.of_document({"id": "1"}) != ONE.of_document({"id": "1", "pk": None})


@given(key_values, st.integers(1, 16))
@settings(deadline=None)
def test_every_key_lies_in_exactly_one_range(value: object, count: int) -> None:
    """Physical ranges cover the space without overlap."""
    epk = ONE.key([value]).epk
    assert [bounds.holds(epk) for bounds in PhysicalRanges.make(count).ranges].count(True) == 1


def test_keys_spread_over_the_ranges() -> None:
    """Each of three ranges gets about a third of the keys."""
    ranges = PhysicalRanges.make(3)
    counts = [0, 0, 0]
    for number in range(3000):
        counts[ranges.holding(ONE.key([f"shopper-{number}"]).epk)] += 1
    assert min(counts) > 800


@pytest.mark.parametrize("header", ["", "{}", "[1,2]", "[[1]]", "nonsense", '[{"a":1}]'])
def test_a_header_that_is_no_key_is_refused(header: str) -> None:
    """A partition key header is a JSON array of as many scalars as there are paths."""
    with pytest.raises(BadRequestError):
        ONE.of_header(header)


def test_what_a_definition_may_not_be() -> None:
    """Definitions without paths, with too many, or with the old hash are refused."""
    refused: list[Any] = [None, {}, {"paths": []}, {"paths": ["pk"]}, {"paths": ["/a", "/b"], "kind": "Hash"}]
    for body in refused:
        with pytest.raises(BadRequestError):
            PartitionKeyDefinition.parse(body)
    with pytest.raises(NotSupportedError, match="version 1"):
        PartitionKeyDefinition.parse({"paths": ["/pk"], "version": 1})
