"""The aggregation of one partition, as a pure function."""

import json
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.documents import (
    checkpoint_document,
    erased_document,
    erased_of,
    ids_document,
    ids_id,
    part_document,
    state_of,
    window_of,
)
from functions.analytics.fold import HORIZON, Received
from functions.analytics.partition import BATCH_BYTES, BATCH_OPERATIONS, PART_BYTES, State, Step, advance
from tests.unit.analytics.shop_events import (
    NOW,
    bodies,
    body,
    counted,
    distinct,
    log_of,
    plain_count,
    plain_distinct,
    view,
)


def run(records: Sequence[Received], cuts: Sequence[int] = ()) -> tuple[State, list[Step]]:
    """Work a log off in slices that end at the cuts."""
    state, steps, bounds = State(), [], [0, *sorted(cut % (len(records) + 1) for cut in cuts), len(records)]
    for first, last in pairwise(bounds):
        rest = records[first:last]
        while rest:
            step = advance(state, rest, lambda _: None)
            state, rest = step.state, rest[step.taken :]
            steps.append(step)
    return state, steps


def written(steps: Sequence[Step]) -> dict[str, dict[str, object]]:
    """The documents that are there after the steps' transactions, as JSON has them."""
    documents: dict[str, dict[str, object]] = {}
    for step in steps:
        made = [checkpoint_document("p", step.state.checkpoint), *(part_document("p", part) for part in step.parts)]
        if step.block:
            made.append(ids_document("p", step.block, step.tally.fresh))
        documents.update({document["id"]: json.loads(json.dumps(document)) for document in made})
        for block in step.forgotten:
            del documents[ids_id(block)]
    return documents


def of_kind(documents: dict[str, dict[str, object]], kind: str) -> list[dict[str, object]]:
    return [document for document in documents.values() if document["kind"] == kind]


@given(bodies(), st.lists(st.integers(0, 80), max_size=6), st.randoms())
def test_any_order_repetition_and_slicing_gives_the_plain_count(
    events: list[bytes], cuts: list[int], random: Random
) -> None:
    """The documents count each event once, in its minute, however the log was ordered and cut."""
    random.shuffle(events)
    state, steps = run(log_of(events), cuts)
    windows = [(document["minute"], window_of(document)) for document in of_kind(written(steps), "window")]
    assert counted(windows) == plain_count(events)  # type: ignore[arg-type]
    assert state.checkpoint.counted + state.checkpoint.duplicates == len(events)
    assert distinct(windows) == plain_distinct(events)  # type: ignore[arg-type]


@given(bodies(), st.lists(st.integers(0, 80), max_size=6))
def test_the_state_can_be_loaded_from_what_was_written(events: list[bytes], cuts: list[int]) -> None:
    """A process that starts anew knows what the one before it knew."""
    state, steps = run(log_of(events), cuts)
    documents = written(steps)
    loaded = state_of(documents["checkpoint"], of_kind(documents, "window"), of_kind(documents, "ids"))
    assert (loaded.checkpoint, loaded.parts) == (state.checkpoint, state.parts)
    assert set(loaded.blocks) == set(state.blocks)
    again = advance(loaded, log_of(events, first=len(events)), lambda _: None)
    assert again.tally.counted == 0


def test_every_step_fits_a_transaction() -> None:
    """A log with an event for each of many minutes, with the longest names, is cut into steps that Cosmos accepts."""
    records = [
        record
        for minute in range(300)
        for record in log_of([view(f"{minute}-{n}", "p" * 120 + str(n), NOW + minute) for n in range(9)],
                             arrived=NOW + minute, first=minute * 9)
    ]  # fmt: skip
    _, steps = run(records)
    assert sum(step.taken for step in steps) == len(records)
    for step in steps:
        made = [part_document("p", part) for part in step.parts]
        assert 2 + len(made) + len(step.forgotten) <= BATCH_OPERATIONS
        assert len(json.dumps(made)) + 16 * len(step.tally.fresh) <= BATCH_BYTES


def test_a_window_that_grows_is_continued_in_another_part() -> None:
    """No document becomes large; the window is the sum of its parts."""
    events = [
        body("view_item", str(n), items=[{"item_id": f"product-{n}-{k}"} for k in range(100)]) for n in range(100)
    ]
    state, steps = run(log_of(events), cuts=range(0, 100, 5))
    parts = {(part.minute, part.number): part for step in steps for part in step.parts}
    assert len(parts) > 1
    assert all(part.size <= PART_BYTES for part in parts.values())
    assert sum(part.window.product_views.total() for part in parts.values()) == 10_000
    documents = written(steps)
    loaded = state_of(documents["checkpoint"], reversed(of_kind(documents, "window")), [])
    assert loaded.parts == state.parts == {NOW: parts[NOW, len(parts) - 1]}


def test_what_is_remembered_is_bounded() -> None:
    """Over hours of events, ids, blocks and windows of the last minutes remain and nothing else."""
    records = [
        record
        for minute in range(200)
        for record in log_of([view(f"{minute}-{n}", minute=NOW + minute) for n in range(5)], NOW + minute, minute * 5)
    ]
    state, steps = run(records, cuts=range(0, 1_000, 5))
    assert len(state.seen) <= (HORIZON + 1) * 5
    assert len(state.parts) <= HORIZON
    assert len(of_kind(written(steps), "ids")) == len(state.blocks) <= HORIZON + 2


@given(bodies(), st.integers(-2, 11))
def test_who_was_erased_counts_for_nobody(events: list[bytes], back: int) -> None:
    """Up to the minute of it, wherever in the log an event stands; everything else counts as without the erasure."""
    minute = NOW - back
    erased = json.loads(json.dumps([erased_document("p", "s1", minute)]))
    assert "s1" not in json.dumps(erased)
    step = advance(State(erased=erased_of(erased)), log_of(events), lambda _: None)
    expected = plain_count(events)
    for key in [key for key in expected if key[0].startswith("shopper") and key[1][:2] == "s1" and key[2] <= minute]:
        del expected[key]
    assert counted(list(step.tally.windows.items())) == expected
    assert step.state.erased == erased_of(erased)


def test_a_message_that_no_transaction_can_hold_is_passed_over() -> None:
    """It is counted as invalid with its reason, and what follows it counts."""
    items = [{"item_id": f"{n:0>120}", "tracking_id": f"{n:0>120}~m~1", "price": 1} for n in range(100)]
    many = [body("purchase", str(k), items=[{**one, "item_id": f"{k}{one['item_id']}",
            "tracking_id": f"{k}{one['tracking_id']}"} for one in items]) for k in range(60)]  # fmt: skip
    huge = b"[" + b",".join(many) + b"]"
    state, steps = run(log_of([view("before"), huge, view("after")]))
    assert (state.checkpoint.counted, state.checkpoint.invalid, state.checkpoint.sequence) == (2, 1, 2)
    assert ["more than a transaction" in fault.reason for step in steps for fault in step.tally.faults] == [True]
    assert all(step.fits for step in steps)
