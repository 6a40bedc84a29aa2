"""Chance that does not change when a message is delivered again: drawn from the id of what it decides."""

from hashlib import blake2b


def draw(purpose: str, key: str) -> float:
    """A number in [0, 1), uniform over keys, the same for the same purpose and key in every process and for ever."""
    digest = blake2b(f"{purpose}|{key}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)  # the 53 bits that a float holds exactly
