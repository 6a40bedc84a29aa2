"""The demo store and the till, driven in a browser."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.browsing import barriers, products, screenshot
from tests.stack import SeededStack, until

LOOKS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")]
HOUSEHOLD = "household"
BUSY = "[aria-busy=true]"
SHOWN = "view_item_list"
SEEN = 1_800
"""Milliseconds within which a list in view has been reported."""

type Visit = Callable[[str], None]
type Told = list[dict[str, Any]]


@pytest.fixture
def visit(stack: SeededStack, page: Page) -> Visit:
    """Opens an address and waits until everything that it asked for has come."""

    def go(address: str) -> None:
        page.goto("about:blank")  # an address that differs in its fragment alone would not be loaded
        page.goto(f"{stack.functions.connection}/{address}")
        page.locator("main > *").first.wait_for(state="attached")
        expect(page.locator(BUSY)).to_have_count(0)
        page.wait_for_load_state("networkidle")

    return go


@pytest.fixture
def told(page: Page) -> Told:
    """The events that the page tells the shop, as they are told."""
    events: Told = []

    def listen(request: Request) -> None:
        if request.url.endswith("/v1/events"):
            events.extend(json.loads(request.post_data or "[]"))

    page.on("request", listen)
    return events


def become_a_household(page: Page, nth: int = 0) -> None:
    """Choose one of the sample shoppers."""
    found = page.locator("#shopper option", has_text=HOUSEHOLD).nth(nth)
    found.wait_for(state="attached")
    page.select_option("#shopper", found.get_attribute("value"))
    page.wait_for_load_state("networkidle")


def put_in_the_basket(page: Page) -> None:
    """Put the product of the page in the basket, and wait until the shop knows."""
    with page.expect_response("**/v1/events"):
        page.get_by_role("button", name="Put in the basket").click()


def test_a_mistyped_word_leads_to_the_product_by_keyboard(page: Page, visit: Visit) -> None:
    """Type, choose a suggestion, get results, open one."""
    visit("store/")
    field = page.get_by_role("combobox", name="Search products")
    field.press_sequentially("choclate")
    page.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]").inner_text()
    assert "choc" in chosen.lower()
    screenshot(page, "suggestions")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(chosen)
    page.locator("[data-list=search] .tile a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".product h1")).to_contain_text("Choc")


def test_escape_gives_back_what_was_typed(page: Page, visit: Visit) -> None:
    """And closes the suggestions."""
    visit("store/")
    field = page.get_by_role("combobox", name="Search products")
    field.press_sequentially("mil")
    page.get_by_role("option").first.wait_for()
    field.press("ArrowDown")
    field.press("Escape")
    expect(field).to_have_value("mil")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_lists_follow_what_a_visitor_does(page: Page, visit: Visit) -> None:
    """Who looks at something finds it under recently viewed, and other picks than before; within the second."""
    visit("store/")
    before = products(page, "picks")
    assert before
    assert products(page, "recently-viewed") == []
    page.locator("[data-list=trending] .tile a").nth(2).click()
    put_in_the_basket(page)
    bought = page.url.rpartition("/")[2]
    page.get_by_role("link", name="Corner Store").click()
    until(lambda: bought in products(page, "recently-viewed"), "what was viewed is listed", seconds=5)
    until(lambda: products(page, "picks") not in ([], before), "the picks follow", seconds=5)
    expect(page.locator("#basket")).to_have_text("1")
    screenshot(page, "home-after-a-visit")


def test_a_list_that_was_seen_is_reported_once(page: Page, visit: Visit, told: Told) -> None:
    """With the tracking id of each product; one that nobody scrolled to is not, until somebody does."""
    visit("store/")
    page.wait_for_timeout(SEEN)
    assert "picks" in lists_seen(told)
    assert "new" not in lists_seen(told)
    page.locator("[data-list=new]").scroll_into_view_if_needed()
    page.wait_for_timeout(SEEN)
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(SEEN)
    assert lists_seen(told).count("new") == lists_seen(told).count("picks") == 1
    assert all(item["tracking_id"] for event in told if event["type"] == SHOWN for item in event["data"]["items"])


def test_an_answer_that_comes_again_is_not_reported_again(page: Page, visit: Visit, told: Told) -> None:
    """What everyone is shown is often the same after the visitor did something."""
    items = [
        {"id": "1082185", "name": "Bananas", "category": ["Produce"], "price": 1, "trackingId": "trending~m~a~1"}
    ]
    answer = {"list": "trending", "items": items, "path": "cold", "fallback": [], "degraded": []}
    page.route("**/v1/recommendations/trending*", lambda route: route.fulfill(json=answer))
    visit("store/")
    page.wait_for_timeout(SEEN)
    with page.expect_response("**/v1/recommendations/trending*"):
        page.locator("[data-list=trending] .tile .buy button").click()
    page.wait_for_timeout(SEEN)
    assert lists_seen(told).count("trending") == 1


@pytest.mark.parametrize("page", [(390, "light")], indirect=True)
def test_a_list_larger_than_the_screen_is_reported_and_what_went_by_is_not(
    page: Page, visit: Visit, told: Told
) -> None:
    """On a phone the results are many screens long, and what stands below them was in view only while they came."""
    visit("store/#/search/milk")
    page.wait_for_timeout(SEEN)
    assert lists_seen(told) == ["search"]


def test_a_sale_is_owed_to_the_list_that_led_to_it(stack: SeededStack, page: Page, visit: Visit, told: Told) -> None:
    """The click, the look, the basket and the purchase give back one tracking id; a product opened by itself none.

    Bought another time it is owed to nobody, and the figures tell what became of the list.
    """
    sold = sum(each["purchases"] for each in figures_of(stack, "trending"))
    visit("store/#/product/1082185")
    put_in_the_basket(page)
    page.get_by_role("link", name="Corner Store").click()
    page.locator("[data-list=trending] .tile a").nth(3).click()
    put_in_the_basket(page)
    clicked = page.url.rpartition("/")[2]
    page.get_by_role("link", name="Basket").click()
    with page.expect_response("**/v1/events"):
        page.get_by_role("button", name="Buy", exact=True).click()
    events = [(event["type"], item) for event in told for item in event["data"].get("items", [])]
    owed = {
        product: {
            kind: item.get("tracking_id") for kind, item in events if item["item_id"] == product and kind != SHOWN
        }
        for product in ("1082185", clicked)
    }
    assert owed["1082185"] == dict.fromkeys(("view_item", "add_to_cart", "purchase"))
    (tracking_id,) = set(owed[clicked].values())
    assert tracking_id.startswith("trending~")
    assert list(owed[clicked]) == ["select_item", "view_item", "add_to_cart", "purchase"]
    told.clear()
    visit(f"store/#/product/{clicked}")
    put_in_the_basket(page)
    assert [
        item.get("tracking_id") for event in told if event["type"] != SHOWN for item in event["data"]["items"]
    ] == [
        None,
        None,
    ]
    until(lambda: sum(each["purchases"] for each in figures_of(stack, "trending")) == sold + 1, "the sale is counted")
    assert all(each["impressions"] and each["clicks"] for each in figures_of(stack, "trending") if each["purchases"])


def figures_of(stack: SeededStack, name: str) -> list[dict[str, Any]]:
    """What became of a list, by the model that made it."""
    return [each for each in stack.get("/api/v1/metrics")["lists"] if each["list"] == name]


def lists_seen(told: Told) -> list[str]:
    """The lists that the shop was told to have been seen."""
    return [event["data"]["placement"] for event in told if event["type"] == SHOWN]


def test_a_list_changes_while_it_is_looked_at(page: Page, visit: Visit) -> None:
    """What is put in the basket from a list moves the other tiles."""
    visit("store/")
    before = products(page, "picks")
    page.locator("[data-list=trending] .tile .buy button").nth(1).click()
    until(lambda: products(page, "picks") not in ([], before), "the picks follow", seconds=5)


def test_another_shopper_is_shown_other_products(page: Page, visit: Visit) -> None:
    """The switch begins a new session for somebody with a history."""
    visit("store/")
    before = products(page, "picks")
    become_a_household(page)
    until(lambda: products(page, "picks") not in ([], before), "picks of the household", seconds=5)
    mine = products(page, "picks")
    become_a_household(page, 1)
    until(lambda: products(page, "picks") not in ([], before, mine), "picks of another household", seconds=5)


def test_the_basket_is_completed_and_an_offer_is_made_with_its_reasons(page: Page, visit: Visit) -> None:
    """Two products in, something that goes with them beside, an offer that says why."""
    visit("store/")
    become_a_household(page)
    page.locator("[data-list=picks] .tile a").first.click()
    put_in_the_basket(page)
    page.get_by_role("link", name="Basket").click()
    page.get_by_role("button", name="One more of").click()
    expect(page.locator(".count b")).to_have_text("2")
    expect(page.locator(".offer .reasons li").first).to_be_visible()
    until(lambda: len(products(page, "basket")) > 3, "something goes with the basket")
    assert page.locator(".offer .name").inner_text()
    screenshot(page, "basket")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Taken")).to_be_visible()
    page.get_by_role("button", name="Buy", exact=True).click()
    expect(page.locator(".sum")).to_have_text("The basket is empty.")


def test_what_is_wished_for_is_kept(page: Page, visit: Visit) -> None:
    """On a page of its own, with more like it; before that the page says that there is nothing."""
    visit("store/#/wish-list")
    expect(page.get_by_text("Nothing is on the wish list.")).to_be_visible()
    visit("store/")
    page.locator("[data-list=trending] .tile a").first.click()
    page.get_by_role("button", name="Add to the wish list").click()
    expect(page.get_by_role("button", name="On the wish list")).to_be_visible()
    page.get_by_role("link", name="Wish list").click()
    expect(page.locator("[aria-label='On the wish list'] .tile")).to_have_count(1)
    until(lambda: bool(products(page, "wish-list")), "more like it")


def test_the_associate_has_three_screens(page: Page, visit: Visit) -> None:
    """A product by words, the transaction with its completion, the customer with wish list and taste."""
    visit("till/")
    page.get_by_label("Number or words").fill("mlik")
    page.keyboard.press("Enter")
    expect(page.locator(".product h2")).to_be_visible()
    until(lambda: bool(products(page, "bought-together")), "what is bought with it")
    screenshot(page, "till-product")
    page.get_by_role("button", name="Add to the transaction").click()
    page.get_by_role("link", name="Customer").click()
    page.get_by_label("Customer's number").fill("1467")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name="Where most is spent")).to_be_visible()
    until(lambda: bool(products(page, "picks")), "a list for the customer")
    screenshot(page, "till-customer")
    page.get_by_role("link", name="Transaction").click()
    expect(page.locator(".lines li")).to_have_count(1)
    expect(page.locator(".offer .reasons li").first).to_be_visible()
    until(lambda: bool(products(page, "basket")), "what goes with the transaction")
    screenshot(page, "till-transaction")


def test_the_associate_sees_what_the_customer_did_each_product_once_and_the_latest_first(
    stack: SeededStack, page: Page, visit: Visit
) -> None:
    """And what goes with the wish list once there is one: before that it would be the picks again."""
    customer, milk, bananas = "2480", "1029743", "1082185"
    for at, (kind, product) in enumerate([("view_item", milk), ("view_item", bananas), ("add_to_cart", milk)]):
        tell(stack, customer, kind, product, at)
    visit("till/#/customer")
    look_up(page, customer)
    lately = page.locator(".facts section", has=page.get_by_role("heading", name="A moment ago")).locator("li")
    expect(lately).to_have_text([re.compile("Fluid Milk.*add to cart"), re.compile("Bananas.*view item")])
    shares = page.locator(".facts section", has=page.get_by_role("heading", name="Where most is spent")).locator("li")
    expect(shares.filter(has_text=re.compile(r"\D0 %"))).to_have_count(0)
    expect(page.locator("[data-list=wish-list]")).to_be_hidden()
    tell(stack, customer, "add_to_wishlist", bananas, 3)
    look_up(page, customer)
    expect(page.locator("[data-list=wish-list]")).to_be_visible()
    until(lambda: bool(products(page, "wish-list")), "what goes with the wish list")


def tell(stack: SeededStack, shopper: str, kind: str, product: str, at: int) -> None:
    """A shopper did something `at` seconds after a minute ago."""
    moment = datetime.now(UTC) - timedelta(seconds=60 - at)
    stack.post(
        "/api/v1/events",
        {
            "id": str(uuid4()),
            "source": "/test",
            "type": kind,
            "subject": shopper,
            "time": moment.isoformat(),
            "data": {"items": [{"item_id": product}]},
        },
    )


def look_up(page: Page, customer: str) -> None:
    """Ask the till for a customer, and wait for the profile."""
    with page.expect_response(f"**/v1/shoppers/{customer}"):
        page.get_by_label("Customer's number").fill(customer)
        page.get_by_role("button", name="Look up").click()
    page.wait_for_load_state("networkidle")


def test_a_failure_is_shown_in_one_line(page: Page, visit: Visit) -> None:
    """Of each list that fails, of an event that was not taken, and of the suggestions."""
    page.route("**/v1/recommendations/picks*", lambda route: route.abort())
    page.route("**/v1/recommendations/trending*", lambda route: route.fulfill(status=503, json={"detail": "Wait."}))
    page.route("**/v1/events", lambda route: route.abort())
    visit("store/")
    expect(page.locator("[data-list=picks] .fault")).to_have_text(
        "Picked for you cannot be shown: the server cannot be reached"
    )
    expect(page.locator("[data-list=trending] .fault")).to_have_text("Trending now cannot be shown: 503 Wait.")
    page.locator("[data-list=new] .tile .buy button").first.click()
    expect(page.locator("#notice")).to_contain_text("The shop was not told (add_to_cart)")
    page.wait_for_timeout(SEEN)  # by now the shop was not told of lists that were seen either: nobody can do it again
    expect(page.locator("#notice")).to_contain_text("The shop was not told (add_to_cart)")


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_everyone_can_use_every_page(page: Page, visit: Visit) -> None:
    """Nothing but trifles for axe, and nothing wider than the screen: desk, phone and enlarged, by day and night."""
    size = page.viewport_size
    assert size is not None
    visit("store/")
    look = f"{size['width']}-{page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")}"
    become_a_household(page)
    product = page.locator("[data-list=picks] .tile a").first.get_attribute("href")
    page.locator("[data-list=picks] .tile .buy button").first.click()
    found = {}
    for name, address in {
        "home": "store/#/",
        "search": "store/#/search/milk",
        "product": f"store/{product}",
        "basket": "store/#/basket",
        "wish-list": "store/#/wish-list",
        "till-product": f"till/{product}",
        "till-transaction": "till/#/transaction",
        "till-customer": "till/#/customer",
    }.items():
        visit(address)
        if name == "basket":  # the page was left while the shop was still being told
            expect(page.locator(".lines li")).to_have_count(1)
        screenshot(page, f"{name}-{look}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if problems := barriers(page) + ([f"{wide} pixels too wide"] if wide > 0 else []):
            found[name] = problems
    assert found == {}
