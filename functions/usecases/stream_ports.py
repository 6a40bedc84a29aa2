"""What aggregation and its readers need of the outside. Adapters implement it, tests fake it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from functions.analytics.fold import Received
from functions.analytics.model_documents import ModelStatus
from functions.analytics.partition import Checkpoint, State, Step
from functions.analytics.rollup import Kind
from functions.analytics.window import Window


class CheckpointConflictError(Exception):
    """Another instance wrote the checkpoint since it was read: nothing was written, the state must be reloaded."""


class LogUnavailableError(Exception):
    """The event log (Event Hubs) does not answer: the next cycle goes on from the checkpoint."""


class HotUnavailableError(Exception):
    """The hot counters (Redis) were not replaced: the next cycle does it."""


@dataclass(frozen=True, slots=True)
class Span:
    """What a partition of the log holds: sequence numbers `first` to `last`; nothing when `first` is beyond.

    `enqueued` is when the last one arrived, in epoch seconds.
    """

    partition: str
    first: int
    last: int
    enqueued: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """The state of a partition and the version of its checkpoint, None before the first."""

    state: State
    version: str | None


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """A part of the window of an epoch minute of a partition; or all of an hour or day, by its first minute."""

    partition: str
    minute: int
    window: Window


type Mode = Literal["timer", "stream"]


@dataclass(frozen=True, slots=True)
class Claim:
    """That one way of aggregating has the word until a moment (epoch seconds); `version` tells it from others."""

    mode: Mode
    until: float
    version: str


class EventLog(Protocol):
    """The partitioned log of events."""

    async def spans(self) -> Sequence[Span]:
        """What each partition holds now; raises `LogUnavailableError`."""

    def read(
        self, partition: str, after: int, last: int
    ) -> AbstractAsyncContextManager[AsyncIterator[Sequence[Received]]]:
        """Slices of a partition, in order, none empty, from after a sequence number (-1: the beginning).

        It ends with the record `last`, which must be in the log. Raises `LogUnavailableError`.
        """


class MetricsStore(Protocol):
    """Windows and checkpoints. Everything raises `StoreUnavailableError`."""

    async def load(self, partition: str) -> Loaded:
        """All that must be known of a partition to go on."""

    async def commit(self, partition: str, step: Step, version: str | None) -> str:
        """Write all of a step or nothing, and return the checkpoint's new version.

        Raises `CheckpointConflictError` when the checkpoint is not at `version` any more.
        """

    async def views(self, partition: str, first: int, last: int) -> Sequence[StoredWindow]:
        """Views of products and shoppers in the epoch minutes of a partition from `first` to before `last`."""

    async def windows(self, first: int, last: int, partition: str | None = None) -> Sequence[StoredWindow]:
        """Windows of epoch minutes, `first` to before `last`, without shoppers; of one partition or of all."""

    async def first_minute(self, partition: str, since: int) -> int | None:
        """The epoch minute of the first window of a partition from minute `since` on, None when there is none."""

    async def rollups(
        self, kind: Kind, first: int, last: int, partition: str | None = None, *, small: bool = False
    ) -> Sequence[StoredWindow]:
        """Hours or days from number `first` to before `last`; `small` leaves out products and lists."""

    async def checkpoints(self) -> Mapping[str, Checkpoint]:
        """The checkpoint of each partition."""

    async def models(self) -> ModelStatus:
        """What is told of the model."""


@dataclass(frozen=True, slots=True)
class Parked:
    """What was no event of ours: how many, when the first of them was parked, and why the last of them was."""

    count: int = 0
    since: datetime | None = None
    reason: str = ""


class ParkedEvents(Protocol):
    """Where it is noted what was no event."""

    async def parked(self, since: datetime) -> Parked:
        """What was parked since a moment; raises `StoreUnavailableError`."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The largest counters for readers that need them fast: id -> count, largest first."""

    trending: Mapping[str, Mapping[str, int]]
    """Products by views within `minute`, `hour` and `day`."""
    top_shoppers: Mapping[str, int]
    """Shoppers by views within a day."""


type MadeInMinute = tuple[str, int]
"""An offer, and the epoch minute in which it was made."""


class OfferMemory(Protocol):
    """Fast memory of who was made which offers in the last day. All raise `HotUnavailableError`."""

    async def kept(self) -> bool:
        """Whether it still holds what it was given."""

    async def keep(self) -> None:
        """Note that all was restored."""

    async def restore(self, made: Mapping[str, Mapping[MadeInMinute, int]]) -> None:
        """Add what is missing of each shopper's offers; done again it adds nothing."""


class HotCounters(Protocol):
    """Where rankings are published."""

    async def publish(self, ranking: Ranking) -> None:
        """Replace what was published before; raises `HotUnavailableError`."""
