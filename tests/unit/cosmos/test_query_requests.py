"""Queries as requests: what one request answers, what needs a plan, what is refused as on Azure."""

import json
from typing import Any

import pytest

from local.cosmos.wire import Response
from tests.unit.cosmos.account import Account, documents, opened, partition

PLAN = {"x-ms-cosmos-is-query-plan-request": "True"}
PYTHON_FEATURES = {
    "x-ms-cosmos-supported-query-features": "Aggregate,CompositeAggregate,Distinct,MultipleOrderBy,OffsetAndLimit,"
    "OrderBy,Top,NonStreamingOrderBy,HybridSearch,CountIf,WeightedRankFusion"
}
JAVASCRIPT_FEATURES = {"x-ms-cosmos-supported-query-features": "Aggregate,GroupBy,NonValueAggregate,OrderBy,Top"}


@pytest.fixture
def docs(account: Account) -> str:
    """Ten orders in five partitions, spread over the three ranges."""
    path = account.container()
    account.upsert(path, *[{"id": str(n), "pk": f"p{n % 5}", "n": n, "m": -n} for n in range(10)])
    return path


def plan(account: Account, docs: str, text: str, features: dict[str, str]) -> Response:
    return account.query(docs, text, PLAN | features)


def test_filters_are_answered_across_partitions(account: Account, docs: str) -> None:
    """A filter and a projection need no merging."""
    found = documents(account.query(docs, "SELECT VALUE c.n FROM c WHERE c.n < @most", most=4))
    assert sorted(found) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT TOP 1 * FROM c",
        "SELECT * FROM c ORDER BY c.n",
        "SELECT * FROM c OFFSET 1 LIMIT 1",
        "SELECT DISTINCT VALUE c.pk FROM c",
        "SELECT VALUE COUNT(1) FROM c",
        "SELECT c.pk, COUNT(1) AS n FROM c GROUP BY c.pk",
    ],
)
def test_what_must_be_merged_needs_a_plan(account: Account, docs: str, text: str) -> None:
    """Across partitions it is 400 with sub-status 1004; within one partition, or one range, it is answered."""
    refused = account.query(docs, text)
    assert (refused.status, refused.headers["x-ms-substatus"]) == (400, "1004")
    assert "additionalErrorInfo" in json.loads(refused.body)
    assert account.query(docs, text, partition("p1")).status == 200
    assert account.query(docs, text, {"x-ms-documentdb-partitionkeyrangeid": "1"}).status == 200


def test_a_filter_on_the_partition_key_is_one_partition(account: Account, docs: str) -> None:
    """A query that pins the key in WHERE is answered although it groups."""
    text = "SELECT c.pk, COUNT(1) AS n FROM c WHERE c.pk = @pk GROUP BY c.pk"
    assert documents(account.query(docs, text, pk="p1")) == [{"pk": "p1", "n": 2}]


def test_a_filter_on_a_part_of_the_document_is_no_filter_on_its_key(account: Account) -> None:
    """A property of a line that is called like the partition key says nothing about the partition."""
    docs = account.container()
    account.upsert(docs, {"id": "1", "pk": "a", "lines": [{"pk": "b", "n": 7}], "line": {"pk": "b", "n": 8}})
    assert documents(account.query(docs, "SELECT VALUE l.n FROM l IN c.lines WHERE l.pk = 'b'")) == [7]
    assert documents(account.query(docs, "SELECT VALUE l.n FROM c.line l WHERE l.pk = 'b'")) == [8]


def test_a_query_over_partitions_must_say_so(account: Account, docs: str) -> None:
    """Without the flag it is 400, unless the partition is known."""
    forbidden = {"x-ms-documentdb-query-enablecrosspartition": "False"}
    assert account.query(docs, "SELECT * FROM c", forbidden).status == 400
    assert account.query(docs, "SELECT * FROM c WHERE c.pk = 'p1'", forbidden).status == 200
    assert account.query(docs, "SELECT * FROM c", forbidden | partition("p1")).status == 200


