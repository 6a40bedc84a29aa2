"""The store: what is written stays, numbers are never used twice, and what expires is gone at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.cosmos.store.lock import DataDirectoryLockedError, lock_directory
from local.cosmos.store.store import DataUnreadableError, Store
from tests.unit.cosmos.account import Account, documents, opened, partition

P = partition("p")


def ids(account: Account, docs: str) -> list[str]:
    return [document["id"] for document in documents(account.send("GET", docs))]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    """Databases, containers with their settings, and documents survive."""
    with opened(tmp_path) as account:
        docs = account.container(defaultTtl=60)
        before = account.send("GET", "/dbs/shop/colls/items").body
        account.upsert(docs, {"id": "1", "pk": "p", "n": 1})
    with opened(tmp_path) as account:
        assert account.send("GET", "/dbs/shop/colls/items").body == before
        assert documents(account.send("GET", docs)) == [{"id": "1", "pk": "p", "n": 1}]


def test_a_log_sequence_number_is_never_used_again(tmp_path: Path) -> None:
    """Not even if the write that took it was a delete, or the container is gone."""
    with opened(tmp_path) as account:
        docs = account.container()
        account.upsert(docs, {"id": "1", "pk": "p"})
        account.send("DELETE", f"{docs}/1", headers=P)
        account.send("DELETE", "/dbs/shop/colls/items")
        last = account.service.store.lsn
    with opened(tmp_path) as account:
        assert account.service.store.lsn == last
        account.upsert(account.container(), {"id": "1", "pk": "p"})
        assert account.service.store.lsn > last


def test_an_expired_document_is_gone_at_once(account: Account) -> None:
    """The item's own time to live goes before the container's; -1 is for ever."""
    docs = account.container(defaultTtl=100)
    account.upsert(
        docs,
        {"id": "default", "pk": "p"},
        {"id": "short", "pk": "p", "ttl": 10},
        {"id": "ever", "pk": "p", "ttl": -1},
    )
    for later, left in ((9, {"default", "short", "ever"}), (10, {"default", "ever"}), (100, {"ever"})):
        account.clock.now = 1_700_000_000 + later
        assert set(ids(account, docs)) == left
        assert account.send("GET", f"{docs}/short", headers=P).status == (200 if "short" in left else 404)


def test_a_time_to_live_needs_the_container_to_allow_it(account: Account) -> None:
    """Without defaultTtl an item's ttl is only a property; switching it on makes it count."""
    docs = account.container()
    account.upsert(docs, {"id": "1", "pk": "p", "ttl": 10})
    account.clock.now += 20
    assert ids(account, docs) == ["1"]
    account.send(
        "PUT", "/dbs/shop/colls/items", {"id": "items", "partitionKey": {"paths": ["/pk"]}, "defaultTtl": -1}
    )
    assert ids(account, docs) == []


def test_an_expired_document_makes_place(account: Account) -> None:
    """Its id and its unique keys can be used again before the sweep, and it is not in the change feed."""
    docs = account.container(defaultTtl=10, uniqueKeyPolicy={"uniqueKeys": [{"paths": ["/sku"]}]})
    account.upsert(docs, {"id": "1", "pk": "p", "sku": 1}, {"id": "2", "pk": "p", "sku": 2})
    account.clock.now += 11
    assert account.send("GET", docs, headers={"a-im": "Incremental feed"}).status == 304
    assert account.send("POST", docs, {"id": "1", "pk": "p", "sku": 2}, P).status == 201


def test_the_sweep_removes_what_expired(account: Account) -> None:
    """Sweeping frees the disk in portions and leaves the rest."""
    docs = account.container(defaultTtl=-1)
    account.upsert(docs, {"id": "stays", "pk": "p"}, *[{"id": str(n), "pk": "p", "ttl": 5} for n in range(5)])
    assert account.service.store.sweep() == 0
    account.clock.now += 6
    assert [account.service.store.sweep(limit=3) for _ in range(3)] == [3, 2, 0]
    assert ids(account, docs) == ["stays"]


