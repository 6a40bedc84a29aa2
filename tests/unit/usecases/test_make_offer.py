"""What a shopper is offered after what it did, and what is told of it."""

import logging
from collections import Counter
from dataclasses import replace

import pytest

from functions.events import DecisionEvent, PerformanceEvent, VisitEvent, parse_event, to_json
from functions.usecases.make_offer import UnknownProductError, UnknownShopperError
from functions.usecases.ports import StoreUnavailableError, StreamUnavailableError
from tests.unit.personalization.shop import NOW, TASTE
from tests.unit.usecases.fakes import FakeMemories, FakeModel, FakeModels, FakeShoppers, FakeStream
from tests.unit.usecases.offering import LOYAL, click, making, search, view


async def test_the_stream_gets_the_action_the_decision_and_the_timings_in_one_batch() -> None:
    """One batch of the shopper's: the action as it came, the decision that is returned, the performance."""
    stream = FakeStream()
    decided = await making(stream=stream)(view())
    [[action, decision, performance]] = stream.batches
    assert (action, decision) == (view(), decided)
    assert isinstance(performance, PerformanceEvent)
    assert {event.subject for event in (action, decision, performance)} == {"anna"}
    assert performance.data.decision_id == decided.id


async def test_the_best_fitting_offer_is_made_and_explained() -> None:
    """Soap makes up most of what the shopper is likely to want, so the offer on soap is made."""
    decided = await making()(view())
    data = decided.data
    assert (data.offer, data.runner_up, data.level, data.arm) == (
        "soap-offer",
        "milk-offer",
        "affinity",
        "personalized",
    )
    assert (data.model, data.path, data.probability, data.placement) == ("fake-1", "warm", 1.0, "product-page")
    assert [product.product for product in data.products] == ["soap", "milk"]
    assert data.reasons
    assert (decided.session, decided.sequence, data.action_id) == ("s1", 7, "a1")


async def test_an_offer_is_made_that_is_likely_to_be_redeemed() -> None:
    """Where the model foresees redemptions they decide, and the record holds them."""
    model = FakeModel((("soap", 3.0),), chances={"milk-offer": 0.04, "soap-offer": 0.03})
    data = (await making(models=FakeModels([model]))(view())).data
    assert (data.offer, data.level, data.model) == ("milk-offer", "affinity", "fake-1")
    assert {each.offer: each.score for each in data.considered} == {"milk-offer": 0.04, "soap-offer": 0.03}
    assert any("probability of 4.0%" in reason for reason in data.reasons)


async def test_redemptions_are_not_foreseen_for_who_is_only_known_by_a_session() -> None:
    """The propensity model learned from shoppers with purchases: for others, offers are judged by their fit."""
    model = FakeModel((("soap", 3.0),), source="session", chances={"milk-offer": 0.04})
    data = (await making(models=FakeModels([model]))(view())).data
    assert data.offer == "soap-offer"


async def test_a_decision_survives_the_wire() -> None:
    """The decision and the performance are events of the vocabulary, whatever the shopper."""
    stream = FakeStream()
    await making(stream=stream)(view())
    [events] = stream.batches
    assert [parse_event(to_json(event)) for event in events] == list(events)


async def test_the_first_click_makes_a_newcomer_warm() -> None:
    """The model decides from the first product touched, and the decision says what it went by."""
    model = FakeModel((("bread", 1.0),), source="session")
    decided = await making(models=FakeModels([model]))(view("bread", "ben"))
    assert (decided.data.path, decided.data.model) == ("warm", "fake-1")
    assert decided.data.reasons[0] == "likely products by the model, from what the shopper did a moment ago"
    [(occasion, _)] = model.asked
    assert [recent.product for recent in occasion.memory.recent] == ["bread"]


async def test_without_history_precomputed_affinities_decide() -> None:
    """A newcomer of whom the model knows nothing gets everyone's taste, and no model is named."""
    decided = await making(models=FakeModels([FakeModel()]))(search("ben"))
    assert (decided.data.path, decided.data.model) == ("cold", "none")
    assert [product.product for product in decided.data.products] == [product for product, _ in TASTE]


async def test_a_model_that_knows_no_available_product_leaves_it_to_the_precomputed() -> None:
    """When all that the model likes is gone from the shop, the decision says that it was made without it."""
    decided = await making(models=FakeModels([FakeModel((("discontinued", 1.0),))]))(view())
    assert (decided.data.path, decided.data.model) == ("cold", "none")


async def test_one_decision_is_made_by_one_version() -> None:
    """A model that is swapped in while a decision is under way makes the next one; each names the one that scored."""
    versions = [FakeModel((("soap", 1.0),), "v1"), FakeModel((("milk", 1.0),), "v2")]
    make = making(models=FakeModels(versions))
    first, second = [await make(view(event_id=event)) for event in ("e1", "e2")]
    assert (first.data.model, first.data.products[0].product) == ("v1", "soap")
    assert (second.data.model, second.data.products[0].product) == ("v2", "milk")


