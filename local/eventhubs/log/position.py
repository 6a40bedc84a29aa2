"""Where a reader starts."""

from dataclasses import dataclass
from enum import Enum


class By(Enum):
    """What a starting position counts in."""

    BEGINNING = "beginning"
    LATEST = "latest"
    OFFSET = "offset"
    SEQUENCE = "sequence number"
    TIME = "enqueued time"


@dataclass(frozen=True, slots=True)
class Position:
    """A starting position: offset in bytes, sequence number, or enqueued time in milliseconds."""

    by: By
    value: int = 0
    inclusive: bool = False


BEGINNING = Position(By.BEGINNING)
LATEST = Position(By.LATEST)


class PositionError(Exception):
    """The position lies after the end of the log: it was made for another one."""
