"""Which events were counted already, remembered for as long as their like can still come."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

type Hashes = npt.NDArray[np.uint64]
type Minutes = npt.NDArray[np.int64]
type Run = tuple[Hashes, Minutes]
"""Hashes ascending, and the minute of arrival of each; of the same hash the later one last."""

GROWTH = 4
"""A run of hashes is merged into the one before it unless that is this many times as long: few to look through, and
each hash is moved a few times at most."""


def hash_of(event_id: str) -> int:
    """64 bits of an event id, the same in every process; against a million others, 1 in 10^13 collides."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=8).digest(), "little")


def hashes_of(event_ids: Iterable[str]) -> Hashes:
    """`hash_of` of each."""
    digests = b"".join([blake2b(one.encode(), digest_size=8).digest() for one in event_ids])
    return np.frombuffer(digests, "<u8").astype(np.uint64)


class Seen:
    """Ids by hash, each with the minute in which it arrived: 16 bytes for each. Immutable.

    An id is known for `horizon` minutes after it arrived, to the minute, however the log was cut into slices.
    """

    __slots__ = ("_clock", "_runs", "horizon")

    def __init__(self, horizon: int, runs: tuple[Run, ...] = (), clock: int = 0) -> None:
        self.horizon = horizon
        self._runs = runs
        self._clock = clock

    def __len__(self) -> int:
        return sum(len(hashes) for hashes, _ in self._runs)

    def known(self, hashes: Hashes, minutes: Minutes) -> npt.NDArray[np.bool_]:
        """Shape of `hashes`: whether each, arriving in its minute, arrived before within the horizon."""
        known = np.zeros(len(hashes), np.bool_)
        for ours, arrived in self._runs:
            # Of an id that came again after the horizon both arrivals may be here, the later one last.
            place = np.searchsorted(ours, hashes, side="right") - 1
            known |= (place >= 0) & (ours[place] == hashes) & (minutes - arrived[place] <= self.horizon)
        return known

    def adding(self, fresh: Mapping[int, int], now: int) -> "Seen":
        """With fresh hashes (hash -> minute of arrival), and without what no event of minute `now` can repeat."""
        runs = self._runs if now <= self._clock else tuple(self._kept(run, now) for run in self._runs)
        runs = tuple(run for run in runs if len(run[0]))
        if fresh:
            runs = (*runs, sorted_arrays(fresh))
        while len(runs) > 1 and len(runs[-2][0]) < GROWTH * len(runs[-1][0]):
            runs = (*runs[:-2], _merged(runs[-2], runs[-1]))
        return Seen(self.horizon, runs, max(now, self._clock))

    def _kept(self, run: Run, now: int) -> Run:
        hashes, minutes = run
        keep = minutes >= now - self.horizon
        return run if keep.all() else (hashes[keep], minutes[keep])


def _merged(older: Run, newer: Run) -> Run:
    place = np.searchsorted(older[0], newer[0], side="right")
    return np.insert(older[0], place, newer[0]), np.insert(older[1], place, newer[1])


def sorted_arrays(fresh: Mapping[int, int]) -> Run:
    """Hashes ascending, and the minute of arrival of each."""
    hashes = np.fromiter(fresh.keys(), np.uint64, len(fresh))
    minutes = np.fromiter(fresh.values(), np.int64, len(fresh))
    order = np.argsort(hashes)
    return hashes[order], minutes[order]
