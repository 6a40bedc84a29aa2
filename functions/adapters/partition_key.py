"""Which partition the service puts a partition key into, so that many shoppers' events can travel in one batch.

Source: Bob Jenkins, lookup3.c (`hashlittle2`), folded as Microsoft's .NET SDK folds it. The buffered producer of the
Python SDK folds otherwise, and puts a quarter of the keys elsewhere.
"""

from functools import lru_cache
from struct import iter_unpack

_MASK = 0xFFFFFFFF
_MIX = ((4, 6, 8), (16, 19, 4))
_FINAL = (14, 11, 25, 16, 4, 14, 24)


@lru_cache(maxsize=100_000)
def partition_of(key: str, count: int) -> int:
    """The partition of a key, from 0, of so many."""
    b, c = _hashes(key.encode())
    folded = (b ^ c) & 0xFFFF
    return (0x10000 - folded if folded & 0x8000 else folded) % count


def _hashes(data: bytes) -> tuple[int, int]:
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    whole = max(len(data) - 1, 0) // 12 * 12
    for x, y, z in iter_unpack("<III", data[:whole]):
        a, b, c = _mixed((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    for x, y, z in iter_unpack("<III", data[whole:].ljust(12, b"\0") if data else b""):
        b, c = _finished((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
    return b, c


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for bits in _MIX:
        for turn in bits:
            a = ((a - c) & _MASK) ^ _turned(c, turn)
            c = (c + b) & _MASK
            a, b, c = b, c, a
    return a, b, c


def _finished(a: int, b: int, c: int) -> tuple[int, int]:
    for bits in _FINAL:
        c = ((c ^ b) - _turned(b, bits)) & _MASK
        a, b, c = b, c, a
    # seven steps turn the three by one place
    return a, b


def _turned(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK
