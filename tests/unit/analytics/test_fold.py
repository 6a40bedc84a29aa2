"""Folding a run of the log."""

from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.fold import HORIZON, LATENESS, SKEW, Received, Tally, fold
from functions.analytics.seen import Seen
from tests.unit.analytics.shop_events import NOW, log_of, view


def folded(records: list[Received], seen: Seen | None = None) -> Tally:
    return fold(records, seen or Seen(HORIZON), 0, 0.0, lambda _: None)


def test_an_event_counts_in_the_minute_in_which_it_happened() -> None:
    """Windows are by event time, not by arrival."""
    tally = folded(log_of([view("1", minute=NOW - 3), view("2", minute=NOW)]))
    assert {minute: window.product_views.total() for minute, window in tally.windows.items()} == {NOW - 3: 1, NOW: 1}
    assert tally.event_time == NOW * 60


def test_a_repeated_event_counts_once() -> None:
    """The queue delivers at least once: the same id is the same event."""
    tally = folded(log_of([view("1"), view("1"), view("2")]))
    assert (tally.counted, tally.duplicates) == (2, 1)
    again = folded(log_of([view("2"), view("3")]), Seen(HORIZON).adding(tally.fresh, NOW))
    assert (again.counted, again.duplicates) == (1, 1)


def test_garbage_is_noted_with_offset_and_reason_and_stops_nothing() -> None:
    """What is no event is a fault; those around it count."""
    tally = folded(log_of([view("1"), b"\x00garbage", view("2")]))
    assert tally.counted == 2
    [fault] = tally.faults
    assert (fault.sequence, fault.offset) == (1, "100")
    assert "JSON" in fault.reason


def test_an_event_may_be_late_but_not_very_late() -> None:
    """Within the allowed lateness an event corrects its window; after it, it is counted as late and nothing else."""
    tally = folded(log_of([view("1", minute=NOW - LATENESS), view("2", minute=NOW - LATENESS - 1)]))
    assert (tally.counted, tally.late) == (1, 1)


def test_an_event_from_the_future_is_a_fault() -> None:
    """A producer's clock may be ahead by minutes, not by a day."""
    tally = folded(log_of([view("1", minute=NOW + SKEW), view("2", minute=NOW + 24 * 60)]))
    assert tally.counted == 1
    assert "1440 minutes after its arrival" in tally.faults[0].reason


def test_lateness_is_judged_at_arrival_so_that_a_backlog_loses_nothing() -> None:
    """Events that lay in the log for hours before they were aggregated are not late."""
    hours_ago = NOW - 600
    tally = folded(log_of([view("1", minute=hours_ago)], arrived=hours_ago) + log_of([view("2")], first=1))
    assert (tally.counted, tally.late) == (2, 0)


def test_a_repeated_event_is_never_counted_again_even_after_its_id_is_forgotten() -> None:
    """An id is remembered for as long as its event would not be too late."""
    first = folded(log_of([view("1", minute=NOW + SKEW)]))
    seen = Seen(HORIZON).adding(first.fresh, NOW)
    for minutes in (HORIZON, HORIZON + 1):
        tally = folded(log_of([view("1", minute=NOW + SKEW)], arrived=NOW + minutes, first=1), seen)
        assert tally.counted == 0


def test_the_clock_of_arrivals_never_goes_back() -> None:
    """A broker whose clock jumps back does not reopen what is closed."""
    records = log_of([view("1")]) + log_of([view("2", minute=NOW - 20)], arrived=NOW - 20, first=1)
    tally = folded(records)
    assert (tally.clock, tally.late) == (NOW, 1)


BODIES = [view(str(number % 5), minute=NOW - number % 3 * 9) for number in range(12)] + [
    b'{"type": "nothing"}',
    b"{}",
]


@given(st.permutations(BODIES), st.lists(st.booleans(), min_size=len(BODIES), max_size=len(BODIES)))
def test_events_count_the_same_however_they_share_messages(bodies: list[bytes], ends: list[bool]) -> None:
    """Duplicates, late ones and faults included."""
    messages: list[list[bytes]] = [[]]
    for body, end in zip(bodies, ends, strict=True):
        messages[-1].append(body)
        if end:
            messages.append([])
    packed = [b"[" + b",".join(message) + b"]" for message in messages if message]
    alone, together = (fold(log_of(each), Seen(HORIZON), 0, 0.0, lambda _: None) for each in (bodies, packed))
    assert (together.windows, together.fresh) == (alone.windows, alone.fresh)
    assert (together.counted, together.duplicates, together.late) == (alone.counted, alone.duplicates, alone.late)
    assert [fault.reason for fault in together.faults] == [fault.reason for fault in alone.faults]
