"""The doors for OData clients."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import azure.functions as func
import pytest

from functions.triggers import odata
from functions.triggers.specification import openapi
from functions.usecases.odata.read import ReadSet
from functions.usecases.odata.sets import SETS
from functions.usecases.read_metrics import ReadMetrics
from tests.unit.usecases.stream_fakes import FakeMetrics

HOST = "https://shop.example/api/v1/odata"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app where nothing happened."""
    now = datetime(2026, 11, 25, 18, tzinfo=UTC)
    reading = ReadSet(ReadMetrics(FakeMetrics(), lambda: now), lambda: now)
    monkeypatch.setattr(odata, "app", lambda: SimpleNamespace(read_set=reading))


def request(path: str = "", params: dict[str, str] | None = None, **headers: str) -> func.HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    route = {"set": path.split("/")[0]}
    return func.HttpRequest("GET", f"{HOST}/{path}", headers=named, params=params or {}, route_params=route, body=b"")


async def answered(door: Any, asked: func.HttpRequest) -> tuple[int, Any, func.HttpResponse]:
    response = await door(asked)
    assert response.headers["OData-Version"] in ("4.0", "4.01")
    return response.status_code, json.loads(response.get_body()), response


async def test_the_metadata_describes_every_set_that_is_listed() -> None:
    """Each with a key, each property with a type."""
    _, listed, _ = await answered(odata.odata, request())
    assert listed["@odata.context"] == f"{HOST}/$metadata"
    document = ET.fromstring((await odata.odata_metadata(request("$metadata"))).get_body())
    sets = {one.attrib["Name"]: one.attrib["EntityType"] for one in document.iter(f"{EDM}EntitySet")}
    kinds = {f"Personalization.{one.attrib['Name']}": one for one in document.iter(f"{EDM}EntityType")}
    assert [one["url"] for one in listed["value"]] == list(sets) == list(SETS)
    for name, kind in sets.items():
        properties = {one.attrib["Name"]: one.attrib["Type"] for one in kinds[kind].iter(f"{EDM}Property")}
        assert properties == SETS[name].types
        assert {one.attrib["Name"] for one in kinds[kind].iter(f"{EDM}PropertyRef")} == set(SETS[name].key)


@pytest.mark.parametrize(("most", "version"), [("4.0", "4.0"), ("4.01", "4.01"), ("", "4.01")])
async def test_the_version_is_one_that_the_client_understands(most: str, version: str) -> None:
    """The newest that it names, else the newest that there is."""
    response = await odata.odata_metadata(request("$metadata", OData_MaxVersion=most))
    assert response.headers["OData-Version"] == version
    assert f'Version="{version}"' in response.get_body().decode()


async def test_the_next_page_is_asked_for_without_the_callers_key() -> None:
    """What was asked stays in the link, but no secret: links are logged, and shown."""
    options = {"$filter": "made gt 1", "$select": "offer", "code": "secret"}
    asked = request("Offers", options, Prefer="odata.maxpagesize=9999999")
    status, page, response = await answered(odata.odata_set, asked)
    assert (status, page["value"]) == (200, [])
    assert page["@odata.context"] == f"{HOST}/$metadata#Offers(offer)"
    link = page["@odata.nextLink"]
    assert link.startswith(f"{HOST}/Offers?$filter=made%20gt%201&$select=offer&$skiptoken=")
    assert "secret" not in link
    assert response.headers["Preference-Applied"] == "odata.maxpagesize=5000"


@pytest.mark.parametrize(
    ("status", "params", "accept"),
    [
        (400, {"$top": "-1"}, ""),
        (400, {"$count": "yes"}, ""),
        (406, {"$format": "atom"}, ""),
        (406, {}, "application/atom+xml"),
        (501, {"$apply": "x"}, ""),
    ],
)
async def test_errors_are_told_as_odata_does(status: int, params: dict[str, str], accept: str) -> None:
    """A code and a message, and which option is meant."""
    asked = request("Offers", params, Accept=accept or "application/json")
    found, told, _ = await answered(odata.odata_set, asked)
    assert found == status
    assert told["error"]["code"] == str(status)
    assert told["error"]["message"]
    assert (status == 400) == ("details" in told["error"])


def test_the_contract_has_the_errors_as_they_are() -> None:
    """No problem documents here."""
    answers = openapi([odata.SET])["paths"]["/api/v1/odata/{set}"]["get"]["responses"]
    assert set(answers["501"]["content"]) == set(answers["503"]["content"]) == {"application/json"}
