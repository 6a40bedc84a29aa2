"""Patches change what they name and nothing else, or fail and change nothing."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.errors import BadRequestError
from local.cosmos.store.patching import patched
from tests.unit.cosmos.json_values import numbers, values

DOCUMENT: dict[str, Any] = {"id": "1", "n": 1, "tags": ["a", "b"], "price": {"eur": 5}, "a/b": 1}
names = st.sampled_from(["n", "tags", "price", "eur", "0", "1", "-", "new", "a~1b", ""])
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts)) | st.text(max_size=6)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "set", "replace", "remove", "incr", "move", "test", 3]), "path": paths},
    optional={"value": values, "from": paths},
)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/color", "value": "red"}, {"color": "red"}),
        ({"op": "add", "path": "/price/usd", "value": 6}, {"price": {"eur": 5, "usd": 6}}),
        ({"op": "add", "path": "/tags/1", "value": "x"}, {"tags": ["a", "x", "b"]}),
        ({"op": "add", "path": "/tags/-", "value": "x"}, {"tags": ["a", "b", "x"]}),
        ({"op": "add", "path": "/tags/2", "value": "x"}, {"tags": ["a", "b", "x"]}),
        ({"op": "set", "path": "/tags/1", "value": "x"}, {"tags": ["a", "x"]}),
        ({"op": "set", "path": "/tags/-", "value": "x"}, {"tags": ["a", "b", "x"]}),
        ({"op": "set", "path": "/n", "value": None}, {"n": None}),
        ({"op": "replace", "path": "/n", "value": 9}, {"n": 9}),
        ({"op": "replace", "path": "/tags/0", "value": 9}, {"tags": [9, "b"]}),
        ({"op": "remove", "path": "/tags/0"}, {"tags": ["b"]}),
        ({"op": "incr", "path": "/n", "value": 2}, {"n": 3}),
        ({"op": "incr", "path": "/price/eur", "value": -0.5}, {"price": {"eur": 4.5}}),
        ({"op": "incr", "path": "/views", "value": 1}, {"views": 1}),
        ({"op": "set", "path": "/a~1b", "value": 2}, {"a/b": 2}),
        ({"op": "move", "from": "/tags/0", "path": "/first"}, {"tags": ["b"], "first": "a"}),
    ],
)
def test_operations(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each operation does what the service documents."""
    assert patched(DOCUMENT, [operation]) == DOCUMENT | expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/missing/x", "value": 1},
        {"op": "add", "path": "/tags/7", "value": 1},
        {"op": "add", "path": "/n/x", "value": 1},
        {"op": "add", "path": "x", "value": 1},
        {"op": "add", "path": "/x"},
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "replace", "path": "/tags/-", "value": 1},
        {"op": "remove", "path": "/missing"},
        {"op": "remove", "path": "/tags/2"},
        {"op": "incr", "path": "/tags", "value": 1},
        {"op": "incr", "path": "/n", "value": "1"},
        {"op": "incr", "path": "/n", "value": True},
        {"op": "move", "from": "/price", "path": "/price/eur"},
        {"op": "move", "from": "/missing", "path": "/x"},
        {"op": "set", "path": "/_etag", "value": 1},
        {"op": "copy", "path": "/x", "value": 1},
        "no object",
    ],
)
def test_what_is_refused(operation: Any) -> None:
    """An operation that does not fit the document is a bad request."""
    with pytest.raises(BadRequestError):
        patched(DOCUMENT, [operation])


def test_at_most_ten_operations() -> None:
    """Ten operations are allowed, eleven and none are not."""
    one = {"op": "incr", "path": "/n", "value": 1}
    assert patched(DOCUMENT, [one] * 10)["n"] == 11
    for count in (0, 11):
        with pytest.raises(BadRequestError):
            patched(DOCUMENT, [one] * count)


@given(st.lists(operations, min_size=1, max_size=5))
@settings(deadline=None, max_examples=400)
def test_a_patch_works_or_is_refused_and_leaves_the_original(steps: list[dict[str, Any]]) -> None:
    """Whatever the operations are, the outcome is a document or a bad request; the old version stays as it was."""
    before = copy.deepcopy(DOCUMENT)
    with suppress(BadRequestError):
        assert isinstance(patched(DOCUMENT, steps), dict)
    assert before == DOCUMENT


@given(st.text(min_size=1, max_size=5), values)
@settings(deadline=None)
def test_set_then_remove_is_nothing(name: str, value: Any) -> None:
    """A property of any name can be set, and removed again."""
    path = "/new-" + name.replace("~", "~0").replace("/", "~1")
    added = patched(DOCUMENT, [{"op": "set", "path": path, "value": value}])
    assert added == DOCUMENT | {f"new-{name}": value}
    assert patched(added, [{"op": "remove", "path": path}]) == DOCUMENT


@given(numbers, numbers)
@settings(deadline=None)
def test_incr_adds(start: float, amount: float) -> None:
    """An increment is an addition of doubles."""
    assert patched({"n": start}, [{"op": "incr", "path": "/n", "value": amount}])["n"] == float(start + amount)
