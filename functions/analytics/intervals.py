"""How sure one can be of a rate."""

import math
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share, 0 to 1."""

    low: float
    high: float


def wilson(hits: int, tries: int) -> Interval | None:
    """The 95 % interval of a rate; None without tries. More hits than tries (a range's edge) count as all.

    Source: E. B. Wilson, JASA 22 (1927): unlike the normal interval it stays in [0, 1] and works for few tries.
    """
    if tries <= 0:
        return None
    rate = min(hits, tries) / tries
    squared = _Z95**2
    centre = rate + squared / (2 * tries)
    margin = _Z95 * math.sqrt(rate * (1 - rate) / tries + squared / (4 * tries**2))
    scale = 1 + squared / tries
    return Interval(max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale))
