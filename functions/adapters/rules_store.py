"""The rules of campaign managers in Cosmos DB, kept in memory for some seconds."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from functions.adapters import cosmos
from functions.adapters.refreshed import Refreshed
from functions.personalization.curation import NO_CURATION, Curation, InvalidRuleError, Rule
from functions.usecases.ports import StoreUnavailableError

MAX_AGE = 5.0
"""Seconds after which rules are read again, in the background."""

log = logging.getLogger(__name__)


class CosmosRules:
    """Implements `CurationRules`."""

    def __init__(self, container: ContainerProxy, max_age: float = MAX_AGE) -> None:
        self._container = container
        self._kept = Refreshed("rules", self._load, max_age)
        self._last = NO_CURATION

    async def current(self) -> Curation:
        """The rules; while the store is away those that were read last, whatever their age."""
        try:
            self._last = await self._kept.get()
        except StoreUnavailableError as error:
            log.warning("Rules stay as they were: %s", error)
        return self._last

    async def settled(self) -> None:
        """Wait until no refresh is under way."""
        await self._kept.settled()

    async def _load(self) -> Curation:
        try:
            documents = await cosmos.query(self._container, "SELECT * FROM c")
        except CosmosResourceNotFoundError:
            log.warning("There is no container 'rules': seed the shop again, and rules can be kept")
            return NO_CURATION
        return Curation(tuple(sorted(_valid(documents), key=lambda rule: rule.id)))


def _valid(documents: Iterable[Mapping[str, Any]]) -> Iterable[Rule]:
    for document in documents:
        try:
            yield Rule.from_document(document)
        except InvalidRuleError as error:
            log.warning("A rule is left out: %s", error)
