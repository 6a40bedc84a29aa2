"""Redis with tokens, over TLS: a server that refuses everything else."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis as blocking
from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.adapters import memory
from functions.adapters.memory import RedisMemories
from functions.adapters.redis_tokens import TIME_LIMIT
from functions.personalization.shopper import Memory
from functions.settings import Entra
from functions.usecases.ports import MemoryUnavailableError
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.integration.identity import front
from tests.integration.identity.authority import CLIENT_ID, OBJECT_ID, Certificates, TokenService
from tests.integration.identity.conftest import NAMES, PRIVATE

RESOURCE = "https://redis.azure.com"
OPERATOR = "operator"


class Server:
    """A Valkey behind TLS, whose one user for apps has the last token as its password."""

    def __init__(self, port: int, behind: int) -> None:
        self.place = Entra(f"{NAMES[0]}:{port}", CLIENT_ID)
        self._behind = behind

    def operator(self) -> Any:
        """A client of who runs the server."""
        client: Any = blocking.Redis  # some of its commands have no types
        return client(port=self._behind, username=OPERATOR, password=OPERATOR, decode_responses=True)

    def admit(self, resource: str, token: str) -> None:
        """From now on this token alone opens a connection."""
        if resource == RESOURCE:
            with closing(self.operator()) as operator:
                operator.execute_command(
                    "ACL", "SETUSER", OBJECT_ID, "on", "resetpass", f">{token}", "~*", "&*", "+@all"
                )

    def drop(self) -> int:
        """Close the app's connections, as Azure does with those whose token is over."""
        with closing(self.operator()) as operator:
            closed: int = operator.execute_command("CLIENT", "KILL", "USER", OBJECT_ID)
            return closed

    def authentications(self) -> int:
        """How often a connection that was open already gave another token."""
        with closing(self.operator()) as operator:
            calls: dict[str, dict[str, int]] = operator.info("commandstats")
            return calls.get("cmdstat_auth", {}).get("calls", 0)


@pytest.fixture
def server(tmp_path: Path, certificates: Certificates, tokens: TokenService) -> Iterator[Server]:
    """The server, which knows each token as soon as it is issued."""
    port, behind = free_ports(2)
    made = Server(port, behind)
    valkey = running(_service(tmp_path / "valkey", behind))
    with valkey, front.tls(certificates, PRIVATE, port, ("127.0.0.1", behind)):
        tokens.on_issue = made.admit
        yield made


@pytest.fixture
async def redis(server: Server, private_dns: list[str]) -> Redis:
    """The app's own client; nothing is asked before it is used."""
    return memory.connect(server.place)


async def test_a_token_is_the_password(redis: Redis, tokens: TokenService) -> None:
    """The app is in with its object id and a token for Redis, over TLS, by the public name at the private address."""
    assert await redis.execute_command("ACL", "WHOAMI") == OBJECT_ID  # type: ignore[no-untyped-call]
    assert {resource for resource, _ in tokens.issued} == {RESOURCE}
    await redis.aclose()


async def test_all_connections_share_a_token(redis: Redis, tokens: TokenService) -> None:
    """Many connections that open at once fetch one token: who waited finds it kept."""
    await asyncio.gather(*(redis.set(f"key-{number}", number) for number in range(30)))
    assert len(tokens.issued) == 1
    await redis.aclose()


async def test_a_certificate_of_another_name_is_refused(server: Server, private_dns: list[str]) -> None:
    """Whoever answers at the address must prove the name, or no token is sent there."""
    other = memory.connect(Entra(server.place.address.replace(NAMES[0], PRIVATE), CLIENT_ID))
    with pytest.raises(MemoryUnavailableError):
        await RedisMemories(other).look(["shopper"])
    assert server.authentications() == 0
    await other.aclose()


@pytest.mark.parametrize("skew", [-1.0, 0.0, 1.0])
async def test_tokens_are_renewed_in_time(redis: Redis, server: Server, tokens: TokenService, skew: float) -> None:
    """Open connections get the next token before theirs is over, even where clocks differ by a third of its life."""
    tokens.lifetime, tokens.skew = 3.0, skew
    await redis.ping()
    first, before = tokens.tokens(RESOURCE)[0], server.authentications()
    while server.authentications() == before:
        assert tokens.valid(first, RESOURCE), "no connection was renewed before its token was over"
        await asyncio.sleep(0.05)
    assert await redis.execute_command("ACL", "WHOAMI") == OBJECT_ID  # type: ignore[no-untyped-call]
    await redis.aclose()


async def test_a_clock_that_is_far_off_does_not_keep_the_app_out(redis: Redis, tokens: TokenService) -> None:
    """Tokens that seem to be over at once are used all the same: only the server's clock counts."""
    tokens.lifetime, tokens.skew = 3_600, -4_000
    await redis.set("key", "value")
    await asyncio.sleep(0.3)  # the renewal has seen it by now
    assert await redis.get("key") == "value"
    await redis.aclose()


async def test_dropped_connections_come_back(redis: Redis, server: Server, tokens: TokenService) -> None:
    """When Azure closes a connection because its token is over, the next command gets a new token and succeeds."""
    tokens.lifetime = 60  # so short that none is kept
    await redis.set("key", "value")
    issued = len(tokens.issued)
    assert server.drop() == 1
    assert await redis.get("key") == "value"
    assert len(tokens.issued) > issued
    await redis.aclose()


async def test_a_token_service_that_fails_costs_memory_alone(redis: Redis, tokens: TokenService) -> None:
    """Without a token Redis counts as down, which decisions survive; it is back when the service is."""
    tokens.failing = True
    memories = RedisMemories(redis)
    begun = time.perf_counter()
    with pytest.raises(MemoryUnavailableError):
        await memories.look(["shopper"])
    assert time.perf_counter() - begun < 2 * TIME_LIMIT
    tokens.failing = False
    assert await _again(lambda: memories.look(["shopper"])) == Memory()
    await redis.aclose()


async def test_renewal_goes_on_after_a_failure(redis: Redis, server: Server, tokens: TokenService) -> None:
    """One renewal that fails does not end them: the next connection begins anew."""
    tokens.lifetime = 3.0
    await redis.set("key", "value")
    tokens.failing = True
    await asyncio.sleep(4)
    tokens.failing = False
    server.drop()
    assert await _again(lambda: redis.get("key")) == "value"
    before, deadline = server.authentications(), time.monotonic() + 5
    while server.authentications() == before:
        assert time.monotonic() < deadline, "no connection was renewed"
        await asyncio.sleep(0.05)
    await redis.aclose()


async def test_nobody_waits_for_a_slow_token(redis: Redis, tokens: TokenService) -> None:
    """While a token is fetched the event loop goes on: other requests are answered."""
    tokens.delay = 0.8
    longest, last = 0.0, time.perf_counter()
    asking = asyncio.ensure_future(redis.set("key", "value"))
    while not asking.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    await asking
    assert longest < 0.5
    await redis.aclose()


async def _again[T](ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, as soon as there is one; the token service may still be left alone for a moment."""
    async with asyncio.timeout(15):
        while True:
            try:
                return await ask()
            except (RedisError, MemoryUnavailableError):
                await asyncio.sleep(0.2)


def _service(data: Path, port: int) -> services.Service:
    """A Valkey that knows nobody but its operator."""
    plain = services.valkey(data, port)
    users = ("--user", "default", "off", "--user", OPERATOR, "on", f">{OPERATOR}", "~*", "&*", "+@all")
    return replace(plain, command=[*plain.command, *users], ready=partial(_listens, port))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
