"""Everything about a person: handed out, and erased, in every place that holds any of it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from functions.events import ID_PATTERN
from functions.usecases.metrics import Answer
from functions.usecases.ports import Erased
from functions.usecases.shopper_data import NoSuchShopperError

type Records = tuple[dict[str, Any], ...]


class Place(Protocol):
    """Somewhere that holds something of shoppers; raises `StoreUnavailableError` or `MemoryUnavailableError`."""

    async def export(self, shopper_id: str) -> Sequence[dict[str, Any]]:
        """All that it holds of a shopper, as JSON."""

    async def erase(self, shopper_id: str) -> Erased:
        """Erase all of that; to do it again changes nothing."""


class PersonalExport(Answer):
    """What is held of a shopper, by the place that holds it; places that hold nothing are empty."""

    id: str
    held: dict[str, Records]


class Erasure(Answer):
    """How many records of a shopper each place held until now.

    `complete` is false when a queue was too long to be searched: then erase again once it is shorter.
    """

    id: str
    erased: dict[str, int]
    complete: bool


@dataclass(frozen=True, slots=True)
class PersonalData:
    """The use case with the places by name, what makes this process forget a shopper, and what notes it for the lake.

    The first place is that of the profile: once it is gone, nothing else is made of it.
    """

    places: Mapping[str, Place]
    forget: Callable[[str], None]
    note: Callable[[str], Awaitable[None]]

    async def export(self, shopper_id: str) -> PersonalExport:
        """All that is held; raises `NoSuchShopperError` when that is nothing, and what `Place` raises."""
        _check(shopper_id)
        found = await asyncio.gather(*(place.export(shopper_id) for place in self.places.values()))
        if not any(found):
            raise NoSuchShopperError(shopper_id)
        return PersonalExport(id=shopper_id, held=dict(zip(self.places, map(tuple, found), strict=True)))

    async def erase(self, shopper_id: str) -> Erasure:
        """Erase everything, one place after the other, and have it erased from the lake.

        Raises `NoSuchShopperError` when it cannot be a shopper's id, and what `Place` raises: then to be done again,
        from the beginning.
        """
        _check(shopper_id)
        erased: dict[str, Erased] = {}
        for name, place in self.places.items():
            erased[name] = await place.erase(shopper_id)
            self.forget(shopper_id)  # after each: what was asked meanwhile may have been kept again
        await self.note(shopper_id)
        return Erasure(
            id=shopper_id,
            erased={name: each.records for name, each in erased.items()},
            complete=all(each.complete for each in erased.values()),
        )


def _check(shopper_id: str) -> None:
    if not re.fullmatch(ID_PATTERN, shopper_id):
        raise NoSuchShopperError(shopper_id)
