"""Profiles are kept for a moment, within bounds."""

from functions.adapters.profiles import CachedShoppers
from functions.personalization.shopper import Shopper
from tests.unit.usecases.fakes import FakeShoppers


class Clock:
    """Time that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _cached(*ids: str, capacity: int = 10) -> tuple[CachedShoppers, FakeShoppers, Clock]:
    source, clock = FakeShoppers({each: Shopper(each, "unknown") for each in ids}), Clock()
    return CachedShoppers(source, max_age=30, capacity=capacity, clock=clock), source, clock


async def test_a_shopper_who_acts_again_is_not_read_again() -> None:
    """Within its age a profile is served from memory."""
    shoppers, source, clock = _cached("anna")
    first = await shoppers.read("anna")
    clock.now = 29.9
    assert await shoppers.read("anna") is first
    assert source.reads == 1


async def test_a_profile_is_never_older_than_its_age() -> None:
    """A change of the profile, such as an opt-out, is seen when the age is over, however often it was asked for."""
    shoppers, source, clock = _cached("anna")
    for second in range(0, 31, 10):
        clock.now = second
        await shoppers.read("anna")
    source.profiles["anna"] = Shopper("anna", "unknown", personalize=False)
    clock.now = 60
    changed = await shoppers.read("anna")
    assert changed is not None
    assert not changed.personalize


async def test_an_unknown_shopper_is_asked_for_each_time() -> None:
    """Who registers is known at once; and who was deleted is forgotten with the age."""
    shoppers, source, clock = _cached()
    assert await shoppers.read("anna") is None
    source.profiles["anna"] = Shopper("anna", "unknown")
    assert await shoppers.read("anna") is not None
    del source.profiles["anna"]
    clock.now = 30
    assert await shoppers.read("anna") is None


async def test_memory_is_bounded_and_keeps_who_came_last() -> None:
    """When there are too many, the one who did not act for longest goes."""
    shoppers, source, _ = _cached("anna", "ben", "carl", capacity=2)
    for shopper in ("anna", "ben", "anna", "carl", "anna"):
        await shoppers.read(shopper)
    assert source.reads == 3
    await shoppers.read("ben")
    assert source.reads == 4


async def test_who_is_forgotten_is_read_again() -> None:
    """At once, whatever the age; to forget somebody unknown does no harm."""
    shoppers, source, _ = _cached("anna")
    await shoppers.read("anna")
    del source.profiles["anna"]
    shoppers.forget("anna")
    shoppers.forget("zoe")
    assert await shoppers.read("anna") is None
