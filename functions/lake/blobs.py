"""What the lake is made of: blobs, some of which are replaced as long as nobody else did it meanwhile."""

from dataclasses import dataclass
from datetime import datetime


class LakeUnavailableError(Exception):
    """The storage of the lake does not answer: nothing may be acknowledged, try again."""


class LakeChangedError(Exception):
    """Somebody else replaced the blob since it was read: nothing was written."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob, when it was last written, and its version."""

    path: str
    modified: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The content of a blob, and its version."""

    data: bytes
    version: str
