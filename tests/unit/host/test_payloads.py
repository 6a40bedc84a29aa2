"""How an output value becomes messages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.datum import Datum
from local.host.payloads import OutputError, messages

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary())
def test_bytes_are_one_message(body: bytes) -> None:
    """Bytes go out as they are."""
    assert messages(Datum(body, "bytes")) == [body]


@given(st.lists(JSON))
def test_a_list_is_one_message_for_each_element(items: list[object]) -> None:
    """Texts go out as they are, everything else as JSON."""
    sent = messages(Datum(json.dumps(items), "json"))
    expected = [item if isinstance(item, str) else json.dumps(item) for item in items]
    assert len(sent) == len(items)
    for body, item, text in zip(sent, items, expected, strict=True):
        assert body.decode() == text if isinstance(item, str) else json.loads(body) == item


@given(st.lists(st.integers(), min_size=1))
def test_a_text_that_looks_like_a_json_array_is_split(items: list[int]) -> None:
    """Azure's host splits such a text, although the function returned one string."""
    assert messages(Datum(json.dumps(items), "string")) == [str(item).encode() for item in items]


@given(st.text().filter(lambda text: text.strip()[:1] not in ("[", "{")))
def test_any_other_text_is_one_message(text: str) -> None:
    """Plain text is not touched."""
    assert messages(Datum(text, "string")) == [text.encode()]


def test_text_between_brackets_must_be_json() -> None:
    """What looks like JSON and is none fails the invocation, as in Azure."""
    with pytest.raises(OutputError):
        messages(Datum("[not json]", "string"))


def test_nothing_sends_nothing() -> None:
    """A function that returns None sends no message."""
    assert messages(Datum(None, None)) == []