def test_one_range_answers_everything(tmp_path: Any) -> None:
    """With a single physical range there is nothing to merge."""
    with opened(tmp_path, ranges=1) as account:
        docs = account.container()
        account.upsert(docs, {"id": "1", "pk": "a"}, {"id": "2", "pk": "b"})
        assert documents(account.query(docs, "SELECT COUNT(1) AS n FROM c")) == [{"n": 2}]


def test_ranges_share_the_documents(account: Account, docs: str) -> None:
    """Each document is in exactly one range."""
    found: list[Any] = []
    for index in range(3):
        headers = {"x-ms-documentdb-partitionkeyrangeid": str(index)}
        found += documents(account.query(docs, "SELECT VALUE c.id FROM c", headers))
    assert sorted(found) == [str(n) for n in range(10)]
    assert account.query(docs, "SELECT * FROM c", {"x-ms-documentdb-partitionkeyrangeid": "7"}).status == 400


def test_a_part_of_the_hash_space_can_be_asked(account: Account, docs: str) -> None:
    """Start and end of effective keys limit a query: all of them are everything, none nothing."""
    for high, count in (("FF", 10), ("00", 0)):
        headers = {"x-ms-start-epk": "", "x-ms-end-epk": high}
        assert len(documents(account.query(docs, "SELECT * FROM c", headers))) == count


def test_a_hierarchical_key_can_be_asked_by_its_beginning(account: Account) -> None:
    """The first levels of a key find all documents below them."""
    docs = account.container(partitionKey={"paths": ["/shop", "/user"], "kind": "MultiHash"})
    account.upsert(docs, *[{"id": str(n), "shop": f"s{n % 2}", "user": n} for n in range(6)])
    header = {"x-ms-documentdb-partitionkey": '["s1"]'}
    assert sorted(documents(account.query(docs, "SELECT VALUE c.user FROM c", header))) == [1, 3, 5]
    both = {"x-ms-documentdb-partitionkey": '["s1",3]'}
    assert documents(account.query(docs, "SELECT VALUE c.user FROM c", both)) == [3]
    assert account.send("GET", f"{docs}/3", headers=header).status == 400


def test_several_orders_need_a_composite_index(account: Account) -> None:
    """A composite index serves its own order and the reverse, and nothing else."""
    composite = [{"path": "/n", "order": "ascending"}, {"path": "/m", "order": "descending"}]
    policy = {"includedPaths": [{"path": "/*"}], "compositeIndexes": [composite]}
    docs = account.container(indexingPolicy=policy)
    for order, status in (("c.n, c.m DESC", 200), ("c.n DESC, c.m", 200), ("c.n, c.m", 400), ("c.m DESC, c.n", 400)):
        assert account.query(docs, f"SELECT * FROM c ORDER BY {order}", partition("p")).status == status


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("c.secret.x", "excluded"),
        ("c.n + 1", "could not be mapped to a document path"),
        ("c", "could not be mapped to a document path"),
        ("t", "correlated collections"),
    ],
)
def test_an_order_needs_an_index(account: Account, order: str, message: str) -> None:
    """ORDER BY of an excluded path, of no path, or of a joined value is refused."""
    policy = {"includedPaths": [{"path": "/*"}], "excludedPaths": [{"path": "/secret/*"}]}
    docs = account.container(indexingPolicy=policy)
    refused = account.query(docs, f"SELECT VALUE 1 FROM c JOIN t IN c.tags ORDER BY {order}", partition("p"))
    assert refused.status == 400
    assert message in json.loads(refused.body)["message"]


def test_the_most_precise_path_decides(account: Account) -> None:
    """A path can be indexed below one that is not, and the other way round."""
    policy = {"includedPaths": [{"path": "/*"}, {"path": "/a/b/?"}], "excludedPaths": [{"path": "/a/*"}]}
    docs = account.container(indexingPolicy=policy)
    for path, status in (("c.x", 200), ("c.a.b", 200), ("c.a.c", 400)):
        assert account.query(docs, f"SELECT * FROM c ORDER BY {path}", partition("p")).status == status


