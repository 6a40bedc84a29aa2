"""Pages of an entity set: whatever is asked, together they are what a plain list says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.usecases.metrics import Metrics, OfferFigures
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.odata.errors import InvalidQueryError, NotSupportedError
from functions.usecases.odata.question import Question, SetOptions, named
from functions.usecases.odata.read import MOST_CHUNKS, Page, ReadSet
from functions.usecases.odata.sets import SETS

OFFERS = SETS["Offers"]
NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)
TODAY = datetime(2026, 11, 25, tzinfo=UTC)

type Made = dict[tuple[int, str], int]
"""Offers made, by how many days ago and the offer."""


def figures(offer: str, made: int) -> OfferFigures:
    empty = dict.fromkeys(("ctr", "ctr_low", "ctr_high", "conversion"))
    return OfferFigures(offer=offer, made=made, shown=0, clicked=0, redeemed=0, revenue=0.0, **empty)


def reading(made: Made) -> ReadSet:
    async def read_metrics(query: MetricsQuery) -> Metrics:
        assert query.start is not None
        ago = (TODAY - query.start).days
        found = [figures(offer, count) for (day, offer), count in made.items() if day == ago]
        return Metrics.model_construct(offers=found)

    return ReadSet(read_metrics, lambda: NOW)


async def pages(made: Made, size: int, **options: str) -> list[Page]:
    """All pages of an answer, as a client follows them."""
    asked = {f"${name}": value for name, value in options.items()}
    found = list[Page]()
    while True:
        question = Question.of(SetOptions.model_validate(asked), OFFERS)
        found.append(await reading(made).page(OFFERS, question, size))
        following = found[-1].following
        if following is None:
            return found
        kept = {name: value for name, value in asked.items() if name in ("$filter", "$orderby", "$select")}
        asked = {**kept, **following}


days = st.sampled_from([0, 1, 2, 40, MOST_CHUNKS, MOST_CHUNKS + 50])
tables = st.dictionaries(st.tuples(days, st.text("abÄ'", min_size=1, max_size=2)), st.integers(0, 3), max_size=12)


@given(
    tables,
    st.integers(1, 5),
    st.none() | st.integers(0, 8),
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from(["", "made desc", "made desc,offer desc,start", "start", "start desc"]),
    st.booleans(),
)
async def test_pages_together_are_the_whole_answer(
    made: Made, size: int, top: int | None, skip: int, counted: bool, order: str, filtered: bool
) -> None:
    """Sorted, filtered, skipped and cut as asked, no row twice, none left out, no page too large."""
    options = {"skip": str(skip), "count": str(counted).lower()}
    options |= {} if top is None else {"top": str(top)}
    options |= {"orderby": order} if order else {}
    options |= {"filter": "made ge 1"} if filtered else {}
    found = await pages(made, size, **options)
    rows = [(TODAY - timedelta(days=day), offer, count) for (day, offer), count in made.items()]
    rows = sorted(row for row in rows if row[2] >= 1 or not filtered)
    for part in reversed(order.split(",") if order else []):
        name, _, direction = part.partition(" ")
        place = ("start", "offer", "made").index(name)
        rows.sort(key=lambda row: row[place], reverse=direction == "desc")
    wanted = rows[skip:] if top is None else rows[skip : skip + top]
    assert [(row["start"], row["offer"], row["made"]) for page in found for row in page.rows] == wanted
    assert all(len(page.rows) <= size for page in found)
    assert found[0].count == (len(rows) if counted else None)
    assert await reading(made).count(OFFERS, Question()) == len(made)


async def test_a_filter_by_time_reads_only_that_time() -> None:
    """Days beside the range are not asked for: Power BI refreshes the last days alone."""
    asked = list[datetime]()

    async def read_metrics(query: MetricsQuery) -> Metrics:
        assert query.start
        asked.append(query.start)
        return Metrics.model_construct(offers=[])

    options = {"$filter": "start ge 2026-11-20T00:00:00Z and start lt 2026-11-22T00:00:00Z and made gt 1"}
    question = Question.of(SetOptions.model_validate(options), OFFERS)
    await ReadSet(read_metrics, lambda: NOW).page(OFFERS, question)
    assert asked == [datetime(2026, 11, day, tzinfo=UTC) for day in (20, 21, 22)]


async def test_only_the_chosen_properties_are_told() -> None:
    """In their order."""
    found = await pages({(0, "a"): 2}, 5, select="made, offer")
    assert [list(row.items()) for page in found for row in page.rows] == [[("made", 2), ("offer", "a")]]


@pytest.mark.parametrize(
    "options",
    [
        {"$select": "nothing"},
        {"$orderby": "nothing"},
        {"$skiptoken": "nothing"},
        {"$skiptoken": "WzFd"},
        {"$skiptoken": "WyIyMDI2LTExLTI1VDAwOjAwOjAwWiIsImEiLCJiIl0"},
        {"$skiptoken": "WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTE0OjAwIl0"},
        {"$filter": ""},
        {"$filter": "start ge 9999-12-31T23:59:59-14:00"},
        {"$filter": "start le 0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_makes_no_sense_is_told(options: dict[str, str]) -> None:
    """Properties that there are not, tokens of others, moments that no calendar has in UTC."""
    with pytest.raises(InvalidQueryError):
        Question.of(SetOptions.model_validate(options), OFFERS)


def test_options_are_named_with_a_dollar_or_without() -> None:
    """In any letters, as OData 4.01 has it; what is no option of OData is not ours to judge."""
    assert named({"$Top": "1", "filter": "x", "code": "secret"}) == {"$top": "1", "$filter": "x"}
    with pytest.raises(InvalidQueryError):
        named({"$top": "1", "top": "2"})
    for refused in ("$expand", "search", "$apply", "$unknown"):
        with pytest.raises(NotSupportedError):
            named({refused: "x"})
