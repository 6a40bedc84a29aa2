"""Microsoft's synchronous Python SDK, unmodified."""

from collections import Counter
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import PartitionKey, exceptions

from local.stack.process import Process
from tests.integration.cosmos.clients import client, container, plain


def test_documents_come_and_go(cosmos: Process) -> None:
    """Create, read, upsert, replace with an ETag, patch with a predicate, delete."""
    items = container(cosmos, "documents")
    items.create_item({"id": "1", "pk": "a", "n": 1})
    with pytest.raises(exceptions.CosmosResourceExistsError):
        items.create_item({"id": "1", "pk": "a"})
    read = items.read_item("1", "a")
    assert plain(read) == {"id": "1", "pk": "a", "n": 1}
    replaced = items.replace_item(
        "1", {"id": "1", "pk": "a", "n": 2}, etag=read["_etag"], match_condition=MatchConditions.IfNotModified
    )
    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        items.delete_item("1", "a", etag=read["_etag"], match_condition=MatchConditions.IfNotModified)
    patch: list[dict[str, Any]] = [
        {"op": "incr", "path": "/n", "value": 5},
        {"op": "add", "path": "/tags", "value": ["x"]},
    ]
    patched = items.patch_item("1", "a", patch, filter_predicate="FROM c WHERE c.n = 2")
    assert (patched["n"], patched["tags"], patched["_etag"] != replaced["_etag"]) == (7, ["x"], True)
    with pytest.raises(exceptions.CosmosAccessConditionFailedError) as refused:
        items.patch_item("1", "a", patch, filter_predicate="FROM c WHERE c.n = 2")
    assert refused.value.sub_status == 1110
    items.delete_item("1", "a")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        items.read_item("1", "a")


def test_a_point_read_is_one_request(cosmos: Process) -> None:
    """The client keeps its map of the ranges: a read, a write and a query of one partition are one request each."""
    items = container(cosmos, "requests")
    items.upsert_item({"id": "1", "pk": "a"})
    items.read_item("1", "a")
    requests: Counter[str] = Counter()

    def count(request: Any) -> None:
        requests[request.http_request.method] += 1

    for _ in range(5):
        items.read_item("1", "a", raw_request_hook=count)
    assert requests == {"GET": 5}
    items.upsert_item({"id": "1", "pk": "a"}, raw_request_hook=count)
    assert requests == {"GET": 5, "POST": 1}
    assert items.client_connection.last_response_headers["x-ms-documentdb-partitionkeyrangeid"] in ("0", "1", "2")


def test_queries_are_merged_by_the_client(cosmos: Process) -> None:
    """What spans three physical ranges comes out as one answer."""
    items = container(cosmos, "merged", indexing_policy=composite("/n", "/m"))
    for number in range(60):
        items.upsert_item({"id": str(number), "pk": f"p{number % 9}", "n": number, "m": number % 2})

    def ask(query: str, **options: Any) -> list[Any]:
        return list(items.query_items(query, enable_cross_partition_query=True, **options))

    assert ask("SELECT VALUE COUNT(1) FROM c") == [60]
    assert ask("SELECT VALUE SUM(c.n) FROM c") == [1770]
    assert ask("SELECT VALUE AVG(c.n) FROM c") == [29.5]
    assert ask("SELECT VALUE MIN(c.n) FROM c") + ask("SELECT VALUE MAX(c.n) FROM c") == [0, 59]
    assert ask("SELECT TOP 3 VALUE c.n FROM c ORDER BY c.n DESC") == [59, 58, 57]
    assert ask("SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 3") == [5, 6, 7]
    assert ask("SELECT c.id AS name FROM c ORDER BY c.n, c.m")[:2] == [{"name": "0"}, {"name": "1"}]
    assert sorted(ask("SELECT DISTINCT VALUE c.m FROM c")) == [0, 1]
    assert ask("SELECT DISTINCT TOP 4 VALUE c.pk FROM c ORDER BY c.pk") == ["p0", "p1", "p2", "p3"]
    assert len(ask("SELECT * FROM c ORDER BY c.n", max_item_count=7)) == 60
    named = [{"name": "@low", "value": 57}]
    assert sorted(ask("SELECT VALUE c.n FROM c WHERE c.n > @low", parameters=named)) == [58, 59]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT c.m, COUNT(1) AS n FROM c GROUP BY c.m",
        "SELECT COUNT(1) AS n FROM c",
        "SELECT * FROM c ORDER BY c.m, c.n",
        "SELEKT * FROM c",
    ],
)
def test_what_azure_refuses_is_refused(cosmos: Process, query: str) -> None:
    """Cross-partition groups, aggregates without VALUE and orders without an index are 400 in Python."""
    items = container(cosmos, "refused")
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        list(items.query_items(query, enable_cross_partition_query=True))
    assert refused.value.status_code == 400


def test_groups_within_a_partition(cosmos: Process) -> None:
    """One partition groups and aggregates freely."""
    items = container(cosmos, "groups")
    for number in range(6):
        items.upsert_item({"id": str(number), "pk": "a", "kind": "even" if number % 2 == 0 else "odd", "n": number})
    query = "SELECT c.kind, COUNT(1) AS count, SUM(c.n) AS total FROM c GROUP BY c.kind"
    found = sorted(items.query_items(query, partition_key="a"), key=lambda group: str(group["kind"]))
    assert found == [{"kind": "even", "count": 3, "total": 6}, {"kind": "odd", "count": 3, "total": 9}]


