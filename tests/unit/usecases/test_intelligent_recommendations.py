"""What callers of the retired service send, and what they get; the URLs are of its samples and published callers."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from functions.usecases.intelligent_recommendations import answer, list_named, question
from functions.usecases.recommendation_messages import RecommendationList, RecommendedItem


def asked(url: str) -> tuple[str, Mapping[str, object]]:
    """The list that a URL below the root asks for, and the parameters that it sets."""
    found = urlsplit(url)
    params = dict(parse_qsl(found.query))
    return list_named(found.path.split("/")[0], params), question(params).model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("url", "name", "query"),
    [
        ("New?modeling=adw&Count=5&SkipItems=3", "new", {"count": 5, "skip": 3}),
        ("Trending?ClientType=ExternalTest&EnvironmentId=3a90", "trending", {}),
        ("bestselling?ClientType=ExternalTest", "popular", {}),
        ("BestSelling", "popular", {}),
        ("Picks?AlgoType=RecentViews&SessionId=s-1", "picks", {"sessionId": "s-1"}),
        ("picks?userId=7&Refinements=RemoveUserHistory", "picks", {"userId": "7", "refine": "ignore-history"}),
        ("Similar/64702?AlgoType=CompleteSimilarStyles", "similar", {}),
        ("similar/64702?algoType=BoughtTogether", "bought-together", {}),
        ("cart/items?seedItemIds=1,2&channelId=web", "cart", {"seed": ("1", "2"), "channel": "web"}),
        ("Popular?Category=Clothing&Size=M", "popular", {"category": "Clothing", "attributes": ("Size=M",)}),
    ],
)
def test_urls_of_the_retired_service_mean_what_they_meant(url: str, name: str, query: Mapping[str, object]) -> None:
    """Capitals do not matter, filters are kept, and what says nothing of products filters nothing out."""
    assert asked(url) == (name, query)


def test_absurd_parameters_are_refused() -> None:
    """As everywhere, naming the parameter by its name here."""
    with pytest.raises(ValidationError, match="count"):
        question({"Count": "1000000"})


def test_a_list_is_told_in_the_words_of_the_retired_service() -> None:
    """Exactly its fields, nothing more."""
    item = RecommendedItem(
        id="1", name="Milk", category=("Food",), price=1.0, score=0.5, tracking_id="new~x~1", reason="new in the shop"
    )
    found = RecommendationList(list="new", title="New", model="m-1", path="cold", total=278, items=(item,))
    assert answer(found).model_dump(by_alias=True) == {
        "id": "new",
        "name": "New",
        "version": "v1.0",
        "interactionsVersion": "m-1",
        "items": ({"id": "1", "trackingId": "new~x~1"},),
        "title": "New",
        "longTitle": "New",
        "titleId": 0,
        "pagingInfo": {"totalItems": 278},
        "status": "Success",
    }
