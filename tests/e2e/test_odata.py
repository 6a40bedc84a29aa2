"""The figures, read by two OData clients that were made by others, and held against the JSON answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
from odata import ODataService
from odatapy.client import EdmEnabledODataClient, Field, ODataClientError, ODataServerError, and_
from odatapy.client.transport import HttpxTransport

from tests.e2e.figures import settled, simulate
from tests.stack import SeededStack


@pytest.fixture(scope="module")
def shopped(stack: SeededStack) -> SeededStack:
    """A stack in which something happened."""
    simulate(stack, shoppers=40, steps=4, seed=91)
    settled(stack)
    return stack


@pytest.fixture
def client(shopped: SeededStack) -> Iterator[EdmEnabledODataClient]:
    """A client that reads the metadata and believes it."""
    with HttpxTransport() as transport:
        yield EdmEnabledODataClient(f"{shopped.functions.connection}/api/v1/odata", transport)


def midnight() -> datetime:
    """When the day before began: the test may run over midnight."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def told(stack: SeededStack, table: str) -> list[dict[str, Any]]:
    """The rows of the JSON answers for the same days, each of which has rows of its own."""
    days = [(midnight() + timedelta(days=day)).isoformat().replace("+00:00", "Z") for day in range(3)]
    return [
        row
        for start, end in pairwise(days)
        for row in stack.get(f"/api/v1/metrics?from={start}&to={end}&top=1000")[table]
    ]


def test_a_client_finds_its_way_by_the_metadata(shopped: SeededStack, client: EdmEnabledODataClient) -> None:
    """It names the sets, gives values their types, filters, sorts, chooses and counts."""
    assert {entry.name for entry in client.get_service_document().entries} >= {"Days", "Offers", "Products"}
    wanted = client.entity_set_uri("Offers").filter(and_(Field("start").ge(midnight()), Field("made").gt(1)))
    answer = client.get_entity_set(wanted.select("offer", "made", "start").orderby("made desc,offer").top(3).count())
    figures = sorted((row for row in told(shopped, "offers") if row["made"] > 1), key=lambda row: -row["made"])
    assert answer.count == len(figures)
    assert [one.get_value("made") for one in answer.entities] == [row["made"] for row in figures[:3]]
    assert all(one.get_value("start") >= midnight() for one in answer.entities)
    assert client.get_count(client.entity_set_uri("Products")) >= len(told(shopped, "products"))


def test_a_client_follows_the_pages(shopped: SeededStack) -> None:
    """Every offer comes once for each day, in pages as small as the client wants them."""
    session = requests.Session()
    session.headers["Prefer"] = "odata.maxpagesize=7"
    with session:
        address = f"{shopped.functions.connection}/api/v1/odata/"
        service = ODataService(address, reflect_entities=True, quiet_progress=True, session=session)
        offer = service.entities["Offers"]
        rows = list(service.query(offer).filter(offer.start >= midnight()))
    expected = told(shopped, "offers")
    assert sorted((row.offer, row.made) for row in rows) == sorted((one["offer"], one["made"]) for one in expected)
    assert len(rows) > 7


def test_a_refusal_says_why(client: EdmEnabledODataClient) -> None:
    """In OData's own form: what is wrong, and what is not supported."""
    with pytest.raises(ODataServerError, match="501: The option '\\$expand' is not supported"):
        client.get_entity_set(client.entity_set_uri("Offers").expand("products"))
    with pytest.raises(ODataClientError, match="400: There is no property 'price'"):
        client.get_entity_set(client.entity_set_uri("Offers").filter("price gt 3"))
    with pytest.raises(ODataClientError, match="404: There is no entity set"):
        client.get_entity_set(client.entity_set_uri("Customers"))
