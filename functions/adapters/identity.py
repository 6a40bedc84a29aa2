"""Who the app is to Azure: the source of all tokens, one for each identity of a process."""

import asyncio
from functools import cache
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
    from azure.identity import ChainedTokenCredential, ManagedIdentityCredential


class Credential:
    """Implements the SDKs' `AsyncTokenCredential` on top of a synchronous one, which belongs to no event loop.

    Tokens are kept until they are nearly over, so that a thread is needed for few calls only. Raises the SDK's
    `ClientAuthenticationError`.
    """

    def __init__(self, client_id: str | None) -> None:
        self._client_id = client_id
        self._lock = Lock()
        self._source: ManagedIdentityCredential | ChainedTokenCredential | None = None

    async def get_token(self, *scopes: str, **_: Any) -> "AccessToken":
        """A token for a service."""
        return await asyncio.to_thread(self.token, *scopes)

    async def get_token_info(self, *scopes: str, options: "TokenRequestOptions | None" = None) -> "AccessTokenInfo":
        """A token for a service, with the time at which it should be renewed."""
        return await asyncio.to_thread(self._info, *scopes, options=options)

    def token(self, *scopes: str) -> "AccessToken":
        """A token for a service; waits for it."""
        return self._credential().get_token(*scopes)

    def _info(self, *scopes: str, options: "TokenRequestOptions | None") -> "AccessTokenInfo":
        return self._credential().get_token_info(*scopes, options=options)

    def _credential(self) -> "ManagedIdentityCredential | ChainedTokenCredential":
        with self._lock:
            if self._source is None:
                self._source = _source(self._client_id)
            return self._source

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
    """In a thread of its own, for the SDK takes a moment to import."""
    from azure.identity import (
        AzureCliCredential,
        AzureDeveloperCliCredential,
        ChainedTokenCredential,
        ManagedIdentityCredential,
    )

    if client_id is not None:
        return ManagedIdentityCredential(client_id=client_id)
    return ChainedTokenCredential(AzureDeveloperCliCredential(), AzureCliCredential())
