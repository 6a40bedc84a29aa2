"""How many different shoppers there were, in four kilobytes that can be added up: HyperLogLog."""

import base64
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from functions.analytics.seen import hashes_of

PRECISION = 12
REGISTERS = 1 << PRECISION
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)
"""Of an estimate, relative: 1.6 %."""
_RANKS = 64 - PRECISION
_ENTRY = np.dtype([("register", "<u2"), ("rank", "u1")])

type Registers = npt.NDArray[np.uint8]


class Distinct:
    """A set of names of which only its size can be told, about: nobody can be read from it.

    Adding is commutative, associative and idempotent: order, repetition and the way things were split do not matter.
    Source: Flajolet et al., AOFA 2007, with Ertl's estimator, which needs no correction at either end (O. Ertl, New
    cardinality estimation algorithms for HyperLogLog sketches, 2017, algorithm 6).
    """

    __slots__ = ("_registers",)

    def __init__(self, registers: Registers | None = None) -> None:
        self._registers = np.zeros(REGISTERS, np.uint8) if registers is None else registers

    def __bool__(self) -> bool:
        return bool(self._registers.any())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distinct) and bool(np.array_equal(self._registers, other._registers))

    __hash__ = None  # type: ignore[assignment]  # it can change: no set, no key

    def record(self, names: Iterable[str]) -> None:
        """Count names."""
        hashes = hashes_of(names)
        rest = (hashes >> np.uint64(PRECISION)).astype(np.float64)  # 52 bits, which a double holds exactly
        ranks = (_RANKS + 1 - np.frexp(rest)[1]).astype(np.uint8)
        np.maximum.at(self._registers, (hashes & np.uint64(REGISTERS - 1)).astype(np.intp), ranks)

    def add(self, other: "Distinct") -> None:
        """Count everything that another set counted."""
        np.maximum(self._registers, other._registers, out=self._registers)

    @property
    def estimate(self) -> int:
        """About how many different names were counted, within `STANDARD_ERROR` in two of three cases."""
        counts = np.bincount(self._registers, minlength=_RANKS + 2).tolist()
        total = REGISTERS * _tau(1 - counts[_RANKS + 1] / REGISTERS)
        for rank in range(_RANKS, 0, -1):
            total = 0.5 * (total + counts[rank])
        total += REGISTERS * _sigma(counts[0] / REGISTERS)
        return round(REGISTERS**2 / (2 * math.log(2) * total))

    def to_text(self) -> str:
        """The registers, or those that hold something where that is shorter; 4 bytes of text for 3 of it."""
        filled = np.flatnonzero(self._registers)
        if len(filled) * _ENTRY.itemsize >= REGISTERS:
            return base64.b64encode(self._registers.tobytes()).decode()
        entries = np.empty(len(filled), _ENTRY)
        entries["register"], entries["rank"] = filled, self._registers[filled]
        return base64.b64encode(entries.tobytes()).decode()

    @classmethod
    def from_text(cls, text: str) -> "Distinct":
        """The set of its text."""
        raw = base64.b64decode(text)
        if len(raw) == REGISTERS:  # no multiple of an entry
            return cls(np.frombuffer(raw, np.uint8).copy())
        entries, registers = np.frombuffer(raw, _ENTRY), np.zeros(REGISTERS, np.uint8)
        registers[entries["register"]] = entries["rank"]
        return cls(registers)


def _sigma(share: float) -> float:
    """x + sum over k of x^(2^k) * 2^(k-1)."""
    if share == 1:
        return math.inf
    weight, total, before = 1.0, share, -1.0
    while total != before:
        share, before = share * share, total
        total, weight = total + share * weight, 2 * weight
    return total


def _tau(share: float) -> float:
    """(1 - x - sum over k of (1 - x^(2^-k))^2 * 2^-k) / 3."""
    if share in (0, 1):
        return 0.0
    weight, total, before = 1.0, 1 - share, -1.0
    while total != before:
        share, before, weight = math.sqrt(share), total, weight / 2
        total -= (1 - share) ** 2 * weight
    return total / 3