def test_the_plan_of_an_ordered_query(account: Account, docs: str) -> None:
    """Ranges send what to order by beside the payload; the client needs offset + limit of each."""
    text = "SELECT c.id AS name FROM c WHERE c.n > @n ORDER BY c.n DESC OFFSET 2 LIMIT 3"
    info = json.loads(account.query(docs, text, PLAN | PYTHON_FEATURES, n=0).body)["queryInfo"]
    assert (info["orderBy"], info["offset"], info["limit"], info["top"]) == (["Descending"], 2, 3, None)
    headers = {"x-ms-documentdb-partitionkeyrangeid": "0"}
    row = documents(account.query(docs, info["rewrittenQuery"], headers, n=0))[0]
    assert row["orderByItems"] == [{"item": int(row["payload"]["name"])}]
    assert info["rewrittenQuery"].startswith("SELECT TOP 5 ")


def test_ranges_send_all_duplicates_of_an_ordered_query(account: Account, docs: str) -> None:
    """The first three rows of a range may be one value: the client drops duplicates, and then takes three."""
    text = "SELECT DISTINCT TOP 3 VALUE c.pk FROM c ORDER BY c.pk"
    info = json.loads(plan(account, docs, text, PYTHON_FEATURES).body)["queryInfo"]
    assert (info["distinctType"], info["top"]) == ("Unordered", 3)
    assert "TOP" not in info["rewrittenQuery"]


def test_python_cannot_group_across_partitions(account: Account, docs: str) -> None:
    """A client without the GroupBy feature is told that the query contains it; one with it gets a plan."""
    text = "SELECT c.pk, COUNT(1) AS n FROM c GROUP BY c.pk"
    refused = plan(account, docs, text, PYTHON_FEATURES)
    assert refused.status == 400
    assert "GroupBy" in json.loads(refused.body)["message"]
    info = json.loads(plan(account, docs, text, JAVASCRIPT_FEATURES).body)["queryInfo"]
    assert info["groupByAliasToAggregateType"] == {"pk": None, "n": "Count"}


def test_an_aggregate_without_value_is_marked_for_clients_that_refuse_it(account: Account, docs: str) -> None:
    """The Python SDK refuses a plan with aggregates and without VALUE."""
    info = json.loads(plan(account, docs, "SELECT COUNT(1) AS n FROM c", PYTHON_FEATURES).body)["queryInfo"]
    assert (info["aggregates"], info["hasSelectValue"]) == (["Count"], False)


def test_an_expression_of_aggregates_has_no_plan(account: Account, docs: str) -> None:
    """The sum of two aggregates cannot be merged."""
    refused = plan(account, docs, "SELECT VALUE COUNT(1) + 1 FROM c", PYTHON_FEATURES)
    assert refused.status == 400


def test_a_plan_names_the_ranges_that_matter(account: Account, docs: str) -> None:
    """A filter on the partition key leaves one small range."""
    body = json.loads(plan(account, docs, "SELECT TOP 1 * FROM c WHERE c.pk IN ('p1')", PYTHON_FEATURES).body)
    [bounds] = body["queryRanges"]
    assert bounds["min"] < bounds["max"]
    assert bounds["min"] != ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        [],
        {},
        {"query": 1},
        {"query": "SELECT 1", "parameters": 3},
        {"query": "SELECT 1", "parameters": [3]},
    ],
)
def test_what_is_no_query(account: Account, docs: str, body: Any) -> None:
    """A malformed query request is a bad request."""
    assert account.send("POST", docs, body, {"x-ms-documentdb-isquery": "True"}).status == 400


def test_a_syntax_error_says_where(account: Account, docs: str) -> None:
    """The message is the JSON of the service, with code and location."""
    message = json.loads(json.loads(account.query(docs, "SELECT * FRM c").body)["message"])
    [error] = message["errors"]
    assert error["code"] == "SC1001"
    assert error["location"]["start"] == 9
