"""The rules of campaign managers in Cosmos DB, kept in memory for some seconds."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from functions.adapters import cosmos
from functions.adapters.refreshed import Refreshed
from functions.personalization.curation import NO_CURATION, Curation, InvalidRuleError, Rule
from functions.usecases.ports import RuleChangedError, StoreUnavailableError

MAX_AGE = 5.0
"""Seconds after which rules are read again, in the background."""

ANY = "*"
"""In place of an ETag: whichever rule is there."""
NO_CONTAINER = "there is no container 'rules': seed the shop again, and rules can be kept"

log = logging.getLogger(__name__)


class CosmosRules:
    """Implements `CurationRules` and `RuleStore`."""

    def __init__(self, container: ContainerProxy, max_age: float = MAX_AGE) -> None:
        self._container = container
        self._max_age = max_age
        self._kept = Refreshed("rules", self._load, max_age)
        self._last = NO_CURATION
        self._told = False

    async def current(self) -> Curation:
        """The rules; while the store is away those that were read last, whatever their age."""
        try:
            self._last = await self._kept.get()
        except StoreUnavailableError as error:
            log.warning("Rules stay as they were: %s", error)
        return self._last

    async def all(self) -> Sequence[Rule]:
        """The rules as they are now, by id; raises `StoreUnavailableError`."""
        return (await self._load()).rules

    async def read(self, rule_id: str) -> tuple[Rule, str] | None:
        """A rule and its ETag, None when there is none that can be read; raises `StoreUnavailableError`."""
        document = await cosmos.read(self._container, rule_id)
        found = list(_valid([document])) if document is not None else []
        return (found[0], str(document["_etag"])) if found and document is not None else None

    async def write(self, rule: Rule, etag: str | None) -> tuple[str, bool]:
        """Keep a rule: its new ETag, and whether it is new.

        With an `etag` only in place of the very rule that has it, with `*` of any.
        Raises `RuleChangedError`, `StoreUnavailableError`.
        """
        document = rule.to_document()
        if etag is not None:
            return await self._replace(rule.id, document, etag), False
        try:
            made = await self._ask(lambda: self._container.create_item(document))
        except CosmosResourceExistsError:
            made = await self._ask(lambda: self._container.upsert_item(document))
            return str(made["_etag"]), False
        except CosmosResourceNotFoundError as error:
            raise StoreUnavailableError(NO_CONTAINER) from error
        return str(made["_etag"]), True

    async def _replace(self, rule_id: str, document: dict[str, Any], etag: str) -> str:
        held = _held(etag)
        try:
            kept = await self._ask(lambda: self._container.replace_item(rule_id, document, **held))
        except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError) as error:
            raise RuleChangedError(rule_id) from error
        return str(kept["_etag"])

    async def delete(self, rule_id: str, etag: str | None) -> bool:
        """Delete a rule, with an `etag` only the very one that has it; False when there is none.

        Raises `RuleChangedError`, `StoreUnavailableError`.
        """
        held = _held(etag)
        try:
            await self._ask(lambda: self._container.delete_item(rule_id, partition_key=rule_id, **held))
        except CosmosAccessConditionFailedError as error:
            raise RuleChangedError(rule_id) from error
        except CosmosResourceNotFoundError:
            return False
        return True

    async def _ask[T](self, request: Callable[[], Awaitable[T]]) -> T:
        """The answer; whoever asks next for the current rules waits for them to be read anew."""
        answer = await cosmos.ask("write of a rule", request)
        self._kept = Refreshed("rules", self._load, self._max_age)
        return answer

    async def settled(self) -> None:
        """Wait until no refresh is under way."""
        await self._kept.settled()

    async def _load(self) -> Curation:
        try:
            documents = await cosmos.query(self._container, "SELECT * FROM c")
        except CosmosResourceNotFoundError:
            if not self._told:
                log.warning("Lists are without rules: %s", NO_CONTAINER)
            self._told = True
            return NO_CURATION
        self._told = False
        return Curation(tuple(sorted(_valid(documents), key=lambda rule: rule.id)))


def _held(etag: str | None) -> dict[str, Any]:
    """The condition that what is there is of this version; of any for `*`."""
    return {} if etag in {None, ANY} else {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _valid(documents: Iterable[Mapping[str, Any]]) -> Iterable[Rule]:
    for document in documents:
        try:
            yield Rule.from_document(document)
        except InvalidRuleError as error:
            log.warning("A rule is left out: %s", error)
