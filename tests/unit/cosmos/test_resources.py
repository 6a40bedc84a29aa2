"""Databases, containers, faults and everything that the stand-in does not do."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.cosmos.auth import EMULATOR_KEY
from local.cosmos.server import respond
from local.cosmos.wire import Request
from tests.unit.cosmos.account import Account, documents, partition
from tests.unit.cosmos.json_values import values

ADMIN = {"x-account-key": EMULATOR_KEY}


def test_a_database_is_made_listed_found_and_removed(account: Account) -> None:
    """A database exists once, and takes its containers with it."""
    assert account.send("POST", "/dbs", {"id": "shop"}).status == 409
    assert account.send("POST", "/dbs", {"id": "other"}).status == 201
    listed = json.loads(account.send("GET", "/dbs").body)["Databases"]
    assert [database["id"] for database in listed] == ["shop", "other"]
    found = account.query("/dbs", "SELECT * FROM root r WHERE r.id = @id", id="other")
    assert [database["id"] for database in json.loads(found.body)["Databases"]] == ["other"]
    account.container()
    assert account.send("DELETE", "/dbs/shop").status == 204
    assert account.send("GET", "/dbs/shop").status == 404
    missing = account.send("GET", "/dbs/shop/colls/items")
    assert (missing.status, missing.headers["x-ms-substatus"]) == (404, "1003")


def test_a_container_keeps_its_settings(account: Account) -> None:
    """What was asked for is there when it is read, with what the service adds."""
    asked: dict[str, Any] = {
        "defaultTtl": 60,
        "uniqueKeyPolicy": {"uniqueKeys": [{"paths": ["/sku"]}]},
        "indexingPolicy": {"indexingMode": "consistent", "includedPaths": [{"path": "/n/?"}]},
    }
    account.container(**asked)
    kept = json.loads(account.send("GET", "/dbs/shop/colls/items").body)
    assert asked.items() <= kept.items()
    assert kept["partitionKey"] == {"kind": "Hash", "version": 2, "paths": ["/pk"]}
    assert kept["_self"].startswith("dbs/")
    found = account.query("/dbs/shop/colls", "SELECT VALUE r.id FROM root r")
    assert json.loads(found.body)["DocumentCollections"] == ["items"]


def test_some_settings_can_be_replaced(account: Account) -> None:
    """Time to live and indexing change; partition key and id do not."""
    account.container()
    path, key = "/dbs/shop/colls/items", {"paths": ["/pk"]}
    assert account.send("PUT", path, {"id": "items", "partitionKey": key, "defaultTtl": 9}).status == 200
    assert json.loads(account.send("GET", path).body)["defaultTtl"] == 9
    assert account.send("PUT", path, {"id": "items", "partitionKey": {"paths": ["/other"]}}).status == 400
    assert account.send("PUT", path, {"id": "renamed", "partitionKey": key}).status == 400


@pytest.mark.parametrize(
    "settings_",
    [
        {"partitionKey": None},
        {"partitionKey": {"paths": []}},
        {"defaultTtl": 0},
        {"defaultTtl": "x"},
        {"id": "a/b"},
        {"id": ""},
        {"uniqueKeyPolicy": {"uniqueKeys": [{}]}},
    ],
)
def test_what_is_no_container(account: Account, settings_: dict[str, Any]) -> None:
    """Settings that make no sense are a bad request, and leave no container behind."""
    body = {"id": "items", "partitionKey": {"paths": ["/pk"]}} | settings_
    assert account.send("POST", "/dbs/shop/colls", body).status == 400
    assert account.send("POST", "/dbs/shop/colls", "nonsense").status == 400
    assert json.loads(account.send("GET", "/dbs/shop/colls").body)["_count"] == 0


paths = st.sampled_from(["/a", "/b/c/?", "/*", "a", "", 1])
rules = st.lists(st.fixed_dictionaries({}, optional={"path": paths, "order": values}) | values, max_size=3)
odd_settings = st.fixed_dictionaries(
    {},
    optional={
        "partitionKey": values | st.fixed_dictionaries({}, optional={"paths": st.lists(paths), "kind": values}),
        "indexingPolicy": values
        | st.fixed_dictionaries(
            {}, optional={"includedPaths": rules, "compositeIndexes": st.lists(rules, max_size=2)}
        ),
        "uniqueKeyPolicy": values | st.fixed_dictionaries({}, optional={"uniqueKeys": rules | values}),
        "defaultTtl": values,
    },
)


@given(odd_settings)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_settings_make_a_container_or_a_bad_request(account: Account, odd: dict[str, Any]) -> None:
    """A container that was made with odd settings can be used."""
    created = account.send("POST", "/dbs/shop/colls", {"id": "odd", "partitionKey": {"paths": ["/pk"]}} | odd)
    assert created.status in (201, 400, 501), created.body
    if created.status == 201:
        docs = "/dbs/shop/colls/odd/docs"
        assert account.send("POST", docs, {"id": "1", "pk": "p", "a": "a"}).status == 201
        assert account.query(docs, "SELECT * FROM c ORDER BY c.a, c.b", partition("p")).status in (200, 400)
        assert account.send("DELETE", "/dbs/shop/colls/odd").status == 204


def test_physical_ranges_cover_the_space_and_never_change(account: Account) -> None:
    """The first begins at the start, the last ends at FF, and the ETag spares reading them again."""
    account.container()
    response = account.send("GET", "/dbs/shop/colls/items/pkranges")
    ranges = json.loads(response.body)["PartitionKeyRanges"]
    assert [(ranges[0]["minInclusive"]), ranges[-1]["maxExclusive"], len(ranges)] == ["", "FF", 3]
    etag = {"if-none-match": response.headers["etag"]}
    assert account.send("GET", "/dbs/shop/colls/items/pkranges", headers=etag).status == 304


def test_faults_can_be_asked_for(account: Account) -> None:
    """So many requests for documents fail as asked, then everything is answered again."""
    docs = account.container()
    fault = {"status": 429, "count": 2, "retryAfterMs": 50}
    assert account.send("POST", "/_faults", fault, ADMIN).status == 200
    first = account.send("GET", docs)
    assert (first.status, first.headers["x-ms-retry-after-ms"]) == (429, "50")
    assert account.send("GET", "/dbs/shop").status == 200
    assert account.send("GET", docs).status == 429
    assert account.send("GET", docs).status == 200
    assert json.loads(account.send("GET", "/_faults", headers=ADMIN).body) == {"left": 0, "given": 2}


def test_faults_are_switched_off_and_want_the_key(account: Account) -> None:
    """Only who has the account key may break the account."""
    docs = account.container()
    assert account.send("POST", "/_faults", {"status": 503}).status == 401
    assert account.send("POST", "/_faults", {"status": 503}, {"x-account-key": "x"}).status == 401
    assert account.send("POST", "/_faults", {"status": 503, "count": 9}, ADMIN).status == 200
    assert account.send("DELETE", "/_faults", headers=ADMIN).status == 200
    assert account.send("GET", docs).status == 200
    refused: list[Any] = [{"status": 200}, {"status": 429, "count": -1}, {"status": 429, "retryAfterMs": "x"}, []]
    for body in refused:
        assert account.send("POST", "/_faults", body, ADMIN).status == 400


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/dbs/shop/colls/items/sprocs", "Stored procedures"),
        ("/dbs/shop/colls/items/triggers/t", "Triggers"),
        ("/dbs/shop/colls/items/udfs", "User-defined functions"),
        ("/dbs/shop/users", "Users and permissions"),
        ("/offers", "Throughput"),
    ],
)
def test_what_is_not_supported_is_named(account: Account, path: str, name: str) -> None:
    """A part of the service that is not there is 501 and says which."""
    account.container()
    response = account.send("POST", path, {})
    assert (response.status, name in json.loads(response.body)["message"]) == (501, True)


def test_an_unknown_path_or_verb_is_told(account: Account) -> None:
    """A wrong path is 404, a wrong verb 405."""
    docs = account.container()
    assert account.send("GET", "/nonsense").status == 404
    assert account.send("PATCH", "/dbs").status == 405
    assert account.send("POST", f"{docs}/1", {}).status == 405
    assert account.send("PUT", docs, {}).status == 405


header_names = st.sampled_from(
    [
        "x-ms-documentdb-partitionkey",
        "x-ms-documentdb-partitionkeyrangeid",
        "x-ms-documentdb-isquery",
        "x-ms-documentdb-is-upsert",
        "x-ms-cosmos-is-batch-request",
        "x-ms-cosmos-batch-atomic",
        "x-ms-cosmos-is-query-plan-request",
        "x-ms-documentdb-query-enablecrosspartition",
        "x-ms-max-item-count",
        "x-ms-continuation",
        "x-ms-start-epk",
        "x-ms-end-epk",
        "a-im",
        "if-match",
        "if-none-match",
        "if-modified-since",
    ]
)
header_values = st.sampled_from(["True", "1", '["p"]', "[]", "*", "FF", "Incremental feed", ""]) | st.text(
    st.characters(max_codepoint=255), max_size=5
)
bodies = values | st.builds(
    lambda query, value: {"query": query, "parameters": [{"name": "@p", "value": value}]},
    st.sampled_from(
        ["SELECT * FROM c", "SELECT TOP @p * FROM c ORDER BY c.n", "SELECT VALUE COUNT(1) FROM c", "SELECT @p"]
    ),
    values,
)


@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"]),
    st.sampled_from(["", "/1", "/é", "/1/attachments"]),
    st.dictionaries(header_names, header_values, max_size=6),
    bodies,
)
@example("GET", "", {"x-ms-start-epk": "True", "x-ms-end-epk": "True"}, None)
@example("GET", "", {"x-ms-start-epk": "FF", "x-ms-end-epk": "FF"}, None)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_makes_the_server_fail(
    account: Account, method: str, path: str, headers: dict[str, str], body: Any
) -> None:
    """Whatever a signed request says, the answer is a success or an error that is the client's."""
    if not account.service.catalog.containers("shop"):
        account.container()
        account.upsert("/dbs/shop/colls/items/docs", {"id": "1", "pk": "p", "n": 1})
    response = account.send(method, f"/dbs/shop/colls/items/docs{path}", body, headers)
    assert response.status in (200, 201, 204, 207, 304, 400, 404, 405, 409, 412, 413, 501), response.body
    assert documents(account.send("GET", "/dbs/shop/colls/items/docs", headers=partition("none"))) == []


def test_a_mistake_of_ours_is_a_500_and_not_the_end(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected exception is logged, and the next request is answered."""
    docs = account.container()
    monkeypatch.setattr(account.service.store, "scan", lambda *_: 1 / 0)
    assert account.send("GET", docs).status == 500
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert respond(account.service, Request("GET", "", ["ready"], {})).status == 200
