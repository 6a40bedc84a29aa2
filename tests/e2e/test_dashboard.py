"""The dashboard, driven in a browser over figures that a plain count over the log tells as well."""

import csv
import io
import urllib.request
from collections.abc import Callable

import pytest
from azure.eventhub import EventData, EventHubProducerClient
from playwright.sync_api import Page, expect

from tests.e2e.browsing import barriers, screenshot
from tests.e2e.figures import count_log, settled, simulate
from tests.stack import SeededStack, until

LOOKS = [(1280, "light"), (1280, "dark"), (390, "light")]
READY = "main[data-ready=true]"

type Visit = Callable[[str], None]


@pytest.fixture(scope="module")
def shopped(stack: SeededStack) -> SeededStack:
    """A stack in which something happened."""
    simulate(stack, shoppers=60, steps=4, seed=90)
    settled(stack)
    return stack


@pytest.fixture
def visit(shopped: SeededStack, page: Page) -> Visit:
    """Opens the dashboard at a view and waits for its figures."""

    def go(view: str) -> None:
        page.goto("about:blank")
        page.goto(f"{shopped.functions.connection}/dashboard/{view}")
        page.locator(READY).wait_for()
        page.wait_for_load_state("networkidle")

    return go


def tile(page: Page, heading: str) -> str:
    """The figure of a tile with the line below it."""
    return page.locator("#tiles div", has=page.locator(f"dt:text-is('{heading}')")).locator("dd").inner_text()


def table(page: Page, chart: str) -> list[list[str]]:
    """The table below a chart, opened."""
    figure = page.locator(f"[data-chart={chart}]")
    if not figure.locator("details[open]").count():
        figure.locator("summary").click()
    figure.locator("tbody tr").first.wait_for()
    rows: list[list[str]] = figure.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def test_the_page_shows_what_the_log_says(shopped: SeededStack, page: Page, visit: Visit) -> None:
    """Offers made and clicked, in all and of each offer."""
    log = count_log(shopped)
    visit("#range=1d")
    made, clicked = log.offers_made.total(), log.offers_clicked.total()
    until(lambda: f"{clicked:,} of {made:,} offers" in tile(page, "Click rate"), "the tile agrees", seconds=10)
    rows = table(page, "offers")
    shown = {offer: (int(made.replace(",", "")), int(clicked.replace(",", ""))) for offer, made, clicked, *_ in rows}
    assert shown == {
        offer: (log.offers_made[offer], log.offers_clicked[offer])
        for offer, _ in log.offers_made.most_common(100)
        if offer in shown
    }
    assert sum(made for made, _ in shown.values()) == made or len(shown) == 100


def test_what_happens_shows_within_seconds(shopped: SeededStack, page: Page, visit: Visit) -> None:
    """Without anybody touching the page."""
    visit("")
    before = tile(page, "Offers made")
    shopped.post("/api/v1/offers/decide", {"userId": "1467", "placement": "basket"})
    page.wait_for_function(
        "before => !document.getElementById('tiles').innerText.includes(before)",
        arg=before.split("\n")[0],
        timeout=15_000,
    )


def test_a_chart_can_be_taken_along(shopped: SeededStack, page: Page, visit: Visit) -> None:
    """As CSV with the rows of its table, and as the API query behind it."""
    visit("#range=1d")
    figure = page.locator("[data-chart=offers]")
    link = figure.get_by_role("link", name="CSV").get_attribute("href")
    assert link
    with urllib.request.urlopen(link) as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    assert [row["offer"] for row in rows if row["made"] != "0"] == [row[0] for row in table(page, "offers")]
    assert "/api/v1/metrics?" in (figure.get_by_role("link", name="API").get_attribute("href") or "")


def test_an_offer_and_a_shopper_are_looked_at(shopped: SeededStack, page: Page, visit: Visit) -> None:
    """By their numbers: what the offer covers and whom it was made to, and every decision with its reasons."""
    made = shopped.post("/api/v1/offers/decide", {"userId": "1467", "placement": "basket"})
    kept = "/api/v1/shoppers/1467/decisions?count=1"
    until(lambda: made["decisionId"] in str(shopped.get(kept)), "the decision is kept")
    visit("")
    page.get_by_label("Offer", exact=True).fill(made["offer"]["id"])
    page.locator("#offer button").click()
    expect(page.locator("#offer")).to_contain_text(made["offer"]["name"])
    expect(page.locator("#offer [data-chart=regions]")).to_be_visible()
    page.get_by_label("Shopper or session").fill("1467")
    page.locator("#trail button").click()
    expect(page.locator("#trail li").first).to_contain_text(made["offer"]["name"])
    expect(page.locator("#trail .reasons").first).to_contain_text(made["reasons"][0])
    screenshot(page, "dashboard-offer-and-trail")


def test_what_is_out_of_its_band_is_told_with_what_to_do(shopped: SeededStack, page: Page, visit: Visit) -> None:
    """As the API judges it: what is no event of ours is told within the next half minute."""
    assert "parked" not in [alert["kind"] for alert in shopped.get("/api/v1/metrics/alerts")["alerts"]]
    visit("")
    with EventHubProducerClient.from_connection_string(shopped.eventhubs.connection, eventhub_name="events") as hub:
        hub.send_batch([EventData(b"no event")])
    shown = page.locator("#alerts [data-alert=parked]")
    shown.wait_for(timeout=60_000)
    (alert,) = [one for one in shopped.get("/api/v1/metrics/alerts")["alerts"] if one["kind"] == "parked"]
    assert (alert["value"], alert["threshold"]) == (1, 0)
    expect(shown).to_contain_text(alert["says"])
    expect(shown).to_contain_text(alert["advice"])
    screenshot(page, "dashboard-alert")


def test_the_lake_follows(shopped: SeededStack) -> None:
    """Every message of the hub is in it within half a minute, and its lag is told by partition."""

    def caught_up() -> bool:
        archive = shopped.get("/api/v1/metrics/alerts")["archive"]
        return any(one["archived"] for one in archive) and all(one["lag"] == 0 for one in archive)

    until(caught_up, "the lake has everything", seconds=60, pause=1)


def test_filters_ask_for_a_part(page: Page, visit: Visit) -> None:
    """And stay in the address, to be sent to somebody."""
    visit("#range=1d")
    with page.expect_request(lambda request: "segment=unknown" in request.url):
        page.locator("select[name=segment]").select_option("unknown")
    assert "segment=unknown" in page.url
    visit("#range=7d&segment=unknown")
    expect(page.locator("select[name=range]")).to_have_value("7d")
    expect(page.locator("select[name=segment]")).to_have_value("unknown")


def test_a_failure_is_shown_in_one_line(page: Page, visit: Visit) -> None:
    """And that the figures are back."""
    visit("")
    page.route("**/v1/metrics*", lambda route: route.fulfill(status=503, json={"detail": "Wait."}))
    expect(page.locator("#notice")).to_have_text("The figures cannot be read: 503 Wait.")
    page.unroute("**/v1/metrics*")
    expect(page.locator("#notice")).to_have_text("The figures are back.")


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_everyone_can_read_it(page: Page, visit: Visit) -> None:
    """Axe finds nothing serious, and nothing is wider than the screen; on a desk and a phone, by day and night."""
    visit("#range=1d&shopper=1467")
    size = page.viewport_size
    assert size is not None
    night = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    screenshot(page, f"dashboard-{size['width']}-{'dark' if night else 'light'}")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
