"""Two shoppers, what they do, and the use case that makes them offers, over fakes."""

from typing import Any

from functions.events import Interaction, InteractionEvent, Item, Promotion, PromotionEvent, Search, SearchEvent
from functions.personalization.shopper import History, Shopper
from functions.usecases.make_offer import MakeOffer
from tests.unit.personalization.shop import NOW, offer, shop
from tests.unit.usecases.fakes import FakeMemories, FakeModel, FakeModels, FakeShelf, FakeShoppers, FakeStream, Ticks

MILK, SOAP = offer("milk-offer", "milk", daily_cap=2), offer("soap-offer", "soap")
LOYAL = Shopper(
    id="anna",
    segment="families-of-the-north",
    affinities={"food": 0.8, "household": 0.6},
    history=History(("milk",), (3,), (20_000,), (20_300,), (2.5,), as_of=NOW.timestamp() / 86_400),
    distance_miles=123.25,
    region="Northumberland",
    traits={"income": "175-199K"},
)
NEWCOMER = Shopper(id="ben", segment="unknown")


def making(**parts: Any) -> MakeOffer:
    """The use case, each part a fake unless given; the model likes soap best, then milk."""
    profiles = {shopper.id: shopper for shopper in (LOYAL, NEWCOMER)}
    defaults: dict[str, Any] = {
        "shoppers": FakeShoppers(profiles),
        "memories": FakeMemories(),
        "shelf": FakeShelf(shop([MILK, SOAP])),
        "models": FakeModels([FakeModel((("soap", 3.0), ("milk", 1.0)))]),
        "stream": FakeStream(),
        "clock": lambda: NOW,
        "stopwatch": Ticks(1.5),
    }
    return MakeOffer(**{**defaults, **parts})


def view(product: str = "milk", shopper: str = "anna", event_id: str = "a1") -> InteractionEvent:
    """A shopper looks at a product, in its seventh step."""
    return InteractionEvent(
        id=event_id,
        source="/shop",
        subject=shopper,
        time=NOW,
        session="s1",
        sequence=7,
        type="view_item",
        data=Interaction(items=(Item(item_id=product),), placement="product-page"),
    )


def search(shopper: str = "anna") -> SearchEvent:
    """A shopper looks for cheese."""
    return SearchEvent(id="a2", source="/shop", subject=shopper, time=NOW, data=Search(search_term="cheese"))


def click(offer_id: str = "milk-offer", decision_id: str = "d0") -> PromotionEvent:
    """A shopper clicks an offer that an earlier decision showed."""
    clicked = Promotion(promotion_id=offer_id, decision_id=decision_id)
    return PromotionEvent(id="a3", source="/shop", subject="anna", time=NOW, type="select_promotion", data=clicked)
