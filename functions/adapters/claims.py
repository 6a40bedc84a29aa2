"""Who aggregates, in Cosmos: one document of the container `metrics` that is renewed while its owner works."""

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError

from functions.adapters import cosmos
from functions.usecases.stream_ports import Claim, Mode

CLAIM_ID = "aggregation"
_CONFLICTS = frozenset({404, 409, 412})


class CosmosClaims:
    """Implements `Claims`."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def read(self) -> Claim | None:
        """The claim that was written last; raises `StoreUnavailableError`."""
        try:
            found = await cosmos.ask(
                "read of the claim", lambda: self._container.read_item(CLAIM_ID, partition_key=CLAIM_ID)
            )
        except CosmosResourceNotFoundError:
            return None
        return Claim(found["mode"], found["until"], found["_etag"])

    async def write(self, mode: Mode, until: float, before: Claim | None) -> bool:
        """Claim until a moment; False when somebody wrote since `before`. Raises `StoreUnavailableError`."""
        document = {"id": CLAIM_ID, "partition": CLAIM_ID, "kind": "claim", "mode": mode, "until": until, "ttl": -1}

        async def ask() -> bool:
            try:
                if before is None:
                    await self._container.create_item(document)
                else:
                    await self._container.replace_item(
                        CLAIM_ID, document, etag=before.version, match_condition=MatchConditions.IfNotModified
                    )
            except CosmosHttpResponseError as error:
                if error.status_code in _CONFLICTS:
                    return False
                raise
            return True

        return await cosmos.ask("write of the claim", ask)
