"""One document at a time: create, read, upsert, replace, patch, delete, and the conditions on them."""

import json
from typing import Any

import pytest

from tests.unit.cosmos.account import Account, documents, partition, plain

TEA = {"id": "tea", "pk": "drinks", "price": 5}
DRINKS = partition("drinks")
UPSERT = DRINKS | {"x-ms-documentdb-is-upsert": "True"}


def test_a_document_is_created_read_and_deleted(account: Account) -> None:
    """What is created can be read, by id and partition key, until it is deleted."""
    docs = account.container()
    assert account.send("POST", docs, TEA, DRINKS).status == 201
    read = account.send("GET", f"{docs}/tea", headers=DRINKS)
    assert (read.status, plain(json.loads(read.body))) == (200, TEA)
    assert read.headers["etag"] == json.loads(read.body)["_etag"]
    assert account.send("DELETE", f"{docs}/tea", headers=DRINKS).status == 204
    assert account.send("GET", f"{docs}/tea", headers=DRINKS).status == 404
    assert account.send("DELETE", f"{docs}/tea", headers=DRINKS).status == 404


def test_an_id_is_unique_within_its_partition(account: Account) -> None:
    """The same id conflicts in the same partition and not in another."""
    docs = account.container()
    account.upsert(docs, TEA)
    assert account.send("POST", docs, TEA, DRINKS).status == 409
    assert account.send("POST", docs, TEA | {"pk": "other"}, partition("other")).status == 201


def test_an_upsert_creates_or_replaces(account: Account) -> None:
    """The status tells which; the resource id stays, the ETag changes."""
    docs = account.container()
    first = account.send("POST", docs, TEA, UPSERT)
    second = account.send("POST", docs, TEA | {"price": 6}, UPSERT)
    assert (first.status, second.status) == (201, 200)
    before, after = json.loads(first.body), json.loads(second.body)
    assert before["_rid"] == after["_rid"]
    assert before["_etag"] != after["_etag"]


@pytest.mark.parametrize(
    ("method", "body"),
    [("PUT", TEA), ("DELETE", None), ("PATCH", {"operations": [{"op": "incr", "path": "/price", "value": 1}]})],
)
def test_a_change_of_an_old_version_is_refused(account: Account, method: str, body: Any) -> None:
    """If-Match with another ETag is 412, with the right one it goes through."""
    docs = account.container()
    etag = account.send("POST", docs, TEA, UPSERT).headers["etag"]
    assert account.send(method, f"{docs}/tea", body, DRINKS | {"if-match": '"old"'}).status == 412
    assert account.send(method, f"{docs}/tea", body, DRINKS | {"if-match": etag}).status in (200, 204)


def test_a_read_of_the_latest_version_is_not_modified(account: Account) -> None:
    """If-None-Match with the current ETag is 304 without a body."""
    docs = account.container()
    etag = account.send("POST", docs, TEA, UPSERT).headers["etag"]
    assert account.send("GET", f"{docs}/tea", headers=DRINKS | {"if-none-match": etag}).status == 304
    assert account.send("GET", f"{docs}/tea", headers=DRINKS | {"if-none-match": '"old"'}).status == 200


def test_a_patch_has_a_condition(account: Account) -> None:
    """A patch whose predicate is false is 412 with sub-status 1110, and changes nothing."""
    docs = account.container()
    account.upsert(docs, TEA)
    cheaper = {"operations": [{"op": "incr", "path": "/price", "value": -1}], "condition": "from c where c.price > 4"}
    assert json.loads(account.send("PATCH", f"{docs}/tea", cheaper, DRINKS).body)["price"] == 4
    refused = account.send("PATCH", f"{docs}/tea", cheaper, DRINKS)
    assert (refused.status, refused.headers["x-ms-substatus"]) == (412, "1110")
    assert json.loads(account.send("GET", f"{docs}/tea", headers=DRINKS).body)["price"] == 4


def test_a_patch_keeps_id_and_partition(account: Account) -> None:
    """A patch of the id or of the partition key is a bad request."""
    docs = account.container()
    account.upsert(docs, TEA)
    for path in ("/id", "/pk"):
        body = {"operations": [{"op": "set", "path": path, "value": "x"}]}
        assert account.send("PATCH", f"{docs}/tea", body, DRINKS).status == 400


