"""Rules of campaign managers: what they can do to a list, and what they cannot."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.personalization.catalog import Catalog, Product
from functions.personalization.curation import NO_CURATION, Curation, InvalidRuleError, Rule, curate, kept_out
from tests.unit.personalization.shop import CATALOG, HOUR, NOW

IDS = CATALOG.ids
SCORES = np.array([4.0, 3.0, 2.0, 1.0])
ALL = np.ones(4, dtype=np.bool_)
NAMES = ("colour", "Colour", "size", "Brand")


def rule(kind: str, *products: str, **fields: object) -> Rule:
    """A rule on products."""
    return Rule.model_validate({"id": kind, "name": kind, "kind": kind, "products": products, **fields})


def shown(*rules: Rule, allowed: np.ndarray = ALL, channel: str | None = None) -> list[str]:
    """What becomes of milk, bread, beer, soap."""
    rows = np.flatnonzero(allowed)
    found = curate(Curation(rules), "picks", channel, NOW, CATALOG, rows, SCORES[rows], allowed)
    return [IDS[row] for row in found.rows]


def test_without_rules_a_list_stays_as_it_is() -> None:
    """To the object."""
    rows = np.arange(4)
    assert curate(NO_CURATION, "picks", None, NOW, CATALOG, rows, SCORES, ALL).rows is rows


def test_each_kind_does_what_it_says() -> None:
    """Includes go to their rank, excludes vanish, boosts rise, buried products fall."""
    assert shown(rule("include", "soap", "beer")) == ["soap", "beer", "milk", "bread"]
    assert shown(rule("include", "soap", rank=2)) == ["milk", "soap", "bread", "beer"]
    assert shown(rule("exclude", "milk")) == ["bread", "beer", "soap"]
    assert shown(rule("boost", "soap", factor=3.5)) == ["milk", "soap", "bread", "beer"]
    assert shown(rule("bury", category=["Food"], factor=10)) == ["soap", "milk", "bread", "beer"]


def test_a_rule_holds_where_and_when_it_says() -> None:
    """Its lists, its channels, its dates."""
    assert "milk" in shown(rule("exclude", "milk", lists=["new"]))
    assert "milk" in shown(rule("exclude", "milk", channels=["app"]), channel="web")
    assert "milk" not in shown(rule("exclude", "milk", channels=["app"]), channel="app")
    assert "milk" in shown(rule("exclude", "milk", starts=NOW + HOUR))
    assert "milk" in shown(rule("exclude", "milk", ends=NOW))


ids = st.lists(st.sampled_from([*IDS, "gone"]), min_size=1, max_size=5)
rules = st.lists(
    st.builds(
        lambda kind, products, rank, place: rule(kind, *products, rank=rank, id=f"r{place}"),
        st.sampled_from(["include", "exclude", "boost", "bury"]),
        ids,
        st.integers(1, 6),
        st.integers(0, 9),
    ),
    max_size=5,
)


@given(rules, st.lists(st.booleans(), min_size=4, max_size=4))
def test_no_rule_breaks_a_list(found: list[Rule], mask: list[bool]) -> None:
    """Nothing twice, nothing that is not allowed or was kept out, and nothing lost but what was kept out."""
    allowed = np.array(mask, dtype=np.bool_)
    names = shown(*found, allowed=allowed)
    assert len(set(names)) == len(names)
    open_ = allowed & ~kept_out(Curation(tuple(found)), "picks", None, NOW, CATALOG)
    assert set(names) == {IDS[row] for row in np.flatnonzero(open_)}


def test_rules_at_one_rank_follow_each_other() -> None:
    """The smaller id first, and neither turns the other's products round."""
    assert shown(rule("include", "soap", id="a"), rule("include", "beer", id="b")) == [
        "soap",
        "beer",
        "milk",
        "bread",
    ]
    first, second = rule("include", "soap", "beer", id="a"), rule("include", "milk", id="b")
    assert shown(first, second) == ["soap", "milk", "beer", "bread"]