async def test_who_opted_out_is_not_scored() -> None:
    """The model never sees a shopper who opted out, however long the history."""
    model = FakeModel((("soap", 1.0),))
    profiles = {"anna": replace(LOYAL, personalize=False)}
    decided = await making(models=FakeModels([model]), shoppers=FakeShoppers(profiles))(view())
    assert (model.asked, decided.data.path) == ([], "cold")
    assert any("opted out" in reason for reason in decided.data.reasons)


async def test_an_offer_made_is_counted_towards_its_cap() -> None:
    """The cap sees the shopper, the offer, the decision and the time of the decision."""
    memories = FakeMemories()
    decided = await making(memories=memories)(view())
    assert memories.made == {decided.id: ("anna", "soap-offer", NOW)}


async def test_a_redelivered_action_gives_the_same_events_and_counts_once() -> None:
    """All ids follow from the action's id, so that the second delivery is recognised everywhere."""
    stream, memories = FakeStream(), FakeMemories()
    make = making(stream=stream, memories=memories)
    assert await make(view()) == await make(view())
    first, second = stream.batches
    assert [event.id for event in first] == [event.id for event in second]
    assert len({event.id for event in first}) == 3
    assert len(memories.made) == 1


async def test_redis_down_decides_on_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Without fast memory the model still scores the history; the events are marked, the log says why."""
    stream = FakeStream()
    with caplog.at_level(logging.WARNING):
        decided = await making(memories=FakeMemories(down=True), stream=stream)(view())
    [[_, decision, performance]] = stream.batches
    assert (decided.data.degraded, decided.data.path, decision) == (("redis",), "warm", decided)
    assert isinstance(performance, PerformanceEvent)
    assert performance.data.degraded
    assert len([record for record in caplog.records if "Redis is stopped" in record.message]) == 2


async def test_cosmos_down_returns_the_message() -> None:
    """Without the profile nothing is decided, sent or counted: the message is tried again."""
    stream, memories = FakeStream(), FakeMemories()
    with pytest.raises(StoreUnavailableError):
        await making(shoppers=FakeShoppers({}, down=True), stream=stream, memories=memories)(view())
    assert (stream.batches, memories.made) == ([], {})


async def test_stream_down_returns_the_message() -> None:
    """A decision that the stream did not accept was not made: the message is tried again."""
    with pytest.raises(StreamUnavailableError):
        await making(stream=FakeStream(down=True))(view())


async def test_an_unknown_shopper_is_named() -> None:
    """A message about nobody can never succeed."""
    with pytest.raises(UnknownShopperError, match="there is no profile of the shopper"):
        await making()(view(shopper="nobody"))


async def test_an_unknown_product_is_named_and_leaves_no_trace() -> None:
    """A product that the shop does not have is refused before anything is read or remembered."""
    shoppers, memories = FakeShoppers({}), FakeMemories()
    with pytest.raises(UnknownProductError, match="there is no product 'unicorn'"):
        await making(shoppers=shoppers, memories=memories)(view("unicorn"))
    assert (shoppers.reads, memories.recalled) == (0, {})


async def test_a_warm_decision_reads_one_document() -> None:
    """Catalogue, offers and policy come from the shelf; the profile is the only read."""
    shoppers = FakeShoppers({"anna": LOYAL})
    await making(shoppers=shoppers)(view())
    assert shoppers.reads == 1


async def test_nothing_personal_is_told() -> None:
    """Traits, region, distance and affinities of a profile are in no event; the segment is, for those who agree."""
    stream = FakeStream()
    await making(stream=stream)(view())
    told = "".join(to_json(event) for batch in stream.batches for event in batch)
    assert not [word for word in ("North", "123.25", "175-199K", "0.8", "income") if word in told]


async def test_every_kind_of_action_is_answered() -> None:
    """Arriving, searching and clicking an offer ask for an offer as much as looking at a product does."""
    visit = VisitEvent(id="a4", source="/shop", subject="anna", time=NOW)
    answers = [await making()(action) for action in (view(), search(), click("gone-by-now"), visit)]
    assert all(isinstance(answer, DecisionEvent) for answer in answers)
    assert len({answer.id for answer in answers}) == 4
    assert answers[1].data.placement == "home"


async def test_a_cap_holds_over_a_whole_session() -> None:
    """An offer that may be made twice a day is made twice, then gives way to the next."""
    make = making(models=FakeModels([FakeModel((("milk", 1.0),))]))
    offered = [(await make(view(event_id=f"a{step}"))).data.offer for step in range(4)]
    assert offered == ["milk-offer", "milk-offer", "delivery", "delivery"]


async def test_a_redelivered_action_does_not_use_up_its_own_cap() -> None:
    """The last time that the cap allows is decided alike at every delivery of its message."""
    memories, models = FakeMemories(before=Counter({"milk-offer": 1})), FakeModels([FakeModel((("milk", 1.0),))])
    make = making(memories=memories, models=models)
    deliveries = [await make(view()) for _ in range(3)]
    assert {decided.data.offer for decided in deliveries} == {"milk-offer"}
    assert (await make(view(event_id="another"))).data.offer == "delivery"
