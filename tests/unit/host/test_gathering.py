"""Events that wait for more."""

from hypothesis import given
from hypothesis import strategies as st

from local.host.eventhubs.gathering import Gathering


def test_few_wait_and_many_do_not() -> None:
    """Three make a batch at once; two do when the first has waited long enough."""
    now = 0.0
    gathering = Gathering[int](3, 4, 5.0, lambda: now)
    gathering.add([1, 2])
    assert list(gathering.batches()) == []
    gathering.add([3])
    assert list(gathering.batches()) == [[1, 2, 3]]
    gathering.add([4])
    now = 4.0
    gathering.add([5])
    assert list(gathering.batches()) == []
    now = 5.0
    assert list(gathering.batches()) == [[4, 5]]


@given(sizes=st.lists(st.integers(0, 30), max_size=20), least=st.integers(1, 12), most=st.integers(1, 12))
def test_every_event_comes_once_and_in_order(sizes: list[int], least: int, most: int) -> None:
    """No batch is larger than allowed, and in the end none is left."""
    now, given_, taken = 0.0, 0, list[int]()
    gathering = Gathering[int](least, most, 1.0, lambda: now)
    for size in sizes:
        gathering.add(range(given_, given_ + size))
        given_ += size
        for batch in gathering.batches():
            assert min(least, most) <= len(batch) <= most
            taken += batch
    for _ in range(least):
        now += 1.0
        for batch in gathering.batches():
            taken += batch
    assert taken == list(range(given_))
