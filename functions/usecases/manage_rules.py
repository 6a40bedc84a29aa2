"""Rules of lists, for campaign managers: read, written and deleted one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field, ValidationError

from functions.personalization.curation import InvalidRuleError, Rule, RuleContent
from functions.usecases.metrics import Answer
from functions.usecases.ports import Shelf

MOST_NAMED = 5


class NoSuchRuleError(Exception):
    """There is no rule of that id."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"There is no rule '{rule_id[:128]}'.")


class RulesQuery(Answer):
    """Which page of the rules, in the order of their ids."""

    count: Annotated[int, Field(ge=1, le=100, description="Rules of a page")] = 50
    skip: Annotated[int, Field(ge=0, le=100_000, description="Rules of the pages before")] = 0


class RulePage(Answer):
    """A page of rules, and how many there are."""

    total: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule with its ETag; `new` when it was not there before."""

    rule: Rule
    etag: str
    new: bool = False


class RuleStore(Protocol):
    """Where rules are kept."""

    async def all(self) -> Sequence[Rule]:
        """The rules by id; raises `StoreUnavailableError`."""

    async def read(self, rule_id: str) -> tuple[Rule, str] | None:
        """A rule and its ETag; raises `StoreUnavailableError`."""

    async def write(self, rule: Rule, etag: str | None) -> tuple[str, bool]:
        """Keep a rule: its ETag, and whether it is new; raises `RuleChangedError`, `StoreUnavailableError`."""

    async def delete(self, rule_id: str, etag: str | None) -> bool:
        """Whether there was a rule to delete; raises `RuleChangedError`, `StoreUnavailableError`."""


@dataclass(frozen=True, slots=True)
class ManageRules:
    """The use case with the store, and the catalogue that products must be in."""

    store: RuleStore
    shelf: Shelf

    async def page(self, query: RulesQuery) -> RulePage:
        """A page of the rules."""
        rules = await self.store.all()
        return RulePage(total=len(rules), rules=tuple(rules[query.skip : query.skip + query.count]))

    async def read(self, rule_id: str) -> KeptRule:
        """A rule; raises `NoSuchRuleError`."""
        found = await self.store.read(rule_id)
        if found is None:
            raise NoSuchRuleError(rule_id)
        return KeptRule(*found)

    async def write(self, rule_id: str, content: RuleContent, etag: str | None) -> KeptRule:
        """Keep a rule under this id, in place of the one that is there.

        Raises `InvalidRuleError` for an id that is none and for products that the catalogue does not have.
        """
        rule = _named(rule_id, content)
        catalog = (await self.shelf.current()).catalog
        unknown = [product for product in rule.products if product not in catalog.position]
        if unknown:
            raise InvalidRuleError(rule_id, f"products: the catalogue has no {', '.join(unknown[:MOST_NAMED])}")
        written, new = await self.store.write(rule, etag)
        return KeptRule(rule, written, new)

    async def delete(self, rule_id: str, etag: str | None) -> None:
        """Delete a rule; raises `NoSuchRuleError`."""
        if not await self.store.delete(rule_id, etag):
            raise NoSuchRuleError(rule_id)


def _named(rule_id: str, content: RuleContent) -> Rule:
    try:
        return Rule(**content.model_dump(), id=rule_id)
    except ValidationError as error:
        raise InvalidRuleError(rule_id, f"id: {error.errors()[0]['msg']}") from None
