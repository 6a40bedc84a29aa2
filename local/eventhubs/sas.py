"""Shared access signatures: is this token signed with a key of ours, and what is it for?

Format: `SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={key name}`; signed is the
resource as it stands in the token, a line feed and the expiry.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from local.eventhubs.refusals import UnauthorizedError

_SCHEME = "SharedAccessSignature "
_MAX_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows: one event hub, or all when `hub` is empty, until `expires` (Unix time)."""

    hub: str
    expires: float

    def covers(self, hub: str, now: float) -> bool:
        return self.expires > now and self.hub in ("", hub.lower())


def verify(token: str, keys: Mapping[str, str], now: float) -> Grant:
    """The grant of a token; UnauthorizedError says why there is none."""
    fields = _fields(token)
    expected = _signature(keys.get(fields["skn"], ""), f"{fields['sr']}\n{fields['se']}")
    signed = hmac.compare_digest(expected, unquote(fields["sig"]).encode())
    if not signed or fields["skn"] not in keys:
        raise UnauthorizedError("InvalidSignature: The token has an invalid signature.")
    if not fields["se"].isdigit() or int(fields["se"]) <= now:
        raise UnauthorizedError("ExpiredToken: The token is expired.")
    return Grant(_hub_of(unquote(fields["sr"])), float(fields["se"]))


def verify_key(name: str, key: str, keys: Mapping[str, str]) -> bool:
    """Name and key themselves, as SASL PLAIN sends them."""
    return hmac.compare_digest(keys.get(name, "").encode(), key.encode()) and name in keys


def sign(resource: str, key_name: str, key: str, expires: int) -> str:
    """A token for a resource that is percent-encoded already."""
    signature = _signature(key, f"{resource}\n{expires}").decode()
    quoted = signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return f"{_SCHEME}sr={resource}&sig={quoted}&se={expires}&skn={key_name}"


def _fields(token: str) -> dict[str, str]:
    if not token.startswith(_SCHEME) or len(token) > _MAX_TOKEN:
        raise UnauthorizedError("InvalidToken: Only shared access signatures are accepted.")
    pairs = (item.partition("=") for item in token[len(_SCHEME) :].split("&"))
    fields = {name: value for name, _, value in pairs}
    if missing := {"sr", "sig", "se", "skn"} - fields.keys():
        raise UnauthorizedError(f"MalformedToken: The token lacks {', '.join(sorted(missing))}.")
    return fields


def _signature(key: str, text: str) -> bytes:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())


def _hub_of(resource: str) -> str:
    path = urlsplit(resource).path if "://" in resource else resource
    return path.strip("/").split("/")[0].lower()
