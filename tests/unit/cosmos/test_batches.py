"""A batch is all or nothing, and says which operation it failed on."""

import json
from typing import Any

from tests.unit.cosmos.account import Account, documents, partition

ATOMIC = partition("p") | {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True"}
BULK = {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-continue-on-error": "True"}


def create(identifier: str, **more: Any) -> dict[str, Any]:
    return {"operationType": "Create", "resourceBody": {"id": identifier, "pk": "p"} | more}


def statuses(body: bytes) -> list[int]:
    return [result["statusCode"] for result in json.loads(body)]


def test_all_operations_are_done(account: Account) -> None:
    """Each operation sees what the ones before it did."""
    docs = account.container()
    operations = [
        create("a", n=1),
        {
            "operationType": "Patch",
            "id": "a",
            "resourceBody": {"operations": [{"op": "incr", "path": "/n", "value": 1}]},
        },
        {"operationType": "Read", "id": "a"},
        {"operationType": "Upsert", "resourceBody": {"id": "b", "pk": "p"}},
        {"operationType": "Replace", "id": "b", "resourceBody": {"id": "b", "pk": "p", "n": 5}},
        {"operationType": "Delete", "id": "a"},
    ]
    response = account.send("POST", docs, operations, ATOMIC)
    assert (response.status, statuses(response.body)) == (200, [201, 200, 200, 201, 200, 204])
    assert json.loads(response.body)[2]["resourceBody"]["n"] == 2
    assert documents(account.send("GET", docs)) == [{"id": "b", "pk": "p", "n": 5}]


def test_a_failure_undoes_everything(account: Account) -> None:
    """One conflict in the middle is 207: 424 around it, and no trace of the others, in memory or on disk."""
    docs = account.container()
    account.upsert(docs, {"id": "there", "pk": "p", "n": 1})
    operations = [
        create("a"),
        {"operationType": "Replace", "id": "there", "resourceBody": {"id": "there", "pk": "p", "n": 2}},
        create("there"),
        create("b"),
    ]
    response = account.send("POST", docs, operations, ATOMIC)
    assert (response.status, statuses(response.body)) == (207, [424, 424, 409, 424])
    for _ in ("in memory", "on disk"):
        assert documents(account.send("GET", docs)) == [{"id": "there", "pk": "p", "n": 1}]
        account.service.store.forget_cached()


def test_conditions_count_in_a_batch(account: Account) -> None:
    """An operation with an old ETag fails the batch with 412."""
    docs = account.container()
    account.upsert(docs, {"id": "a", "pk": "p"})
    operation = {"operationType": "Replace", "id": "a", "ifMatch": '"old"', "resourceBody": {"id": "a", "pk": "p"}}
    assert statuses(account.send("POST", docs, [operation], ATOMIC).body) == [412]


def test_a_batch_stays_in_its_partition(account: Account) -> None:
    """A document of another partition fails the batch."""
    docs = account.container()
    response = account.send("POST", docs, [create("a"), create("b", pk="other")], ATOMIC)
    assert (response.status, statuses(response.body)) == (207, [424, 400])


def test_limits(account: Account) -> None:
    """A hundred operations are allowed; more, none, and more than 2 MB are not."""
    docs = account.container()
    assert account.send("POST", docs, [create(str(n)) for n in range(100)], ATOMIC).status == 200
    assert account.send("POST", docs, [create(str(n)) for n in range(101)], ATOMIC).status == 400
    assert account.send("POST", docs, [], ATOMIC).status == 400
    assert account.send("POST", docs, [create("big", text="x" * 2_200_000)], ATOMIC).status == 413
    assert account.send("POST", docs, [{"operationType": "Dance"}], ATOMIC).status == 400
    assert account.send("POST", docs, "batch", ATOMIC).status == 400


def test_a_bulk_does_what_it_can(account: Account) -> None:
    """Without atomicity each operation stands for itself, also when it fails half way."""
    docs = account.container(uniqueKeyPolicy={"uniqueKeys": [{"paths": ["/sku"]}]})
    account.upsert(docs, {"id": "a", "pk": "p", "sku": 1}, {"id": "b", "pk": "p", "sku": 2})
    operations = [
        {"operationType": "Upsert", "partitionKey": '["p"]', "resourceBody": {"id": "b", "pk": "p", "sku": 1}},
        {"operationType": "Create", "partitionKey": '["é"]', "resourceBody": {"id": "c", "pk": "é", "sku": 1}},
    ]
    response = account.send("POST", docs, operations, BULK)
    assert (response.status, statuses(response.body)) == (207, [409, 201])
    assert sorted(document["sku"] for document in documents(account.send("GET", docs))) == [1, 1, 2]