@given(rules, st.lists(st.booleans(), min_size=4, max_size=4))
def test_rules_keep_what_they_do_not_touch_in_order(found: list[Rule], mask: list[bool]) -> None:
    """Products that no rule names stay in the order that they had."""
    named = {product for each in found for product in each.products}
    allowed = np.array(mask, dtype=np.bool_)
    left = [name for name in shown(*found, allowed=allowed) if name not in named]
    assert left == [name for name, may in zip(IDS, mask, strict=True) if may and name not in named]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([("Food",), ("Food", "Dairy"), ("food", "Beer"), ()]), st.sets(st.sampled_from(NAMES))
        ),
        max_size=6,
    ),
    st.sampled_from([("food",), ("Food", "dairy"), ("Toys",), ()]),
    st.sampled_from([("COLOUR", "red"), ("size", "red"), None]),
)
def test_a_rule_touches_what_is_in_its_category_and_has_its_attribute(
    made: list[tuple[tuple[str, ...], set[str]]], category: tuple[str, ...], attribute: tuple[str, str] | None
) -> None:
    """Each product once, whatever is written in capitals, and only where both hold if both are given."""
    assume(category or attribute)
    catalog = Catalog(
        Product(f"p{place}", "", path, 1.0, attributes=dict.fromkeys(sorted(names), "Red"))
        for place, (path, names) in enumerate(made)
    )
    touched = rule("boost", category=category, attribute=attribute).touches(catalog).tolist()
    assert touched == [
        place
        for place, (path, names) in enumerate(made)
        if tuple(map(str.casefold, path[: len(category)])) == tuple(map(str.casefold, category))
        and (attribute is None or attribute[0].casefold() in {name.casefold() for name in names})
    ]


def test_a_list_tells_which_rule_touched_its_products() -> None:
    """Of those that it shows alone."""
    rows, boost = np.array([0, 3]), rule("boost", "milk", "beer", "soap", id="b")
    told = curate(Curation((boost,)), "picks", None, NOW, CATALOG, rows, SCORES[rows], ALL).why
    assert told == dict.fromkeys((0, 3), "boost by rule 'b'")


@given(st.lists(st.tuples(st.lists(st.sampled_from(IDS), min_size=1, unique=True), st.integers(1, 6)), max_size=3))
def test_an_include_is_shown_from_its_rank_in_its_order(wanted: list[tuple[list[str], int]]) -> None:
    """A rule by itself has exactly its ranks; several keep each its order.

    None is shown above its rank while there are others to show before it.
    """
    names = shown(*(rule("include", *each, rank=rank, id=f"r{place}") for place, (each, rank) in enumerate(wanted)))
    taken: set[str] = set()
    others = len(IDS) - len({product for products, _ in wanted for product in products})
    for products, rank in sorted(wanted, key=lambda each: each[1]):
        own = [product for product in products if product not in taken]
        places = [names.index(product) for product in own]
        assert places == sorted(places)
        assert not places or places[0] >= min(rank - 1, others)
        if len(wanted) == 1:
            start = min(rank - 1, len(IDS) - len(own))
            assert names[start : start + len(own)] == own
        taken |= set(own)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({}, "products"),
        ({"kind": "include", "category": ["food"]}, "include"),
        ({"products": ["milk"], "category": ["food"]}, "either"),
        ({"products": ["milk"], "starts": NOW, "ends": NOW}, "after"),
        ({"products": ["milk"], "factor": float("nan")}, "factor"),
        ({"products": ["milk"], "lists": ["No List"]}, "lists"),
        ({"products": ["milk"], "unknown": 1}, "unknown"),
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object], fault: str) -> None:
    """Naming what is wrong."""
    with pytest.raises(ValidationError, match=fault):
        Rule.model_validate({"id": "r", "name": "r", "kind": "exclude", **wrong})
    with pytest.raises(InvalidRuleError):
        Rule.from_document({"id": "r", "name": "r", "kind": "exclude", **wrong})


def test_a_rule_survives_its_document() -> None:
    """As it was written, whatever Cosmos adds."""
    made = rule("boost", "milk", lists=["picks"], starts=NOW, factor=3)
    assert Rule.from_document({**made.to_document(), "_etag": "x"}) == made
