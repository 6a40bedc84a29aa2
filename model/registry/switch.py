"""Which version is active: switched by one conditional write."""

from dataclasses import dataclass
from datetime import datetime

from azure.cosmos.aio import ContainerProxy

from functions.adapters import active_model
from functions.adapters.active_model import ActiveModel, InvalidActiveModelError, LostRaceError, Version
from model.registry.errors import LostSwitchError, NothingToRollBackError


@dataclass(frozen=True, slots=True)
class Switch:
    """A change that is about to be made: it counts only if nobody else made one since `etag` was read."""

    before: ActiveModel
    after: ActiveModel
    etag: str | None


async def to_version(settings: ContainerProxy, version: Version, now: datetime) -> Switch:
    """The switch to a version; when it is active already, a new attempt of the processes that could not take it.

    A document that says nothing is replaced. Raises `StoreUnavailableError`.
    """
    try:
        before, etag = await active_model.read(settings)
    except InvalidActiveModelError as error:
        before, etag = ActiveModel(), error.etag
    previous = before.previous if before.version == version else before.version
    return Switch(before, ActiveModel(version, previous, now), etag)


async def to_previous(settings: ContainerProxy, now: datetime) -> Switch:
    """The switch back; once more, and it goes forward again.

    Raises `NothingToRollBackError`, `StoreUnavailableError` and `InvalidActiveModelError`.
    """
    before, etag = await active_model.read(settings)
    if before.previous is None:
        raise NothingToRollBackError(before.version)
    return Switch(before, ActiveModel(before.previous, before.version, now), etag)


async def make(settings: ContainerProxy, switch: Switch) -> None:
    """Write it; raises `LostSwitchError` naming who won, and `StoreUnavailableError`."""
    try:
        await active_model.write(settings, switch.after, switch.etag)
    except LostRaceError:
        winner, _ = await active_model.read(settings)
        if winner != switch.after:  # equal when our own write arrived and its answer was lost
            raise LostSwitchError(switch.after.version, winner.version) from None
