"""Pages: every result exactly once, whatever the size of the pages and whatever is written in between."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.cosmos.account import Account, opened, partition


def pages(
    account: Account, docs: str, text: str, size: int, headers: dict[str, str] | None = None
) -> Iterator[list[Any]]:
    """Pages of a query, each asked for with the token of the one before."""
    more = {"x-ms-max-item-count": str(size)} | (headers or {})
    while True:
        response = account.query(docs, text, more)
        yield json.loads(response.body)["Documents"]
        if "x-ms-continuation" not in response.headers:
            return
        more["x-ms-continuation"] = response.headers["x-ms-continuation"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_each_result_comes_exactly_once(shape: list[tuple[int, int]], size: int) -> None:
    """A streamed query gives each result once: also where a document has several, or none."""
    with TemporaryDirectory() as folder, opened(Path(folder)) as account:
        docs = account.container()
        stored = [
            {"id": str(n), "pk": f"p{pk}", "lines": [f"{n}-{line}" for line in range(lines)]}
            for n, (pk, lines) in enumerate(shape)
        ]
        account.upsert(docs, *stored)
        expected = sorted(line for document in stored for line in document["lines"])
        found = list(pages(account, docs, "SELECT VALUE l FROM c JOIN l IN c.lines", size))
        assert sorted(line for page in found for line in page) == expected
        assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("SELECT VALUE c.n FROM c ORDER BY c.n DESC", list(range(19, -1, -1))),
        ("SELECT DISTINCT VALUE c.n % 4 FROM c ORDER BY c.n", [0, 1, 2, 3]),
        ("SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 3 LIMIT 9", list(range(3, 12))),
        ("SELECT TOP 7 VALUE c.n FROM c ORDER BY c.n", list(range(7))),
        ("SELECT VALUE c.n % 4 FROM c GROUP BY c.n % 4", [0, 1, 2, 3]),
    ],
)
def test_sorted_and_grouped_results_page_too(account: Account, text: str, result: list[int]) -> None:
    """Within a partition every query can be paged."""
    docs = account.container()
    account.upsert(docs, *[{"id": f"{n:02}", "pk": "p", "n": n} for n in range(20)])
    found = [item for page in pages(account, docs, text, 3, partition("p")) for item in page]
    assert found == result


def test_writes_between_pages_lose_nothing(account: Account) -> None:
    """Documents that exist all the time come exactly once, although others come and go between the pages."""
    docs = account.container()
    account.upsert(docs, *[{"id": f"keep-{n}", "pk": f"p{n}"} for n in range(20)])
    account.upsert(docs, *[{"id": f"drop-{n}", "pk": f"p{n}"} for n in range(20)])
    found: list[str] = []
    for number, page in enumerate(pages(account, docs, "SELECT * FROM c", 4)):
        found += [document["id"] for document in page]
        account.send("DELETE", f"{docs}/drop-{number}", headers=partition(f"p{number}"))
        account.upsert(docs, {"id": f"new-{number}", "pk": f"p{number}"})
    assert sorted(item for item in found if item.startswith("keep")) == sorted(f"keep-{n}" for n in range(20))
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("asked", "count"), [(None, 100), ("-1", 150), ("7", 7), ("5000", 150)])
def test_page_sizes(account: Account, asked: str | None, count: int) -> None:
    """A page has what was asked for: 100 without a wish, at most 1000."""
    docs = account.container()
    account.upsert(docs, *[{"id": str(n), "pk": str(n % 7)} for n in range(150)])
    headers = {} if asked is None else {"x-ms-max-item-count": asked}
    assert json.loads(account.send("GET", docs, headers=headers).body)["_count"] == count


def test_a_page_has_a_limit_in_bytes(account: Account) -> None:
    """Large documents end a page at 4 MB."""
    docs = account.container()
    account.upsert(docs, *[{"id": str(n), "pk": "p", "text": "x" * 1_500_000} for n in range(4)])
    found = list(pages(account, docs, "SELECT * FROM c", 100))
    assert [len(page) for page in found] == [2, 2]


@pytest.mark.parametrize(
    "token", ["nonsense", "e30=", "W10=", "WzEsMl0=", "W251bGwsLTFd", "W251bGwsImEiXQ==", "WyJhYmMiLDBd"]
)
def test_a_foreign_token_is_refused(account: Account, token: str) -> None:
    """A continuation that is not ours is a bad request."""
    docs = account.container()
    assert account.query(docs, "SELECT * FROM c", {"x-ms-continuation": token}).status == 400


def test_a_page_size_that_is_none_is_refused(account: Account) -> None:
    """A page size is a number."""
    docs = account.container()
    assert account.send("GET", docs, headers={"x-ms-max-item-count": "many"}).status == 400
