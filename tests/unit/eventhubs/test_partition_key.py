"""Partition keys go where Azure puts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.partition_key import key_hash, lookup3, partition_of

LONG_KEY = "FAyAIctPeCgmiwLKbJcyswoHglHVjQdvtBowLACDNORsYvOcLddNJYDmhAVkbyLOrHTKLneMNcbgWVlasVywOByANjs"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", 0),
        ("7", -15263),
        ("131", 30562),
        ("7149583486996073602", 12977),
        ("FWfAT", -22341),
        ("sOdeEAsyQoEuEFPGerWO", -6503),
        (LONG_KEY, 5226),
    ],
)
def test_the_hash_is_that_of_the_service(key: str, expected: int) -> None:
    """The hashes that the tests of Microsoft's .NET, Java and Python SDKs expect."""
    assert key_hash(key) == expected


def test_lookup3_gives_the_published_hashes() -> None:
    """The two examples in Bob Jenkins' lookup3.c."""
    assert lookup3(b"") == (0xDEADBEEF, 0xDEADBEEF)
    assert lookup3(b"Four score and seven years ago") == (0x17770551, 0xCE7226E6)


def test_a_negative_hash_keeps_its_size() -> None:
    """-15263 goes to 15263 mod 4, where a floored remainder would say 1."""
    assert partition_of("7", 4) == 3
    assert partition_of("alphabet", 11) == 4


@given(key=st.text(max_size=60), count=st.integers(1, 32))
def test_every_key_has_one_partition(key: str, count: int) -> None:
    """Any text, also beyond ASCII, lands on one of the partitions, always the same."""
    assert 0 <= partition_of(key, count) < count
    assert partition_of(key, count) == partition_of(key, count)
