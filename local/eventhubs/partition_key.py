"""Which partition a partition key belongs to: Jenkins' lookup3, folded as Azure Event Hubs folds it.

Source: Bob Jenkins, lookup3.c (`hashlittle2`), and the partition resolver of Microsoft's SDKs.
"""

import struct

_MASK = 0xFFFFFFFF
_WORDS = struct.Struct("<III")


def partition_of(key: str, partition_count: int) -> int:
    """Index of the partition, from 0: the size of the hash counts, not its sign (as in C#)."""
    return abs(key_hash(key)) % partition_count


def key_hash(key: str) -> int:
    """The 16-bit signed hash of a partition key."""
    high, low = lookup3(key.encode())
    folded = (high ^ low) & 0xFFFF
    return folded - 0x10000 if folded & 0x8000 else folded


def lookup3(data: bytes) -> tuple[int, int]:
    """Both 32-bit hashes of `data`, with seeds of zero."""
    a = b = c = (0xDEADBEEF + len(data)) & _MASK
    at = 0
    while len(data) - at > 12:
        x, y, z = _WORDS.unpack_from(data, at)
        a, b, c = _mix((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)
        at += 12
    if at == len(data):
        return c, b
    x, y, z = _WORDS.unpack(data[at:].ljust(12, b"\0"))
    return _final((a + x) & _MASK, (b + y) & _MASK, (c + z) & _MASK)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    for first, second, third in ((4, 6, 8), (16, 19, 4)):
        a, c = ((a - c) & _MASK) ^ _rotate(c, first), (c + b) & _MASK
        b, a = ((b - a) & _MASK) ^ _rotate(a, second), (a + c) & _MASK
        c, b = ((c - b) & _MASK) ^ _rotate(b, third), (b + a) & _MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> tuple[int, int]:
    c = ((c ^ b) - _rotate(b, 14)) & _MASK
    a = ((a ^ c) - _rotate(c, 11)) & _MASK
    b = ((b ^ a) - _rotate(a, 25)) & _MASK
    c = ((c ^ b) - _rotate(b, 16)) & _MASK
    a = ((a ^ c) - _rotate(c, 4)) & _MASK
    b = ((b ^ a) - _rotate(a, 14)) & _MASK
    c = ((c ^ b) - _rotate(b, 24)) & _MASK
    return c, b


def _rotate(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & _MASK
