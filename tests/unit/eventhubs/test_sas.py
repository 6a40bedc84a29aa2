"""Shared access signatures."""

from urllib.parse import quote, quote_plus

import pytest
from azure.eventhub._client_base import _generate_sas_token
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.refusals import UnauthorizedError
from local.eventhubs.sas import Grant, sign, verify, verify_key

KEYS = {"Root": "secret"}
NOW = 1_000_000.0
RESOURCE = quote_plus("sb://127.0.0.1:5672/Offers/consumergroups/$Default")


def test_a_token_is_good_for_its_event_hub_until_it_expires() -> None:
    """The grant covers the hub in any spelling, no other, and not after its time."""
    grant = verify(sign(RESOURCE, "Root", "secret", 1_000_100), KEYS, NOW)
    assert grant == Grant("offers", 1_000_100.0)
    assert grant.covers("OFFERS", NOW)
    assert not grant.covers("other", NOW)
    assert not grant.covers("offers", NOW + 100)


def test_a_token_for_the_namespace_is_good_for_every_hub() -> None:
    """A resource without a path covers all."""
    grant = verify(sign(quote("sb://127.0.0.1/", safe=""), "Root", "secret", 1_000_100), KEYS, NOW)
    assert grant.covers("anything", NOW)


def test_the_token_of_the_sdk_is_understood() -> None:
    """Microsoft's own function makes the same signature."""
    token = _generate_sas_token("sb://127.0.0.1/offers", "Root", "secret")
    assert verify(token.token, KEYS, NOW).covers("offers", NOW)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "InvalidToken"),
        ("Bearer abc", "InvalidToken"),
        ("SharedAccessSignature " + "x" * 5000, "InvalidToken"),
        ("SharedAccessSignature sr=a&sig=b", "MalformedToken.* lacks se, skn"),
        (sign(RESOURCE, "Root", "wrong", 1_000_100), "InvalidSignature"),
        (sign(RESOURCE, "Other", "secret", 1_000_100), "InvalidSignature"),
        (sign(RESOURCE, "Other", "", 1_000_100), "InvalidSignature"),
        (sign(RESOURCE, "Root", "secret", 1_000_000), "ExpiredToken"),
        (sign(RESOURCE, "Root", "secret", -5), "ExpiredToken"),
    ],
)
def test_a_bad_token_is_refused_with_its_reason(token: str, reason: str) -> None:
    """Wrong keys, unknown names and old tokens do not open anything."""
    with pytest.raises(UnauthorizedError, match=reason):
        verify(token, KEYS, NOW)


@given(token=st.text(max_size=80), prefix=st.sampled_from(["", "SharedAccessSignature sr=a&skn=Root&se=9&sig="]))
def test_no_text_is_a_token_by_chance(token: str, prefix: str) -> None:
    """Any text is refused as unauthorized, never with another error."""
    with pytest.raises(UnauthorizedError):
        verify(prefix + token, KEYS, NOW)


def test_name_and_key_open_as_they_are() -> None:
    """What SASL PLAIN sends; an unknown name has no empty key."""
    assert verify_key("Root", "secret", KEYS)
    assert not verify_key("Root", "Secret", KEYS)
    assert not verify_key("Other", "", KEYS)
