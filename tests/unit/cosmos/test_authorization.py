"""Only requests that are signed with the account key, and recently, are answered."""

import json
from email.utils import formatdate

import pytest

from local.cosmos.auth import InvalidAccountKeyError, Signatures, signed_resource
from local.cosmos.server import respond
from local.cosmos.wire import Request
from tests.unit.cosmos.account import Account

OTHER_KEY = "bm90IHRoZSBrZXkgb2YgdGhpcyBhY2NvdW50"


def test_the_account_key_opens_the_account(account: Account) -> None:
    """A request signed with the key is answered; the account's addresses are those that the client used."""
    described = json.loads(account.send("GET", "/").body)
    assert described["writableLocations"][0]["databaseAccountEndpoint"] == "http://localhost/"


def test_another_key_is_refused(account: Account) -> None:
    """A wrong key is 401, as on Azure."""
    response = account.send("GET", "/dbs/shop", key=OTHER_KEY)
    assert response.status == 401
    assert b"authorization token can't serve the request" in response.body


def test_an_old_signature_is_refused(account: Account) -> None:
    """A signature is valid for 15 minutes: after that it is 403, and before its time too."""
    for shift in (-16 * 60, 16 * 60):
        signed_at = formatdate(account.clock.now + shift, usegmt=True)
        assert account.send("GET", "/dbs/shop", headers={"x-ms-date": signed_at}).status == 403
    recently = formatdate(account.clock.now - 14 * 60, usegmt=True)
    assert account.send("GET", "/dbs/shop", headers={"x-ms-date": recently}).status == 200


@pytest.mark.parametrize(
    "header", [None, "", "nonsense", "type=aad&ver=1.0&sig=x", "type=master&ver=1.0", "%ff=%00&type=master"]
)
def test_no_signature_is_refused(account: Account, header: str | None) -> None:
    """A missing or malformed authorization header is 401."""
    headers = {"x-ms-date": formatdate(account.clock.now, usegmt=True)}
    if header is not None:
        headers["authorization"] = header
    assert respond(account.service, Request("GET", "", ["dbs"], headers)).status == 401


def test_health_needs_no_key(account: Account) -> None:
    """Whoever waits for the server need not know the key."""
    assert respond(account.service, Request("GET", "", ["ready"], {})).status == 200


def test_a_date_that_is_none_is_refused(account: Account) -> None:
    """A signed request without a readable date is 401."""
    assert account.send("GET", "/dbs/shop", headers={"x-ms-date": "yesterday"}).status == 401


@pytest.mark.parametrize(
    ("path", "signed"),
    [
        ("", ("", "")),
        ("dbs", ("dbs", "")),
        ("dbs/d", ("dbs", "dbs/d")),
        ("dbs/d/colls/c/docs", ("docs", "dbs/d/colls/c")),
        ("dbs/d/colls/c/docs/i", ("docs", "dbs/d/colls/c/docs/i")),
        ("dbs/d/colls/c/operations/partitionkeydelete", ("colls", "dbs/d/colls/c")),
        ("offers/ABC", ("offers", "abc")),
    ],
)
def test_what_is_signed(path: str, signed: tuple[str, str]) -> None:
    """A collection of resources is signed as its owner, a resource as itself."""
    assert signed_resource([part for part in path.split("/") if part]) == signed


def test_a_key_that_is_no_base64_is_refused_at_the_start() -> None:
    """A broken key fails when the server starts and not at the first request."""
    with pytest.raises(InvalidAccountKeyError):
        Signatures("no base64!")
