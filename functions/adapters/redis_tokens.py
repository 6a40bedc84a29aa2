"""Tokens as passwords of Redis, renewed on every connection before they are over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from azure.core.exceptions import AzureError
from redis.auth.err import RequestTokenErr
from redis.auth.idp import IdentityProviderInterface
from redis.auth.token import JWToken, TokenInterface, TokenResponse
from redis.auth.token_manager import RetryPolicy, TokenManager, TokenManagerConfig
from redis.exceptions import RedisError
from redis_entraid.cred_provider import EntraIdCredentialsProvider

from functions.adapters.identity import Credential, credential

SCOPE = "https://redis.azure.com/.default"
RENEWED_AFTER = 0.7
"""Part of a token's life after which it is renewed: what is left outlasts a fault of the token service."""
TIME_LIMIT = 2.0
"""Seconds that a new connection waits for its token."""
ONCE = RetryPolicy(0, 0)
"""The source of tokens has tried again already."""

log = logging.getLogger(__name__)


class NoTokenError(RedisError):
    """A connection has no token to log in with; an error of Redis, for which its callers are prepared."""


class RedisTokens(EntraIdCredentialsProvider):  # type: ignore[misc]  # it has no types
    """User (object id) and password (token) of a connection.

    The library asks for tokens on the event loop, which would stand still meanwhile, and after one failure it never
    renews again. Here a thread asks, and the next connection after a failure begins to renew anew.
    """

    def __init__(self, client_id: str | None) -> None:
        config = TokenManagerConfig(RENEWED_AFTER, 0, int(TIME_LIMIT * 1_000), ONCE)
        identity = credential(client_id)
        source = _Source(identity)
        super().__init__(source, config)
        self._token_mgr = _InThread(identity, source, config)

    async def get_credentials_async(self) -> tuple[str, str]:
        """For a connection that is made; raises `NoTokenError`."""
        try:
            async with asyncio.timeout(TIME_LIMIT):
                user, token = await super().get_credentials_async()
        except (RequestTokenErr, TimeoutError) as error:
            raise NoTokenError(f"there is no token for Redis: {error!r}") from error
        return user, token

    def on_next(self, callback: Callable[[TokenInterface], Awaitable[None]]) -> None:
        """What is done with a renewed token; a connection that fails at it is made anew, with a fresh one."""

        async def renew(token: TokenInterface) -> None:
            try:
                await callback(token)
            except (RedisError, OSError) as error:
                log.info("A connection to Redis did not take the renewed token: %s", type(error).__name__)

        super().on_next(renew)

    def on_error(self, callback: object) -> None:  # noqa: ARG002 - the library's would raise where nobody listens
        """What is done when no token came: connections live as long as their token, and the next one tries again."""

        async def tell(error: Exception) -> None:
            log.warning("The token for Redis was not renewed: %r", error)
            self._is_streaming = False

        super().on_error(tell)


class _Source(IdentityProviderInterface):
    """Tokens from the source that all clients share."""

    def __init__(self, identity: Credential) -> None:
        self._identity = identity

    def request_token(self, force_refresh: bool = False) -> TokenInterface:  # noqa: ARG002 - the source knows when
        try:
            return JWToken(self._identity.token(SCOPE).token)
        except (AzureError, OSError) as error:
            raise RequestTokenErr(error) from error  # type: ignore[no-untyped-call]


class _InThread(TokenManager):
    def __init__(self, identity: Credential, source: _Source, config: TokenManagerConfig) -> None:
        super().__init__(source, config)
        self._identity = identity

    async def acquire_token_async(self, force_refresh: bool = False) -> TokenResponse:
        return await self._identity.in_thread(partial(self.acquire_token, force_refresh))
