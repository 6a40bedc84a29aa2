"""Pre-computed affinities in Redis: what segments, and everyone, tend to want."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.contracts import AFFINITY_EVERYONE, AFFINITY_SEGMENTS, affinity_of_segment
from functions.personalization.assortment import Affinities
from functions.usecases.ports import MemoryUnavailableError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Precomputed:
    """The lists for each segment and for everyone."""

    segments: Mapping[str, Affinities] = field(default_factory=dict)
    everyone: Affinities = ()


def affinities(text: str | None, key: str) -> Affinities:
    """The list of a Redis value; empty when there is none, or, with a log line, when it cannot be read."""
    try:
        return tuple((str(product), float(affinity)) for product, affinity in json.loads(text or "[]"))
    except (ValueError, TypeError) as error:
        log.warning("The pre-computed affinities at '%s' are invalid and left out: %r", key, error)
        return ()


async def load(redis: Redis) -> Precomputed:
    """All lists, in two round trips; raises `MemoryUnavailableError`."""
    try:
        names = sorted(map(str, await redis.smembers(AFFINITY_SEGMENTS)))
        keys = [AFFINITY_EVERYONE, *map(affinity_of_segment, names)]
        pipeline = redis.pipeline(transaction=False)
        for key in keys:
            pipeline.get(key)
        texts = await pipeline.execute()
    except (RedisError, OSError) as error:
        raise MemoryUnavailableError(f"Redis does not answer: {type(error).__name__}") from error
    everyone, *segments = map(affinities, texts, keys)
    return Precomputed(dict(zip(names, segments, strict=True)), everyone)
