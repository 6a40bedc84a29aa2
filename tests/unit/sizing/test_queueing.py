"""The queueing model against what is known of queues, and the hour against what must be true of any."""

import numpy as np
import pytest

from infra.sizing.hour import SECONDS, TICK, Scenario, hour
from infra.sizing.lag import TAKEN_OVER, Readers, lag
from infra.sizing.queueing import Service, one_instance


@pytest.mark.parametrize("rate", [20.0, 50.0, 80.0])
def test_waits_are_those_of_pollaczek_and_khinchine(rate: float) -> None:
    """The mean number of requests in an instance is what the formula for M/G/1 queues says, within 10 %."""
    service = Service(0.01, 0.5, 0.0)
    busy = rate * service.cpu
    expected = busy + busy**2 * (1 + service.variation**2) / (2 * (1 - busy))
    told = one_instance(rate, service, 20_000, np.random.default_rng(3))
    assert told.depth == pytest.approx(expected, rel=0.1)
    assert told.utilisation == pytest.approx(busy, rel=0.02)


def _scenario(**changes: object) -> Scenario:
    fields = {"load": lambda _: 10_000.0, "service": Service(0.004, 0.5, 0.01), "instances": 100, "most": 400}
    rest = {"concurrency": 4.0, "new_a_second": 10.0, "start_seconds": 5, "losses": ()}
    return Scenario(**{**fields, **rest, **changes})  # type: ignore[arg-type]


def test_an_hour_is_the_same_each_time() -> None:
    """The tables of the page can be made again."""
    one, other = hour(_scenario()), hour(_scenario())
    assert np.array_equal(one.p99, other.p99)
    assert len(one.p99) == SECONDS // TICK


def test_a_lost_third_is_made_up_for() -> None:
    """Instances that are lost are started anew, and answers are as fast as before at the end."""
    course = hour(_scenario(losses=((1_800, 1 / 3),)))
    before, after = slice(100, 175), slice(-60, None)
    assert course.in_hand[180:200].max() > course.in_hand[before].mean()
    assert np.median(course.p99[after]) < 3 * np.median(course.p99[before])


def test_too_much_load_waits() -> None:
    """Where no instance may be added, twice the load that they bear makes ever more requests wait."""
    course = hour(_scenario(load=lambda _: 50_000.0, most=100))
    assert course.in_hand[-1] > course.in_hand[len(course.in_hand) // 2] > course.in_hand[0]
    assert course.refused[-1] == 1.0


def test_a_lost_reader_is_caught_up_with() -> None:
    """A partition without a reader falls behind until it has one again, and is caught up with then."""
    course = lag(Readers(lambda _: 10_000.0, 0.001, 20, 20, ((600, 1 / 20),)))
    assert course.behind.max() == pytest.approx(TAKEN_OVER, rel=0.1)
    assert course.behind[-1] == 0
