"""Simulated shoppers to be."""

from collections.abc import Mapping, Sequence

from functions.personalization.shopper import History, Shopper
from functions.simulation.behaviour import Wants
from functions.simulation.run import Run
from functions.usecases.sample_shoppers import MAX_AGE, SHOWN, SampleShoppers

REGULARS = [
    Shopper(f"r{n}", "old", {"food": 0.2, "bath": 0.5, "toys": 0.3}, History(baskets=n + 1)) for n in range(12)
]
STRANGERS = [Shopper(f"x{n}", "young") for n in range(3)]
OPTED_OUT = Shopper("private", "old", {"food": 1.0}, History(baskets=9), personalize=False)


class Profiles:
    """Profiles by id."""

    def __init__(self, *shoppers: Shopper) -> None:
        self.known: Mapping[str, Shopper] = {shopper.id: shopper for shopper in shoppers}

    async def read(self, shopper_id: str) -> Shopper | None:
        """The profile."""
        return self.known.get(shopper_id)


class Simulated:
    """Who can be simulated; counts how often it was asked."""

    def __init__(self, *ids: str) -> None:
        self.ids, self.asked = ids, 0

    async def shoppers(self) -> Sequence[str]:
        """All of them."""
        self.asked += 1
        return self.ids

    async def wants(self, shopper_id: str) -> Wants | None:
        """Not asked here."""
        raise NotImplementedError

    async def save(self, run: Run) -> None:
        """Not asked here."""
        raise NotImplementedError

    async def run(self, name: str, started: int) -> Run | None:
        """Not asked here."""
        raise NotImplementedError


async def test_some_regulars_and_one_stranger_are_listed() -> None:
    """With their favourite departments; nobody who opted out, and nobody who has no profile."""
    everyone = (*REGULARS, *STRANGERS, OPTED_OUT)
    simulated = Simulated(*(each.id for each in everyone), "gone")
    sample = await SampleShoppers(simulated, Profiles(*everyone), lambda: 0.0)()
    assert len(sample.shoppers) == SHOWN
    assert [each.baskets > 0 for each in sample.shoppers] == [True] * (SHOWN - 1) + [False]
    assert sample.shoppers[0].departments == ("bath", "toys")
    assert "private" not in {each.id for each in sample.shoppers}


async def test_real_shoppers_are_never_listed() -> None:
    """A shop that was never simulated tells nobody's id."""
    assert (await SampleShoppers(Simulated(), Profiles(*REGULARS), lambda: 0.0)()).shoppers == ()


async def test_the_list_is_kept_for_some_minutes() -> None:
    """It reads two dozen profiles."""
    now, simulated = [0.0], Simulated("r1")
    sample = SampleShoppers(simulated, Profiles(*REGULARS), lambda: now[0])
    await sample()
    await sample()
    assert simulated.asked == 1
    now[0] += MAX_AGE + 1
    await sample()
    assert simulated.asked == 2
