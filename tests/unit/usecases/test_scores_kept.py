"""Scores of a shopper, kept as long as nothing that they depend on changes."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import Scored
from functions.personalization.shopper import Memory, Recent
from functions.usecases.scores_kept import MAX_AGE, ScoresKept
from tests.unit.personalization.shop import NOW
from tests.unit.usecases.offering import LOYAL

AT_FIRST = Occasion(LOYAL, Memory(), NOW)


class Asked:
    """A model that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> Scored:
        self.times += 1
        return Scored((str(self.times),), np.ones(1, dtype=np.float32))


async def test_the_model_is_asked_once_of_the_same_shopper() -> None:
    """Within the age, and then anew."""
    kept, model = ScoresKept(), Asked()
    for seconds in (0, 1, 29):
        found = await kept.of("v1", replace(AT_FIRST, now=NOW + timedelta(seconds=seconds)), model)
        assert found.products == ("1",)
    assert (await kept.of("v1", replace(AT_FIRST, now=NOW + MAX_AGE), model)).products == ("2",)


async def test_whatever_changes_the_scores_asks_the_model() -> None:
    """An event, another profile, another version, another shopper."""
    kept, model = ScoresKept(), Asked()
    touched = replace(AT_FIRST, memory=Memory(recent=(Recent("milk", "view_item", NOW),)))
    renewed = replace(AT_FIRST, shopper=replace(LOYAL, history=replace(LOYAL.history, as_of=1.0)))
    other = replace(AT_FIRST, shopper=replace(LOYAL, id="ben"))
    for version, occasion in (("v1", AT_FIRST), ("v2", AT_FIRST), ("v1", touched), ("v1", renewed), ("v1", other)):
        await kept.of(version, occasion, model)
    assert model.times == 5


async def test_no_more_is_kept_than_there_is_room_for() -> None:
    """The one asked for longest ago goes first."""
    kept, model = ScoresKept(capacity=2), Asked()
    for shopper in ("a", "b", "a", "c", "a", "b"):
        await kept.of("v1", replace(AT_FIRST, shopper=replace(LOYAL, id=shopper)), model)
    assert model.times == 4


async def test_the_model_is_asked_again_of_who_was_forgotten() -> None:
    """By any version; others are kept."""
    kept, model = ScoresKept(), Asked()
    other = replace(AT_FIRST, shopper=replace(LOYAL, id="ben"))
    everyone = (("v1", AT_FIRST), ("v2", AT_FIRST), ("v1", other))
    for version, occasion in everyone:
        await kept.of(version, occasion, model)
    kept.forget(LOYAL.id)
    for version, occasion in everyone:
        await kept.of(version, occasion, model)
    assert model.times == 5
