"""What campaign managers say of lists: products put at the top, kept out, raised or lowered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from functions.events import Id
from functions.personalization.catalog import Bools, Catalog, Doubles, Ints

ListName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Level = Annotated[str, Field(min_length=1, max_length=128)]
MOST_PRODUCTS = 500
LARGEST_FACTOR = 100.0


class InvalidRuleError(ValueError):
    """A document is not a rule; the text says what is wrong."""

    def __init__(self, rule_id: str, fault: str) -> None:
        super().__init__(f"rule '{rule_id[:128]}' is not valid: {fault}")


class RuleContent(BaseModel):
    """What is said of some products in some lists, for some time.

    The products are those named, else those of a category and of an attribute's value, both where both are given.
    `include` puts named products at the top in their order, from `rank` on; `exclude` keeps products out; `boost` and
    `bury` multiply and divide their scores by `factor`. Without `lists` or `channels` a rule holds in all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    name: Annotated[str, Field(min_length=1, max_length=256)]
    kind: Literal["include", "exclude", "boost", "bury"]
    products: Annotated[tuple[Id, ...], Field(max_length=MOST_PRODUCTS)] = ()
    category: Annotated[tuple[Level, ...], Field(max_length=10)] = ()
    attribute: (
        Annotated[tuple[Level, ...], Field(min_length=2, max_length=2, description="Its name and its value")] | None
    ) = None
    lists: Annotated[tuple[ListName, ...], Field(max_length=20)] = ()
    channels: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    rank: Annotated[int, Field(ge=1, le=100)] = 1
    factor: Annotated[float, Field(gt=1, le=LARGEST_FACTOR, allow_inf_nan=False)] = 2.0

    @model_validator(mode="after")
    def _says_something_of_something(self) -> Self:
        if not (self.products or self.category or self.attribute):
            raise ValueError("name `products`, a `category` or an `attribute`")
        if self.products and (self.category or self.attribute):
            raise ValueError("give either `products` or `category` and `attribute`")
        if self.kind == "include" and not self.products:
            raise ValueError("`include` needs `products`: a category has no order")
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValueError("`ends` must be after `starts`")
        return self


class Rule(RuleContent):
    """A rule with its name in the store."""

    id: Id

    def holds(self, list_name: str, channel: str | None, now: datetime) -> bool:
        """Whether it says anything of a list, shown in a channel, at this moment."""
        there = (not self.lists or list_name in self.lists) and (not self.channels or channel in self.channels)
        return there and (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)

    def touches(self, catalog: Catalog) -> Ints:
        """The rows of the products that it is about, in the order named; without those that the catalogue lacks."""
        if self.products:
            rows = catalog.positions(self.products)
            return rows[rows >= 0]
        groups = []
        if self.category:
            groups.append(catalog.held(catalog.below, self.category))
        if self.attribute:
            groups.append(catalog.held(catalog.having, self.attribute))
        return reduce(np.intersect1d, groups)

    def to_document(self) -> dict[str, Any]:
        """The rule as its Cosmos document."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Rule":
        """The rule of a Cosmos document, or `InvalidRuleError`."""
        own = {name: value for name, value in document.items() if not name.startswith("_")}
        try:
            return cls.model_validate(own)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "rule"
            raise InvalidRuleError(str(document.get("id")), f"{where}: {first['msg']}") from None


@dataclass(frozen=True)
class Curation:
    """All rules, in the order of their ids."""

    rules: tuple[Rule, ...] = ()

    @cached_property
    def lists(self) -> frozenset[str]:
        """The lists that products are put into by name: those that are not built in consist of nothing else."""
        return frozenset(name for rule in self.rules if rule.kind == "include" for name in rule.lists)


NO_CURATION = Curation()


@dataclass(frozen=True, slots=True, eq=False)
class Curated:
    """A list as the rules want it, best first; `why` tells of the rows that a rule touched, `pinned` are those that a
    rule put at their place."""

    rows: Ints
    scores: Doubles
    why: Mapping[int, str]
    pinned: frozenset[int] = frozenset()


def kept_out(curation: Curation, list_name: str, channel: str | None, now: datetime, catalog: Catalog) -> Bools:
    """Shape (products,): the products that a rule keeps out of a list."""
    out = np.zeros(len(catalog), dtype=np.bool_)
    for rule in curation.rules:
        if rule.kind == "exclude" and rule.holds(list_name, channel, now):
            out[rule.touches(catalog)] = True
    return out


def curate(
    curation: Curation,
    list_name: str,
    channel: str | None,
    now: datetime,
    catalog: Catalog,
    rows: Ints,
    scores: Doubles,
    allowed: Bools,
) -> Curated:
    """Apply the rules to products that are best first, each at most once, all of them `allowed` (products,).

    What is not allowed is not put in either. What is kept out by one rule is not put in by another.
    """
    rules = [rule for rule in curation.rules if rule.holds(list_name, channel, now)]
    if not rules:
        return Curated(rows, scores, {})
    open_ = allowed & ~kept_out(curation, list_name, channel, now, catalog)
    rows, scores = rows[open_[rows]], scores[open_[rows]]
    factors, why = _factors(rules, catalog, rows)
    scores = scores * factors[rows]
    order = np.argsort(-scores, kind="stable")
    return _with_included(Curated(rows[order], scores[order], why), rules, catalog, open_)


def _factors(rules: list[Rule], catalog: Catalog, rows: Ints) -> tuple[Doubles, dict[int, str]]:
    """By what the score of each product is multiplied, shape (products,), and who says so of these rows."""
    factors, why, listed = np.ones(len(catalog)), dict[int, str](), np.zeros(len(catalog), dtype=np.bool_)
    listed[rows] = True
    for rule in rules:
        if rule.kind in {"boost", "bury"}:
            touched = rule.touches(catalog)
            factors[touched] *= rule.factor if rule.kind == "boost" else 1.0 / rule.factor
            told = touched[listed[touched]].tolist()
            why.update(dict.fromkeys(told, f"{rule.kind} by rule '{rule.id}'"))
    return factors, why


def _with_included(found: Curated, rules: list[Rule], catalog: Catalog, open_: Bools) -> Curated:
    """Included products from their rule's rank on, each rule's in its own order.

    Where two rules want the same place the one with the lower rank has it, of equal ones the one with the smaller id;
    the other's product comes next.
    """
    placed: list[tuple[int, int]] = []
    why = dict(found.why)
    for rule in sorted((each for each in rules if each.kind == "include"), key=lambda each: each.rank):
        taken = {row for _, row in placed}
        rows = [row for row in dict.fromkeys(rule.touches(catalog).tolist()) if open_[row] and row not in taken]
        placed += [(rule.rank + place, row) for place, row in enumerate(rows)]
        why.update(dict.fromkeys(rows, f"included by rule '{rule.id}'"))
    if not placed:
        return found
    own = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
    names = {row for _, row in placed}
    rows = [row for row in found.rows.tolist() if row not in names]
    free = 0
    for rank, row in sorted(placed, key=lambda each: each[0]):
        place = min(max(rank - 1, free), len(rows))
        rows.insert(place, row)
        free = place + 1
    return Curated(
        np.array(rows, dtype=np.int64), np.array([own.get(row, 0.0) for row in rows]), why, frozenset(names)
    )
