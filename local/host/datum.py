"""A value on its way between the host and the worker."""

from dataclasses import dataclass
from datetime import datetime
from json import dumps, loads
from typing import Any, NamedTuple


class Datum(NamedTuple):
    """A value and its kind: string, bytes, json (as text), http (a dict) or collection_*."""

    value: Any
    type: str | None

    @property
    def python_value(self) -> object:
        """The value as Python sees it; the SDK shows metadata to functions this way."""
        if self.type == "json":
            return loads(self.value)
        if self.type == "collection_string":
            return list(self.value.string)
        if self.type == "collection_bytes":
            return list(self.value.bytes)
        return self.value


@dataclass(frozen=True, slots=True)
class StringCollection:
    """The value of a `collection_string`."""

    string: list[str]


@dataclass(frozen=True, slots=True)
class BytesCollection:
    """The value of a `collection_bytes`."""

    bytes: list[bytes]


def text(value: str) -> Datum:
    """A string."""
    return Datum(value, "string")


def json_datum(value: object) -> Datum:
    """A value in its JSON form; times become ISO 8601 text."""
    return Datum(dumps(value, default=_iso, separators=(",", ":")), "json")


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
