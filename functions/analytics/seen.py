"""Which events were counted already, remembered for as long as their like can still come."""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

type Hashes = npt.NDArray[np.uint64]
type Minutes = npt.NDArray[np.int64]


def hash_of(event_id: str) -> int:
    """64 bits of an event id, the same in every process; against a million others, 1 in 10^13 collides."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "little")


class Seen:
    """Ids by hash, each with the minute in which it arrived: 16 bytes for each. Immutable.

    An id is known for `horizon` minutes after it arrived, to the minute, however the log was cut into slices.
    """

    __slots__ = ("_hashes", "_minutes", "horizon")

    def __init__(self, horizon: int, hashes: Hashes | None = None, minutes: Minutes | None = None) -> None:
        self.horizon = horizon
        self._hashes = np.empty(0, np.uint64) if hashes is None else hashes
        self._minutes = np.empty(0, np.int64) if minutes is None else minutes

    def __len__(self) -> int:
        return len(self._hashes)

    def known(self, hashes: Hashes, minutes: Minutes) -> npt.NDArray[np.bool_]:
        """Shape of `hashes`: whether each, arriving in its minute, arrived before within the horizon."""
        if not len(self):
            return np.zeros(len(hashes), np.bool_)
        # Of an id that came again after the horizon both arrivals are here, the later one last.
        place = np.searchsorted(self._hashes, hashes, side="right") - 1
        same: npt.NDArray[np.bool_] = (place >= 0) & (self._hashes[place] == hashes)
        return same & (minutes - self._minutes[place] <= self.horizon)

    def adding(self, fresh: Mapping[int, int], now: int) -> "Seen":
        """With fresh hashes (hash -> minute of arrival), and without what no event of minute `now` can repeat."""
        keep = self._minutes >= now - self.horizon
        kept, arrived = (self._hashes, self._minutes) if keep.all() else (self._hashes[keep], self._minutes[keep])
        hashes, minutes = sorted_arrays(fresh)
        place = np.searchsorted(kept, hashes, side="right")
        return Seen(self.horizon, np.insert(kept, place, hashes), np.insert(arrived, place, minutes))


def sorted_arrays(fresh: Mapping[int, int]) -> tuple[Hashes, Minutes]:
    """Hashes ascending, and the minute of arrival of each."""
    hashes = np.fromiter(fresh.keys(), np.uint64, len(fresh))
    minutes = np.fromiter(fresh.values(), np.int64, len(fresh))
    order = np.argsort(hashes)
    return hashes[order], minutes[order]
