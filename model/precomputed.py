"""Affinities computed beforehand, for those of whom the model knows nothing: a file of it, and keys in Redis."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import batched

from redis.asyncio import Redis

from functions.contracts import (
    AFFINITY_EVERYONE,
    AFFINITY_SEGMENTS,
    DAY,
    affinity_of_segment,
    affinity_of_shopper,
)

type Affinities = list[tuple[str, float]]

FILE = "affinities.json"
SHOPPER_TTL = 180 * DAY
"""A shopper's own list is kept so long: by then it either bought something, or does not come back."""
BATCH = 500
"""Keys written, or deleted, in one round trip."""


@dataclass(frozen=True, slots=True)
class Precomputed:
    """Products with their affinity, best first: for everyone, by segment, and for shoppers who never bought.

    Shoppers of whom the same is known share a list: `shoppers` maps an id to its place in `groups`.
    """

    everyone: Affinities
    segments: Mapping[str, Affinities] = field(default_factory=dict)
    groups: tuple[Affinities, ...] = ()
    shoppers: Mapping[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The file of the model."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Precomputed":
        """What `to_bytes` wrote; raises `ValueError`, `TypeError` or `KeyError` for anything else."""
        read = json.loads(content)
        return cls(
            everyone=_listed(read["everyone"]),
            segments={str(name): _listed(each) for name, each in read["segments"].items()},
            groups=tuple(map(_listed, read["groups"])),
            shoppers={str(shopper): int(group) for shopper, group in read["shoppers"].items()},
        )


async def publish(redis: "Redis", lists: Precomputed) -> int:
    """Make these the lists that are read; the number of keys written.

    Every list is replaced at once, and lists of segments and shoppers that are no more are deleted last: no reader
    finds nothing where there was a list. Lists of shoppers are left to expire when there are no new ones. Doing it
    again changes nothing. One command for each key, so that keys may lie on different shards. Raises `RedisError`.
    """
    told, segments = dict(_texts(lists)), list(lists.segments)
    await _write(redis, told)
    before = set(map(str, await redis.smembers(AFFINITY_SEGMENTS)))
    if segments:
        await redis.sadd(AFFINITY_SEGMENTS, *segments)
    if gone := sorted(before - set(segments)):
        await redis.srem(AFFINITY_SEGMENTS, *gone)
    patterns = [affinity_of_segment("*"), *([affinity_of_shopper("*")] if lists.shoppers else [])]
    for pattern in patterns:
        await _delete(redis, [key async for key in redis.scan_iter(pattern, count=1_000) if key not in told])
    return len(told)


async def _write(redis: "Redis", told: Mapping[str, str]) -> None:
    shoppers = affinity_of_shopper("")
    for batch in batched(told.items(), BATCH, strict=False):
        pipeline = redis.pipeline(transaction=False)
        for key, text in batch:
            pipeline.set(key, text, ex=SHOPPER_TTL if key.startswith(shoppers) else None)
        await pipeline.execute()


async def _delete(redis: "Redis", keys: Iterable[str]) -> None:
    for batch in batched(keys, BATCH, strict=False):
        pipeline = redis.pipeline(transaction=False)
        for key in batch:
            pipeline.delete(key)
        await pipeline.execute()


def _texts(lists: Precomputed) -> Iterator[tuple[str, str]]:
    """Keys with what they hold, in the form that `functions.adapters.precomputed` reads."""
    yield AFFINITY_EVERYONE, _text(lists.everyone)
    for segment, each in lists.segments.items():
        yield affinity_of_segment(segment), _text(each)
    groups = [_text(each) for each in lists.groups]
    for shopper, group in lists.shoppers.items():
        yield affinity_of_shopper(shopper), groups[group]


def _text(listed: Affinities) -> str:
    return json.dumps(listed, separators=(",", ":"))


def _listed(pairs: Iterable[tuple[str, float]]) -> Affinities:
    return [(str(product), float(affinity)) for product, affinity in pairs]
