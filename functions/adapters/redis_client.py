"""The client of Redis: by a URL, or with tokens over TLS."""

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, SSLConnection
from redis.asyncio import Connection as PlainConnection
from redis.connection import HiredisRespSerializer

from functions.settings import Connection, Entra

_SERIALIZER = HiredisRespSerializer()


class Packing:
    """Commands are written by hiredis, as answers are read by it: a quarter of the time, and hundreds go at once.

    The SDK's synchronous connections do the same.
    """

    def pack_command(self, *args: Any) -> list[bytes]:
        """A command as Redis reads it; raises the SDK's `DataError` for what cannot be sent."""
        packed: list[bytes] = _SERIALIZER.pack(*args)
        return packed


class PackedConnection(Packing, PlainConnection):
    """A connection in the clear."""


class PackedSSLConnection(Packing, SSLConnection):
    """A connection over TLS."""


def client(connection: Connection, **options: Any) -> "Redis":
    """A client that connects when it is first used; `options` are those of the pool and its connections."""
    options |= {"decode_responses": True, "protocol": 3}
    if isinstance(connection, Entra):
        return _with_tokens(connection, options)
    return Redis.from_pool(
        BlockingConnectionPool.from_url(connection, **{"connection_class": PackedConnection, **options})
    )


def patient(connection: Connection) -> "Redis":
    """A client for commands that somebody waits for."""
    return client(connection, timeout=30, socket_timeout=30)


def _with_tokens(place: Entra, options: dict[str, Any]) -> "Redis":
    from functions.adapters.redis_tokens import RedisTokens  # here, as it takes a moment to import

    tokens = RedisTokens(place.client_id)
    host, _, port = place.address.rpartition(":")
    pool = BlockingConnectionPool(
        connection_class=PackedSSLConnection, host=host, port=int(port), credential_provider=tokens, **options
    )
    made = Redis(connection_pool=pool, credential_provider=tokens)  # told of both, it renews idle connections
    made.auto_close_connection_pool = True
    return made
