"""The messages in one output value, by the host's own conversion rules."""

import json

from local.host.datum import Datum


class OutputError(Exception):
    """A function's result cannot be written to its output binding."""


def messages(datum: Datum) -> list[bytes]:
    """Split an output value into message bodies.

    Bytes are one message and a list is one for each element. As in Azure, a *string*
    that looks like a JSON array becomes one message for each element, too.
    """
    value, kind = datum
    if value is None:
        return []
    if kind == "bytes":
        return [bytes(value)]
    if kind in ("dict", "list"):
        return _elements(value)
    if kind == "json" or (kind == "string" and _looks_like_json(value)):
        return _elements(_parsed(value))
    return [str(value).encode()]


def _looks_like_json(text: str) -> bool:
    """The host's own test: only the first and the last character count."""
    stripped = text.strip()
    return len(stripped) > 1 and stripped[0] + stripped[-1] in ("{}", "[]")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise OutputError(f"the output looks like JSON but does not parse: {error}") from error


def _elements(value: object) -> list[bytes]:
    items = value if isinstance(value, list) else [value]
    return [_body(item) for item in items]


def _body(item: object) -> bytes:
    text = item if isinstance(item, str) else json.dumps(item, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