def test_a_batch_is_all_or_nothing(cosmos: Process) -> None:
    """A batch tells which operation failed, and leaves nothing."""
    items = container(cosmos, "batches")
    create = ("create", ({"id": "1", "pk": "a"},))
    results = items.execute_item_batch([create, ("read", ("1",)), ("delete", ("1",))], "a")
    assert [result["statusCode"] for result in results] == [201, 200, 204]
    with pytest.raises(exceptions.CosmosBatchOperationError) as failed:
        items.execute_item_batch([create, ("read", ("none",)), ("delete", ("1",))], "a")
    assert failed.value.error_index == 1
    assert [result["statusCode"] for result in failed.value.operation_responses] == [424, 404, 424]
    assert list(items.read_all_items()) == []


def test_many_are_read_and_a_partition_deleted(cosmos: Process) -> None:
    """All items in pages, chosen items in one call, and the end of a partition."""
    items = container(cosmos, "many")
    for number in range(30):
        items.upsert_item({"id": str(number), "pk": f"p{number % 5}"})
    assert len(list(items.read_all_items(max_item_count=4))) == 30
    chosen = items.read_items([(str(number), f"p{number % 5}") for number in range(0, 30, 3)])
    assert [item["id"] for item in chosen] == [str(number) for number in range(0, 30, 3)]
    items.delete_all_items_by_partition_key("p1")
    assert len(list(items.read_all_items())) == 24


def test_pages_continue(cosmos: Process) -> None:
    """A continuation token carries a query from one client to another."""
    items = container(cosmos, "pages")
    for number in range(10):
        items.upsert_item({"id": str(number), "pk": "a"})
    first = items.query_items("SELECT VALUE c.id FROM c", partition_key="a", max_item_count=4).by_page()
    found: list[Any] = list(next(first))
    again = container(cosmos, "pages").query_items("SELECT VALUE c.id FROM c", partition_key="a", max_item_count=4)
    for page in again.by_page(first.continuation_token):  # type: ignore[attr-defined]
        found += list(page)
    assert sorted(found) == [str(number) for number in range(10)]


def test_the_change_feed(cosmos: Process) -> None:
    """All changes over the ranges, those of a partition, and those since a continuation."""
    items = container(cosmos, "changes")
    for number in range(10):
        items.upsert_item({"id": str(number), "pk": f"p{number % 3}"})
    assert len(list(items.query_items_change_feed(start_time="Beginning"))) == 10
    assert len(list(items.query_items_change_feed(start_time="Beginning", partition_key="p1"))) == 3
    continuation = items.client_connection.last_response_headers["etag"]
    items.upsert_item({"id": "new", "pk": "p1"})
    later = list(items.query_items_change_feed(continuation=continuation, partition_key="p1"))
    assert [item["id"] for item in later] == ["new"]


def test_hierarchical_keys(cosmos: Process) -> None:
    """A key of two levels, and queries by its first."""
    database = client(cosmos).create_database_if_not_exists("tests")
    items = database.create_container_if_not_exists("levels", PartitionKey(["/shop", "/user"]))
    for number in range(12):
        items.upsert_item({"id": str(number), "shop": f"s{number % 2}", "user": number % 3})
    assert items.read_item("3", ["s1", 0])["id"] == "3"
    assert len(list(items.query_items("SELECT * FROM c", partition_key=["s1"]))) == 6
    assert len(list(items.query_items("SELECT * FROM c", partition_key=["s1", 0]))) == 2


def test_containers_are_managed(cosmos: Process) -> None:
    """Made once, read, replaced, listed, deleted, and made again under the client's nose."""
    database = client(cosmos).create_database_if_not_exists("managed")
    items = database.create_container_if_not_exists("c", PartitionKey("/pk"), default_ttl=60)
    database.create_container_if_not_exists("c", PartitionKey("/pk"))
    database.replace_container("c", PartitionKey("/pk"), default_ttl=90)
    assert items.read()["defaultTtl"] == 90
    assert [found["id"] for found in database.list_containers()] == ["c"]
    items.upsert_item({"id": "1", "pk": "a"})
    other = client(cosmos).get_database_client("managed")
    other.delete_container("c")
    other.create_container("c", PartitionKey("/pk"))
    items.upsert_item({"id": "2", "pk": "a"})
    assert [item["id"] for item in items.read_all_items()] == ["2"]
    client(cosmos).delete_database("managed")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        database.read()


def test_a_wrong_key_is_refused(cosmos: Process) -> None:
    """A client with another key cannot even begin."""
    with pytest.raises(exceptions.CosmosHttpResponseError) as refused:
        client(cosmos, key="bm90IHRoZSBrZXk=")
    assert refused.value.status_code == 401


def composite(*paths: str) -> dict[str, Any]:
    """An indexing policy with one composite index."""
    return {
        "indexingMode": "consistent",
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [],
        "compositeIndexes": [[{"path": path, "order": "ascending"} for path in paths]],
    }
