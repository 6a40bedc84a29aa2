"""Who the app is to Azure: the source of all tokens, one for each identity of a process."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
    from azure.identity import ChainedTokenCredential, ManagedIdentityCredential

PATIENCE: dict[str, Any] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.3,
    "retry_backoff_max": 2,
    "connection_timeout": 2,
    "read_timeout": 5,
}
"""How the endpoint of managed identities is asked: it is on the same machine, and others wait meanwhile."""


class Credential:
    """Implements the SDKs' `AsyncTokenCredential` on top of a synchronous one, which belongs to no event loop.

    One thread fetches all tokens, one after the other: those who ask for the same find it kept, and a token service
    that hangs holds up nothing else. Raises the SDK's `ClientAuthenticationError`.
    """

    def __init__(self, client_id: str | None) -> None:
        self._client_id = client_id
        self._thread = ThreadPoolExecutor(1, "tokens")
        self._made: ManagedIdentityCredential | ChainedTokenCredential | None = None

    async def get_token(self, *scopes: str, **_: Any) -> "AccessToken":
        """A token for a service."""
        return await self.in_thread(partial(self.token, *scopes))

    async def get_token_info(self, *scopes: str, options: "TokenRequestOptions | None" = None) -> "AccessTokenInfo":
        """A token for a service, with the time at which it should be renewed."""
        return await self.in_thread(lambda: self._source().get_token_info(*scopes, options=options))

    async def in_thread[T](self, ask: Callable[[], T]) -> T:
        """What `ask` returns, called in the thread that fetches tokens."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    def token(self, *scopes: str) -> "AccessToken":
        """A token for a service; in the thread, where one may wait for it."""
        return self._source().get_token(*scopes)

    def _source(self) -> "ManagedIdentityCredential | ChainedTokenCredential":
        self._made = self._made or _source(self._client_id)
        return self._made

    async def close(self) -> None:
        """Nothing: other clients of the process go on using it."""

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


@cache
def credential(client_id: str | None) -> Credential:
    """The source of tokens for a managed identity, or None: for who is logged in to azd or to the Azure CLI."""
    return Credential(client_id)


def _source(client_id: str | None) -> "ManagedIdentityCredential | ChainedTokenCredential":
    from azure.identity import (  # here, in the thread: it takes a moment to import
        AzureCliCredential,
        AzureDeveloperCliCredential,
        ChainedTokenCredential,
        ManagedIdentityCredential,
    )

    if client_id is not None:
        return ManagedIdentityCredential(client_id=client_id, **PATIENCE)
    return ChainedTokenCredential(AzureDeveloperCliCredential(), AzureCliCredential())