def test_a_small_cache_changes_nothing(tmp_path: Path) -> None:
    """With room for a document or two, every read still finds the latest version."""
    with opened(tmp_path, cache_bytes=500) as account:
        docs = account.container()
        for version in range(3):
            account.upsert(docs, *[{"id": str(n), "pk": "p", "v": version, "text": "x" * 100} for n in range(20)])
        assert {document["v"] for document in documents(account.send("GET", docs))} == {2}
        for number in range(20):
            assert json.loads(account.send("GET", f"{docs}/{number}", headers=P).body)["v"] == 2


def test_containers_keep_apart(account: Account) -> None:
    """The same id in two containers is two documents, and deleting a container leaves the other."""
    one, two = account.container("one"), account.container("two")
    account.upsert(one, {"id": "1", "pk": "p", "n": 1})
    account.upsert(two, {"id": "1", "pk": "p", "n": 2})
    account.send("DELETE", "/dbs/shop/colls/one")
    assert account.send("GET", f"{one}/1", headers=P).status == 404
    assert json.loads(account.send("GET", f"{two}/1", headers=P).body)["n"] == 2
    again = account.container("one")
    assert ids(account, again) == []


def test_a_data_directory_has_one_process(tmp_path: Path) -> None:
    """The second one is told who has it, and what to do."""
    with lock_directory(tmp_path), pytest.raises(DataDirectoryLockedError, match=r"in use by process .* --data"):
        lock_directory(tmp_path)
    lock_directory(tmp_path).close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A broken file is not overwritten."""
    path = tmp_path / "cosmos.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(DataUnreadableError, match="another --data"):
        Store(path)


def feed(account: Account, docs: str, **headers: str) -> tuple[list[Any], str]:
    """Ids of the changes, and the ETag to continue with."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = account.send("GET", docs, headers={"a-im": "Incremental feed"} | named)
    found = [document["id"] for document in json.loads(response.body)["Documents"]] if response.status == 200 else []
    return found, response.headers["etag"]


def test_the_change_feed_gives_each_latest_version_in_order(account: Account) -> None:
    """A changed document moves to the end; the ETag continues where the page ended."""
    docs = account.container()
    account.upsert(docs, *[{"id": str(n), "pk": "p"} for n in range(4)])
    account.upsert(docs, {"id": "1", "pk": "p", "n": 2})
    assert feed(account, docs)[0] == ["0", "2", "3", "1"]
    first, etag = feed(account, docs, x_ms_max_item_count="3")
    rest, etag = feed(account, docs, if_none_match=etag)
    assert (first, rest) == (["0", "2", "3"], ["1"])
    assert feed(account, docs, if_none_match=etag)[0] == []
    account.upsert(docs, {"id": "new", "pk": "p"})
    assert feed(account, docs, if_none_match=etag)[0] == ["new"]


def test_the_change_feed_begins_where_it_is_told(account: Account) -> None:
    """From now, from a time, of one partition, of one range."""
    docs = account.container()
    account.upsert(docs, {"id": "old", "pk": "p"})
    account.clock.now += 100
    account.upsert(docs, {"id": "recent", "pk": "q"})
    assert feed(account, docs, if_none_match="*")[0] == []
    assert feed(account, docs, if_modified_since="Tue, 14 Nov 2023 22:13:30 GMT")[0] == ["recent"]
    assert feed(account, docs, **{"x-ms-documentdb-partitionkey": '["p"]'})[0] == ["old"]
    ranges = [feed(account, docs, **{"x-ms-documentdb-partitionkeyrangeid": str(n)})[0] for n in range(3)]
    assert sorted(identifier for found in ranges for identifier in found) == ["old", "recent"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"a-im": "Full-Fidelity Feed"}, 501),
        ({"if-none-match": '"x"'}, 400),
        ({"if-modified-since": "yesterday"}, 400),
    ],
)
def test_what_the_change_feed_refuses(account: Account, headers: dict[str, str], status: int) -> None:
    """Modes that are not supported, foreign continuations and dates that are none."""
    assert account.send("GET", account.container(), headers={"a-im": "Incremental feed"} | headers).status == status
