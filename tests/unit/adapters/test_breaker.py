"""The circuit breaker."""

from functions.adapters.breaker import Breaker


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_everybody_may_try_while_nothing_failed() -> None:
    """Closed, it is not in the way."""
    breaker = Breaker(1, Clock())
    assert all(breaker.allows() for _ in range(3))


def test_nobody_tries_during_the_pause() -> None:
    """After a failure the service is left alone."""
    clock = Clock()
    breaker = Breaker(1, clock)
    breaker.failed()
    clock.time += 0.99
    assert not breaker.allows()


def test_one_tries_after_each_pause() -> None:
    """The others still do not wait for a service that may be down."""
    clock = Clock()
    breaker = Breaker(1, clock)
    breaker.failed()
    for _ in range(2):
        clock.time += 1
        assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_success_lets_everybody_try() -> None:
    """The service is back."""
    clock = Clock()
    breaker = Breaker(1, clock)
    breaker.failed()
    clock.time += 1
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
