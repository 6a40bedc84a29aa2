"""Pre-computed affinities."""

from model.datasets.dataset import Dataset
from model.seed.affinities import KEPT, Affinities, Groups
from model.seed.households import strangers

TAU = 90.0


def is_a_list_best_first(listed: Affinities) -> bool:
    affinities = [affinity for _, affinity in listed]
    return 0 < len(listed) <= KEPT and affinities == sorted(affinities, reverse=True) and affinities[-1] > 0


def test_every_group_has_a_list(journey: Dataset) -> None:
    """Everyone, each segment, and each stranger whose demographics are known."""
    unknown = strangers(journey)
    groups = Groups(journey, unknown, TAU)
    segments, told = groups.segments(), groups.strangers(unknown)
    assert set(segments) == set(journey.shoppers["segment"])
    assert set(told) < unknown
    assert all(map(is_a_list_best_first, [groups.everyone(), *segments.values(), *told.values()]))


def test_segments_differ(small: Dataset) -> None:
    """They are drawn towards everyone's, yet not the same."""
    groups = Groups(small, frozenset(), TAU)
    lists = [tuple(listed) for listed in groups.segments().values()]
    assert len(set(lists)) == len(lists)


def test_strangers_are_not_in_any_list(small: Dataset) -> None:
    """With all but one shopper unknown, everyone's list is that shopper's."""
    known = small.past["shopper"][0]
    unknown = frozenset(small.shoppers["id"]) - {known}
    listed = Groups(small, unknown, TAU).everyone()
    assert {product for product, _ in listed} == set(small.past.filter(small.past["shopper"] == known)["product"])
