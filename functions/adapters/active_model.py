"""Which version of the model is active: the document `model` of the container `settings`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from functions.adapters import cosmos
from functions.contracts import MODEL_ID, SHIPPED
from functions.usecases.ports import StoreUnavailableError as StoreUnavailableError  # for the registry to catch

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a version, and a file of it, may be called: a part of a blob's name and of a path."""
_LOST = frozenset({404, 409, 412})
"""Status codes of a write whose condition does not hold: somebody else wrote, or deleted, the document."""


class InvalidActiveModelError(Exception):
    """The document does not say which version is active; `etag` is its own."""

    def __init__(self, fault: object, etag: str | None = None) -> None:
        self.etag = etag
        super().__init__(f"settings/{MODEL_ID} is not a document that `python -m model.activate` writes: {fault!r}")


class LostRaceError(Exception):
    """The document was written by somebody else since it was read."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its name, and the sha256 of its manifest, which names the hashes of all its files."""

    name: str
    manifest: str

    def __str__(self) -> str:
        return self.name

    def to_document(self) -> dict[str, str]:
        """The version as part of a document."""
        return {"version": self.name, "manifest": self.manifest}


SHIPPED_VERSION = Version(SHIPPED, "")


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The version that serves, the one that served before, and when it was switched; all None: never switched."""

    version: Version = SHIPPED_VERSION
    previous: Version | None = None
    activated: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """The document."""
        return {
            "id": MODEL_ID,
            **self.version.to_document(),
            "previous": self.previous.to_document() if self.previous else None,
            "activated": self.activated.isoformat() if self.activated else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ActiveModel":
        """What a document says, or `InvalidActiveModelError`."""
        try:
            previous = document.get("previous")
            return cls(
                version=_version(document),
                previous=_version(previous) if previous else None,
                activated=datetime.fromisoformat(document["activated"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidActiveModelError(error, document.get("_etag")) from error


async def read(settings: ContainerProxy) -> tuple[ActiveModel, str | None]:
    """What is active, and the document's ETag, None when there is no document: then the shipped model serves.

    Raises `StoreUnavailableError` and `InvalidActiveModelError`.
    """
    document = await cosmos.read(settings, MODEL_ID)
    if document is None:
        return ActiveModel(), None
    return ActiveModel.from_document(document), str(document["_etag"])


async def write(settings: ContainerProxy, active: ActiveModel, etag: str | None) -> None:
    """Write the document if it is still the one that was read; raises `LostRaceError` and `StoreUnavailableError`."""
    document = active.to_document()

    async def send() -> None:
        if etag is None:
            await settings.create_item(document)
        else:
            await settings.replace_item(MODEL_ID, document, etag=etag, match_condition=MatchConditions.IfNotModified)

    try:
        await cosmos.ask("write of the active model", send)
    except CosmosHttpResponseError as error:
        if error.status_code in _LOST:
            raise LostRaceError from error
        raise


def _version(document: Mapping[str, Any]) -> Version:
    name, manifest = document["version"], document["manifest"]
    if not isinstance(name, str) or not isinstance(manifest, str):
        raise TypeError("a version and the hash of its manifest are texts")
    return Version(name, manifest)
