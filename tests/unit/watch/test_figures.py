"""What the live view makes of the app's answer."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.read_metrics import ReadMetrics
from local.watch import view
from local.watch.figures import Figures, figures_of
from tests.unit.analytics.shop_events import NOW, decision, performance, promotion
from tests.unit.usecases.test_read_metrics import MOMENT, aggregated


async def answer(bodies: list[bytes]) -> dict[str, Any]:
    """What the app really answers after these events."""
    metrics = await ReadMetrics(await aggregated(bodies), lambda: MOMENT)(MetricsQuery())
    return metrics.model_dump(mode="json", by_alias=True)


EVENTS = [
    *(decision(f"d{n}", minute=NOW - 1) for n in range(90)),
    decision("cold", "o2", minute=NOW + 0.5, path="cold", degraded=["redis"]),
    *(promotion("select_promotion", f"c{n}") for n in range(9)),
    performance("p", total_ms=4, scoring_ms=0.5),
    b"garbage",
]


async def figures(bodies: list[bytes] = EVENTS, asked: datetime = MOMENT) -> Figures:
    return figures_of(await answer(bodies), asked)


async def test_it_understands_the_answer_of_the_app() -> None:
    """Every figure comes from the field that the app documents."""
    shown = await figures()
    assert (shown.decisions, shown.degraded, shown.warm, shown.cold) == (91, 1, 90, 1)
    assert (shown.clicked, shown.lag, shown.lost) == (9, 0, 1)
    assert shown.p99 == pytest.approx(4, rel=0.02)
    assert [(one.name, one.made, one.ctr) for one in shown.offers] == [("o1", 90, 0.1), ("o2", 1, 0)]


async def test_the_rate_is_that_of_the_last_minutes() -> None:
    """91 decisions in the last full minute and thirty seconds of this one."""
    assert (await figures()).rate == pytest.approx(91 / 90)


async def test_when_nothing_happens_any_more_the_rate_is_zero() -> None:
    """Decisions of a while ago are no present rate."""
    assert (await figures([decision("1", minute=NOW - 10)])).rate == 0


async def test_one_line_says_it_all() -> None:
    """Without a terminal, each look is one line."""
    text = view.line(await figures())
    assert "1.0 decisions/s" in text
    assert "p50 4.0 ms" in text
    assert "cold 1%" in text
    assert "ctr 10%" in text
    assert "lag 0 messages, looked 0 s ago" in text
    assert "best offer o1 10.0%" in text
    assert "\n" not in text


async def test_an_aggregation_that_stopped_is_told() -> None:
    """Figures that nobody renews are not shown as if they were fresh."""
    assert "nothing aggregated for 300 s" in view.line(await figures(asked=MOMENT + timedelta(minutes=5)))


async def test_before_the_first_event_there_are_dashes() -> None:
    """What is not known is not zero."""
    text = view.line(await figures([]))
    assert "p50 –" in text
    assert "ctr –" in text


@pytest.mark.parametrize("wrong", [{}, {"totals": {}}, {"totals": 1, "paths": {}, "lag": {"partitions": []}}])
def test_an_answer_of_something_else_is_not_shown(wrong: dict[str, Any]) -> None:
    """Any other document is an error, not a picture of zeros."""
    with pytest.raises((KeyError, TypeError)):
        figures_of(wrong, MOMENT)
