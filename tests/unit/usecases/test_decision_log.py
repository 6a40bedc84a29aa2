"""Decisions kept, and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.events import DecisionEvent, to_json, to_json_batch
from functions.personalization.shopper import InvalidShopperError, Shopper
from functions.usecases.decision_log import TrailQuery, keep_decisions, trail
from functions.usecases.offer_audience import FEWEST, NoSuchOfferError, OfferAudience, audience
from functions.usecases.ports import KeptDecision
from tests.unit.analytics.shop_events import view
from tests.unit.personalization.shop import offer, shop
from tests.unit.usecases.decisions import decision
from tests.unit.usecases.fakes import FakeShelf, FakeShoppers

SHOP = shop([offer("half", "milk", "gone", "bread")])


@dataclass
class Log:
    """Decisions in a dict, by their id."""

    kept: dict[str, DecisionEvent] = field(default_factory=dict)

    async def keep(self, decisions: Sequence[DecisionEvent]) -> None:
        self.kept |= {each.id: each for each in decisions}

    async def of_shopper(self, shopper_id: str, count: int) -> Sequence[KeptDecision]:
        found = [each for each in self._newest if each.subject == shopper_id]
        return [KeptDecision(each.id, each.time, each.data) for each in found[:count]]

    async def shoppers_of(self, offer: str, count: int) -> Sequence[str]:
        return [each.subject for each in self._newest if each.data.offer == offer][:count]

    @property
    def _newest(self) -> list[DecisionEvent]:
        return sorted(self.kept.values(), key=lambda each: each.time, reverse=True)


def people(count: int, **about: object) -> list[Shopper]:
    return [Shopper(**{"id": f"s{number}", "segment": "families", **about}) for number in range(count)]  # type: ignore[arg-type]


async def test_decisions_are_kept_and_all_else_is_passed_over() -> None:
    """Of messages with one event or many, garbage included; a second delivery changes nothing."""
    log, one = Log(), to_json(decision(1))
    messages = [
        one.encode(),
        b"{",
        view("v"),
        to_json_batch([to_json(decision(2)).encode(), b"{}", to_json(decision(3)).encode()]),
    ]
    for _ in range(2):
        assert await keep_decisions(log, messages) == 3
    assert sorted(log.kept) == ["d1", "d2", "d3"]
    assert await keep_decisions(log, [b"{"]) == 0


async def test_a_trail_tells_names_and_reasons_newest_first() -> None:
    """Products and offers that are gone keep their ids."""
    log = Log()
    await log.keep([decision(1), decision(2, offer="over"), decision(3, shopper="ben")])
    found = await trail(log, FakeShelf(SHOP), "anna", TrailQuery())
    assert [(each.decision_id, each.name) for each in found.decisions] == [("d2", "over"), ("d1", "Half")]
    [newest, _] = found.decisions
    assert [each.name for each in newest.products] == ["Milk", "gone"]
    assert newest.considered[1].refused == ("it is over",)
    assert newest.reasons == ("it fits",)
    assert (await trail(log, FakeShelf(SHOP), "anna", TrailQuery(count=1))).decisions == (newest,)
    assert (await trail(log, FakeShelf(SHOP), "nobody", TrailQuery())).decisions == ()


async def test_an_offer_tells_its_products_and_its_audience() -> None:
    """Of those who may be personalized, each once; profiles that cannot be read are left out."""
    shoppers = {each.id: each for each in people(7, affinities={"food": 0.75, "household": 0.25}, region="north")}
    shoppers["s6"] = Shopper("s6", "families", personalize=False)
    log = Log()
    await log.keep([decision(n, shopper=f"s{n % 8}") for n in range(20)])
    found = await OfferAudience(FakeShelf(SHOP), log, Strict(shoppers))("half")
    assert ([each.name for each in found.products], found.covers) == (["Milk", "Bread"], 3)
    assert (found.audience.decisions, found.audience.shoppers, found.audience.regions) == (20, 6, {"north": 6})
    assert found.audience.affinities == {"food": 0.75, "household": 0.25}
    with pytest.raises(NoSuchOfferError, match="'none'"):
        await OfferAudience(FakeShelf(SHOP), log, Strict(shoppers))("none")


class Strict(FakeShoppers):
    """One document is no profile."""

    async def read(self, shopper_id: str) -> Shopper | None:
        if shopper_id == "s7":
            raise InvalidShopperError({"id": shopper_id}, "it is a text")
        return await super().read(shopper_id)


groups = st.lists(st.sampled_from(["north", "south", "east", "other", None]), max_size=30)


@given(groups)
def test_no_small_group_is_told(regions: list[str | None]) -> None:
    """Whoever they are: no count below five, nor can one be worked out; and nothing of fewer than five shoppers."""
    told = audience([Shopper(f"s{n}", f"{region}", region=region) for n, region in enumerate(regions)], 200)
    assert told.shoppers == len(regions)
    assert sum(told.regions.values()) in (0, len(regions))
    assert all(count >= FEWEST for group in (told.regions, told.segments) for count in group.values())
    if len(regions) < FEWEST:
        assert (told.regions, told.segments, told.affinities, told.distance_miles) == ({}, {}, {}, None)
