"""Fast memory of shoppers in Redis: what they just did, and what they were offered today."""

from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from heapq import nlargest
from typing import Any, get_args

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from functions.actions import Action
from functions.adapters import redis_client
from functions.adapters.breaker import Breaker
from functions.adapters.joined import Joined
from functions.adapters.packed import Command, answers, write
from functions.adapters.precomputed import affinities
from functions.contracts import (
    DAY,
    TOP_SHOPPERS,
    affinity_of_shopper,
    consent_of_shopper,
    offers_of_shopper,
    recent_of_shopper,
)
from functions.events import ActionEvent, InteractionType, decision_id
from functions.personalization.shopper import Memory, Recent
from functions.settings import Connection
from functions.usecases.ports import MemoryUnavailableError

MAX_RECENT = 100
"""Products touched that are kept for each shopper, the newest."""
MAX_OFFERS = 1_000
"""Offers made that are kept for each shopper, the newest."""
RECENT_TTL = 30 * DAY
CONSENT_TTL = DAY
"""Seconds; much longer than any process keeps a profile."""
PAUSE = 1.0
"""Seconds for which Redis is left alone after it failed."""
CONNECTIONS = 32
_TOUCHES = frozenset(get_args(InteractionType)) - {"view_item_list"}
"""What a shopper did with products: a list that was merely shown is counted, but tells nothing of them."""
_CONSENT = {"on": True, "off": False}
_REMEMBER = f"""
redis.call('ZADD', KEYS[1], unpack(ARGV))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, {-MAX_RECENT - 1})
return redis.call('EXPIRE', KEYS[1], {RECENT_TTL})
""".encode()
"""Adds, bounds and keeps alive in one command: a batch of events has hundreds of shoppers, and commands cost most."""


def connect(connection: Connection) -> "Redis":
    """A client that gives up within half a second; it connects when first used."""
    return redis_client.client(
        connection,
        max_connections=CONNECTIONS,
        timeout=0.5,
        socket_connect_timeout=0.3,
        socket_timeout=0.5,
        # Once and at once: a connection that died while idle is replaced, a server that is away is not waited for.
        retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
    )


class RedisMemories:
    """Implements `Memories`."""

    def __init__(self, redis: "Redis", breaker: Breaker | None = None) -> None:
        self._redis = redis
        self._breaker = breaker or Breaker(PAUSE)
        self._joined = Joined(lambda commands: self._guarded(answers(redis, commands)))

    async def recall(self, action: ActionEvent) -> Memory:
        """Add the action to its shopper's memory and return that memory, in one round trip."""
        shopper, moment = action.subject, action.time.timestamp()
        pipeline = self._redis.pipeline(transaction=False)
        if members := _members(action):
            pipeline.execute_command(*_remembering(shopper, members))
        pipeline.zrevrange(recent_of_shopper(shopper), 0, MAX_RECENT - 1, withscores=True)
        pipeline.zrevrangebyscore(offers_of_shopper(shopper), "+inf", f"({moment - DAY}", start=0, num=MAX_OFFERS)
        pipeline.get(key := affinity_of_shopper(shopper))
        pipeline.zrevrank(TOP_SHOPPERS, shopper)
        pipeline.get(consent_of_shopper(shopper))
        *_, touched, offered, affinity, rank, consent = await self._run(pipeline)
        return Memory(
            recent=tuple(_recent(touched)),
            offered=_offered(offered, decision_id(action.id)),
            affinity=affinities(affinity, key),
            views_rank=rank,
            personalize=_CONSENT.get(consent),
        )

    async def look(self, subjects: Sequence[str]) -> Memory:
        """What is remembered of these subjects together, newest first, in one round trip; nothing is written."""
        keys = [affinity_of_shopper(subject) for subject in subjects]
        lately: list[Command] = [
            ("ZREVRANGE", recent_of_shopper(subject), 0, MAX_RECENT - 1, "WITHSCORES") for subject in subjects
        ]
        try:
            *touched, texts = await self._joined.ask([*lately, ("MGET", *keys, *map(consent_of_shopper, subjects))])
        except RedisError as error:
            raise MemoryUnavailableError(f"Redis cannot answer: {error}") from error
        recent = [each for entries in touched for each in _recent(entries)]
        lists = (affinities(text, key) for text, key in zip(texts[: len(keys)], keys, strict=True))
        return Memory(
            recent=tuple(sorted(recent, key=lambda each: each.time, reverse=True)[:MAX_RECENT]),
            affinity=next((each for each in lists if each), ()),
            personalize=next((_CONSENT[each] for each in texts[len(keys) :] if each in _CONSENT), None),
        )

    async def consent(self, shopper_id: str, *, personalize: bool) -> None:
        """Make known to every process what the shopper said; raises `MemoryUnavailableError`."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(consent_of_shopper(shopper_id), "on" if personalize else "off", ex=CONSENT_TTL)
        await self._run(pipeline)

    async def note(self, events: Sequence[Action]) -> None:
        """Add what shoppers did with products to their memories, idempotent by event id, in one round trip."""
        touched: dict[str, dict[str, float]] = {}
        for event in events:
            if members := _members(event):
                touched.setdefault(event.subject, {}).update(members)
        if not touched:
            return
        commands = [_remembering(subject, members) for subject, members in touched.items()]
        await self._guarded(write(self._redis, commands))

    async def offer_made(self, shopper_id: str, offer_id: str, decision_id: str, at: datetime) -> None:
        """Count an offer towards its caps."""
        offers, moment = offers_of_shopper(shopper_id), at.timestamp()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zadd(offers, {f"{offer_id}|{decision_id}": moment})
        pipeline.zremrangebyscore(offers, "-inf", moment - DAY)
        pipeline.zremrangebyrank(offers, 0, -MAX_OFFERS - 1)
        pipeline.expire(offers, DAY)
        await self._run(pipeline)

    async def _run(self, pipeline: Any) -> list[Any]:
        told: list[Any] = await self._guarded(pipeline.execute())
        return told

    async def _guarded[T](self, work: Coroutine[Any, Any, T]) -> T:
        if not self._breaker.allows():
            work.close()
            raise MemoryUnavailableError("Redis failed a moment ago and is left alone")
        try:
            done = await work
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise MemoryUnavailableError(f"Redis does not answer: {type(error).__name__}") from error
        self._breaker.succeeded()
        return done


def _members(event: ActionEvent | Action) -> dict[str, float]:
    """What the shopper touched, and when."""
    if event.type not in _TOUCHES:
        return {}
    data: Any = event.data
    moment = event.time.timestamp()
    return {f"{event.id}|{event.type}|{item.item_id}": moment for item in data.items}


def _remembering(subject: str, members: Mapping[str, float]) -> Command:
    """The command that adds the newest of them alone, in the order of Redis: others would be removed at once."""
    newest = [(moment, member) for member, moment in members.items()]
    if len(newest) > MAX_RECENT:
        newest = nlargest(MAX_RECENT, newest)
    command: list[str | bytes | int | float] = ["EVAL", _REMEMBER, 1, recent_of_shopper(subject)]
    for each in newest:
        command += each
    return tuple(command)


def _recent(entries: Iterable[tuple[str, float]]) -> Iterable[Recent]:
    for member, moment in entries:
        _, action, product = member.split("|", 2)
        yield Recent(product, action, datetime.fromtimestamp(moment, UTC))


def _offered(members: Iterable[str], own: str) -> dict[str, int]:
    """Offers by how often they were made, without the one that this action got when it was delivered before."""
    made = (member.split("|", 1) for member in members)
    return dict(Counter(offer for offer, decision in made if decision != own))
