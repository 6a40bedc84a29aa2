"""Everything about a person, handed out and erased."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.usecases.personal_data import PersonalData
from functions.usecases.ports import Erased, StoreUnavailableError
from functions.usecases.shopper_data import NoSuchShopperError


@dataclass
class FakePlace:
    """Records by shopper."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    down: bool = False
    complete: bool = True

    async def export(self, shopper_id: str) -> list[dict[str, Any]]:
        return self.records.get(shopper_id, [])

    async def erase(self, shopper_id: str) -> Erased:
        if self.down:
            raise StoreUnavailableError("it is stopped")
        return Erased(len(self.records.pop(shopper_id, [])), self.complete)


@dataclass
class World:
    """Two places, and who was forgotten."""

    profile: FakePlace = field(default_factory=lambda: FakePlace({"anna": [{"id": "anna"}], "ben": [{"id": "ben"}]}))
    memory: FakePlace = field(default_factory=lambda: FakePlace({"anna": [{"product": "milk"}, {"product": "tea"}]}))
    forgotten: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    @property
    def data(self) -> PersonalData:
        async def note(shopper_id: str) -> None:
            self.noted.append(shopper_id)

        return PersonalData({"profile": self.profile, "memory": self.memory}, self.forgotten.append, note)


async def test_all_places_hand_out_what_they_hold() -> None:
    """By the name of the place, those that hold nothing as well."""
    assert (await World().data.export("anna")).held == {
        "profile": ({"id": "anna"},),
        "memory": ({"product": "milk"}, {"product": "tea"}),
    }
    assert (await World().data.export("ben")).held == {"profile": ({"id": "ben"},), "memory": ()}


async def test_all_places_erase_what_they_hold() -> None:
    """Of this shopper alone; a second time finds nothing; the process forgets it, and the lake is told, each time."""
    world = World()
    assert (await world.data.erase("anna")).erased == {"profile": 1, "memory": 2}
    assert (await world.data.erase("anna")).erased == {"profile": 0, "memory": 0}
    assert world.profile.records == {"ben": [{"id": "ben"}]}
    assert set(world.forgotten) == {"anna"}
    assert world.noted == ["anna", "anna"]
    with pytest.raises(NoSuchShopperError):
        await world.data.export("anna")


async def test_an_erasure_that_was_broken_off_goes_on_when_it_is_asked_for_again() -> None:
    """It is not acknowledged before everything is gone."""
    world = World()
    world.memory.down = True
    with pytest.raises(StoreUnavailableError):
        await world.data.erase("anna")
    assert world.forgotten == ["anna"]
    world.memory.down = False
    assert (await world.data.erase("anna")).erased == {"profile": 0, "memory": 2}


async def test_what_could_not_be_looked_at_is_told() -> None:
    """Then it is to be done again."""
    world = World()
    assert (await world.data.erase("anna")).complete
    world.memory.complete = False
    assert not (await world.data.erase("anna")).complete


@given(st.text(max_size=200).filter(lambda text: not text.isalnum()))
async def test_what_cannot_be_an_id_is_nobody(text: str) -> None:
    """No place is asked, or it is asked for that very text and holds nothing."""
    with pytest.raises(NoSuchShopperError):
        await World().data.export(text)