def test_the_header_and_the_document_must_agree(account: Account) -> None:
    """Another partition key in the header than in the document is 400 with sub-status 1001."""
    refused = account.send("POST", account.container(), TEA, partition("food"))
    assert (refused.status, refused.headers["x-ms-substatus"]) == (400, "1001")


@pytest.mark.parametrize(
    "body",
    [
        {"pk": "drinks"},
        {"id": 1, "pk": "drinks"},
        {"id": "", "pk": "drinks"},
        {"id": "a/b", "pk": "drinks"},
        {"id": "x" * 1024, "pk": "drinks"},
        {"id": "x", "pk": "drinks", "ttl": 0},
        {"id": "x", "pk": "drinks", "ttl": "1"},
        {"id": "x", "pk": ["drinks"]},
        ["no", "object"],
        b"{",
        b'{"id": "x", "pk": "\\ud800"}',
        b'{"id": "x", "pk": NaN}',
        b"",
    ],
)
def test_what_is_no_document(account: Account, body: Any) -> None:
    """A body that cannot be a document is a bad request."""
    assert account.send("POST", account.container(), body).status == 400


def test_a_document_has_a_limit(account: Account) -> None:
    """More than 2 MB is 413."""
    docs = account.container()
    assert account.send("POST", docs, TEA | {"text": "x" * 2_200_000}, UPSERT).status == 413
    assert account.send("GET", f"{docs}/tea", headers=DRINKS).status == 404


def test_a_write_can_be_silent(account: Account) -> None:
    """Prefer: return=minimal leaves the body out."""
    assert account.send("POST", account.container(), TEA, UPSERT | {"prefer": "return=minimal"}).body == b""


def test_a_missing_container_is_told_from_a_missing_document(account: Account) -> None:
    """Sub-status 1003 says that it is the owner that is not there."""
    missing = account.send("GET", "/dbs/shop/colls/none/docs/tea", headers=DRINKS)
    assert (missing.status, missing.headers["x-ms-substatus"]) == (404, "1003")
    assert "x-ms-substatus" not in account.send("GET", f"{account.container()}/none", headers=DRINKS).headers


def test_a_container_that_was_made_again_is_noticed(account: Account) -> None:
    """A client that means the old container gets 400 with sub-status 1024, and asks again."""
    docs = account.container()
    old = json.loads(account.send("GET", "/dbs/shop/colls/items").body)["_rid"]
    account.send("DELETE", "/dbs/shop/colls/items")
    account.container()
    refused = account.send("GET", docs, headers={"x-ms-cosmos-intended-collection-rid": old})
    assert (refused.status, refused.headers["x-ms-substatus"]) == (400, "1024")


def test_unique_keys_hold_within_a_partition(account: Account) -> None:
    """A second document with the same values conflicts; the same document may keep them."""
    docs = account.container(uniqueKeyPolicy={"uniqueKeys": [{"paths": ["/sku", "/size"]}]})
    account.upsert(docs, TEA | {"sku": 1, "size": "s"}, TEA | {"sku": 1, "size": "s", "price": 7})
    double = {"id": "other", "pk": "drinks", "sku": 1.0, "size": "s"}
    assert account.send("POST", docs, double, DRINKS).status == 409
    assert account.send("POST", docs, double | {"size": "l"}, DRINKS).status == 201
    assert account.send("POST", docs, double | {"pk": "food"}, partition("food")).status == 201
    account.send("DELETE", f"{docs}/tea", headers=DRINKS)
    assert account.send("POST", docs, double | {"id": "third"}, DRINKS).status == 201


def test_a_partition_is_deleted_as_a_whole(account: Account) -> None:
    """Deleting by partition key leaves the other partitions."""
    docs = account.container()
    account.upsert(docs, TEA, TEA | {"id": "coffee"}, {"id": "pie", "pk": "food"})
    assert (
        account.send("POST", docs.removesuffix("docs") + "operations/partitionkeydelete", headers=DRINKS).status
        == 200
    )
    assert documents(account.send("GET", docs)) == [{"id": "pie", "pk": "food"}]
