"""What Redis holds of a shopper."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.adapters.precomputed import affinities
from functions.contracts import (
    TOP_SHOPPERS,
    affinity_of_shopper,
    consent_of_shopper,
    offers_of_shopper,
    recent_of_shopper,
)
from functions.usecases.ports import Erased, MemoryUnavailableError


class PersonalMemory:
    """Implements `Place`: a record for each key, and for the place among the shoppers with the most views."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def export(self, shopper_id: str) -> list[dict[str, Any]]:
        """What the keys hold, in words; raises `MemoryUnavailableError`."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrange(recent_of_shopper(shopper_id), 0, -1, withscores=True)
        pipeline.zrange(offers_of_shopper(shopper_id), 0, -1, withscores=True)
        pipeline.get(affinity_of_shopper(shopper_id))
        pipeline.get(consent_of_shopper(shopper_id))
        pipeline.zscore(TOP_SHOPPERS, shopper_id)
        recent, offers, affinity, consent, views = await self._run(pipeline)
        held: Mapping[str, Any] = {
            "recent": [_told(("event", "action", "product"), entry) for entry in recent],
            "offers": [_told(("offer", "decision"), entry) for entry in offers],
            "affinity": affinities(affinity, affinity_of_shopper(shopper_id)),
            "personalize": consent and consent == "on",
            "viewsOfLastDay": views,
        }
        return [{"kind": kind, "value": value} for kind, value in held.items() if value not in (None, [], ())]

    async def erase(self, shopper_id: str) -> Erased:
        """Delete the keys and the place; raises `MemoryUnavailableError`."""
        pipeline = self._redis.pipeline(transaction=False)
        for key_of in (recent_of_shopper, offers_of_shopper, affinity_of_shopper, consent_of_shopper):
            pipeline.delete(key_of(shopper_id))  # one by one: in a cluster, keys live on different nodes
        pipeline.zrem(TOP_SHOPPERS, shopper_id)
        return Erased(sum(await self._run(pipeline)))

    async def _run(self, pipeline: Any) -> list[Any]:
        try:
            answers: list[Any] = await pipeline.execute()
        except (RedisError, OSError) as error:
            raise MemoryUnavailableError(f"Redis does not answer: {type(error).__name__}") from error
        return answers


def _told(names: tuple[str, ...], entry: tuple[str, float]) -> dict[str, str]:
    member, moment = entry
    parts = dict(zip(names, member.split("|", len(names) - 1), strict=False))
    return {**parts, "time": datetime.fromtimestamp(moment, UTC).isoformat()}
