"""A shopper at a glance, and the shopper's word on being personalized."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError

from functions.personalization.shopper import Memory, Recent, Shopper
from functions.usecases.ports import MemoryUnavailableError
from functions.usecases.shopper_data import Consent, NoSuchShopperError, ShopperData
from tests.unit.personalization.shop import NOW, shop
from tests.unit.usecases.fakes import FakeShelf, FakeShoppers
from tests.unit.usecases.offering import LOYAL


@dataclass
class Stored(FakeShoppers):
    """Profiles, and what was said of them."""

    said: dict[str, bool] = field(default_factory=dict)

    async def consent(self, shopper_id: str, *, personalize: bool) -> bool:
        if shopper_id not in self.profiles:
            return False
        self.said[shopper_id] = personalize
        return True


@dataclass
class Fast:
    """One memory for everyone."""

    memory: Memory = field(default_factory=Memory)
    down: bool = False
    said: dict[str, bool] = field(default_factory=dict)

    async def look(self, subjects: Sequence[str]) -> Memory:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")
        return self.memory

    async def consent(self, shopper_id: str, *, personalize: bool) -> None:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")
        self.said[shopper_id] = personalize


def data(fast: Fast | None = None, stored: Stored | None = None) -> ShopperData:
    return ShopperData(stored or Stored({"anna": LOYAL}), fast or Fast(), FakeShelf(shop()))


async def test_a_shopper_is_told_at_a_glance() -> None:
    """What it likes, does and buys by name; not where it lives nor what it earns."""
    looked = Memory(recent=(Recent("bread", "view_item", NOW), Recent("gone", "view_item", NOW)))
    found = await data(Fast(looked)).summary("anna")
    assert found.affinities == {"food": 0.8, "household": 0.6}
    assert [(each.name, each.action) for each in found.recent] == [("Bread", "view_item"), ("gone", "view_item")]
    assert [(each.name, each.purchases, each.last) for each in found.bought] == [("Milk", 3, "2025-07-31")]
    told = found.model_dump_json()
    assert not any(secret in told for secret in ("Northumberland", "175-199K", "123.25"))


async def test_of_who_opted_out_nothing_personal_is_told() -> None:
    """Whether the profile says so, or fast memory, which is newer."""
    found = await data(Fast(Memory(personalize=False))).summary("anna")
    assert (found.personalize, found.segment, found.affinities, found.bought) == (False, "", {}, ())


async def test_without_redis_the_profile_is_told() -> None:
    """And what is missing."""
    found = await data(Fast(down=True)).summary("anna")
    assert (found.degraded, found.recent, len(found.bought)) == (("redis",), (), 1)


async def test_the_shoppers_word_is_kept_and_made_known() -> None:
    """In the store for good, in fast memory for all processes at once."""
    fast, stored = Fast(), Stored({"anna": LOYAL, "ben": Shopper("ben", "unknown")})
    await data(fast, stored).say("anna", Consent(personalize=False))
    await data(fast, stored).say("ben", Consent(personalize=True))
    assert fast.said == stored.said == {"anna": False, "ben": True}


async def test_a_word_that_did_not_get_everywhere_is_not_acknowledged() -> None:
    """Without fast memory it would not hold from the next request on."""
    with pytest.raises(MemoryUnavailableError):
        await data(Fast(down=True)).say("anna", Consent(personalize=False))


async def test_nobody_is_nobody() -> None:
    """Neither told of nor asked."""
    with pytest.raises(NoSuchShopperError, match="zoe"):
        await data().summary("zoe")
    with pytest.raises(NoSuchShopperError):
        await data().say("zoe", Consent(personalize=False))


@pytest.mark.parametrize("word", ["false", 0, None])
def test_a_word_is_true_or_false(word: object) -> None:
    """A text such as "false" must never count as consent."""
    with pytest.raises(ValidationError):
        Consent.model_validate({"personalize": word})
