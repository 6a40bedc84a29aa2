"""What newcomers are shown, by what is known of them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from model.datasets.dataset import UNKNOWN_SEGMENT, Dataset
from model.datasets.schemas import TABLES
from model.precomputed import Affinities, Precomputed
from model.seed.households import strangers
from model.training import cold_start
from tests.unit.model.small import small_dataset, training

TAU = 30.0


def is_a_list_best_first(listed: Affinities) -> bool:
    affinities = [affinity for _, affinity in listed]
    return (
        0 < len(listed) <= cold_start.KEPT and affinities == sorted(affinities, reverse=True) and affinities[-1] > 0
    )


def told(dataset: Dataset, traits: list[list[tuple[str, str]]], segments: list[str] | None = None) -> Dataset:
    """The data set with these traits of its shoppers in turn, and these segments."""
    ids = dataset.shoppers["id"]
    rows = [
        (
            shopper,
            (segments or [UNKNOWN_SEGMENT])[number % len(segments or [""])],
            [{"name": n, "value": v} for n, v in traits[number % len(traits)]],
        )
        for number, shopper in enumerate(ids)
    ]
    return replace(dataset, shoppers=pl.DataFrame(rows, dict(TABLES["shoppers"]), orient="row"))


def tastes_differ(count: int = 60) -> Dataset:
    """Shoppers of the north buy p0000, of the south p0001, all of them p0002; the north is also old."""
    dataset = small_dataset(shoppers=count)
    rows = [
        (f"s{shopper:03}", 100 * shopper + day, product, day, 1.0)
        for shopper in range(count)
        for day in range(0, 98, 7)
        for product in ("p0002", "p0000" if shopper % 2 else "p0001")
    ]
    bought = pl.DataFrame(rows, dataset.purchases.schema, orient="row").sort("day", "basket", "product")
    north, south = [("region", "north"), ("age", "old")], [("region", "south")]
    return told(replace(dataset, purchases=bought), [south, north])


def test_every_group_has_a_list() -> None:
    """Everyone, each segment, and each stranger of whom any trait is known."""
    dataset = small_dataset()
    unknown = strangers(dataset)
    lists = cold_start.precomputed(dataset, TAU, unknown)
    assert set(lists.segments) == set(dataset.shoppers["segment"])
    assert set(lists.shoppers) == unknown & set(cold_start.traits_of(dataset))
    assert all(map(is_a_list_best_first, [lists.everyone, *lists.segments.values(), *lists.groups]))


def test_segments_differ() -> None:
    """They are drawn towards everyone's, yet not the same."""
    lists = cold_start.precomputed(small_dataset(), TAU)
    assert len({tuple(listed) for listed in lists.segments.values()}) == len(lists.segments) > 1


def test_traits_tell_what_a_newcomer_wants() -> None:
    """Who is of the north gets what the north buys, though its own history is hidden."""
    dataset = tastes_differ()
    lists = cold_start.precomputed(dataset, TAU, frozenset({"s000", "s001"}))
    first = {
        shopper: [product for product, _ in lists.groups[group][:2]] for shopper, group in lists.shoppers.items()
    }
    assert first == {"s000": ["p0002", "p0001"], "s001": ["p0002", "p0000"]}


def test_a_trait_of_few_is_not_weighed() -> None:
    """One shopper's taste is not that of its kind; what else is known of it still counts."""
    dataset = tastes_differ()
    tastes = cold_start.learn(told(dataset, [[("shoe", str(size))] for size in range(60)]), TAU)
    assert tastes.of(frozenset({("shoe", "7")})) is None
    mixed = cold_start.learn(dataset, TAU)
    north = mixed.of(frozenset({("region", "north")}))
    with_shoe = mixed.of(frozenset({("region", "north"), ("shoe", "7")}))
    assert north is not None
    assert with_shoe is not None
    np.testing.assert_array_equal(north, with_shoe)


def test_what_was_hidden_is_in_no_list() -> None:
    """With all but one shopper hidden, everyone's list is that shopper's."""
    dataset = small_dataset()
    known = dataset.past["shopper"][0]
    lists = cold_start.precomputed(dataset, TAU, frozenset(dataset.shoppers["id"]) - {known})
    bought = set(dataset.past.filter(pl.col("shopper") == known)["product"])
    assert {product for product, _ in lists.everyone} == bought


def test_lists_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In length, in the products they are made of, and in number: the most frequent sets of traits have one."""
    dataset = tastes_differ()
    monkeypatch.setattr(cold_start, "KEPT", 1)
    monkeypatch.setattr(cold_start, "MOST_PRODUCTS", 2)
    monkeypatch.setattr(cold_start, "MOST_GROUPS", 1)
    lists = cold_start.precomputed(dataset, TAU, frozenset({"s000", "s002", "s001"}))
    assert [len(each) for each in (lists.everyone, *lists.groups)] == [1, 1]
    assert set(lists.shoppers) == {"s000", "s002"}
    monkeypatch.setattr(cold_start, "MOST_SHOPPERS", 1)
    assert len(cold_start.precomputed(dataset, TAU, frozenset({"s000", "s002"})).shoppers) == 1


def test_figures_are_of_hidden_histories() -> None:
    """Where traits decide what is bought, they foresee more than everyone's list does."""
    figures = cold_start.judge(tastes_differ(), TAU)
    assert set(figures) == {"newcomers by everyone", "newcomers by traits"}
    assert figures["newcomers by traits"] == {"recall": 1.0, "ndcg": 1.0}
    assert figures["newcomers by everyone"]["ndcg"] < 0.97


def test_the_part_reads_back() -> None:
    """The same each time."""
    made = cold_start.part(training(small_dataset(), TAU))
    assert made is not None
    assert made == cold_start.part(training(small_dataset(), TAU))
    lists = Precomputed.from_bytes(made.files["affinities.json"])
    assert lists == cold_start.precomputed(small_dataset(), TAU)


def test_data_that_knows_nothing_of_shoppers_has_everyone(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be made is told."""
    made = cold_start.part(training(told(small_dataset(), [[]]), TAU))
    assert made is not None
    assert set(made.metrics) == {"newcomers by everyone"}
    lists = Precomputed.from_bytes(made.files["affinities.json"])
    assert lists.everyone
    assert (lists.segments, lists.groups, lists.shoppers) == ({}, (), {})
    printed = capsys.readouterr().out
    assert "less than two segments" in printed
    assert "nothing is known of any shopper" in printed
