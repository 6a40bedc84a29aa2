"""What was seeded before: a document in `settings` and a key in Redis, so that only what differs is written."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model.artifact import Manifest
from model.datasets.dataset import Source
from model.seed.calendar import weeks_to

MARKER_ID = "seed"
"""Id of the document in `settings`."""
REDIS_KEY = "seed"
"""Redis string: the stamp of the affinities that are there."""
CODE = ("model.seed", "model.datasets", "model.training", "functions.personalization")
"""Packages whose code decides what the documents are."""


@dataclass(frozen=True, slots=True)
class Marker:
    """`stamp` is empty while a seed is under way; `parts` holds the digest of each container written in full."""

    dataset: str
    cut: str
    stamp: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)

    def begun(self, part: str) -> "Marker":
        """The marker while a part is being written: until it is whole, nothing is known of it."""
        return replace(self, stamp="", parts={name: digest for name, digest in self.parts.items() if name != part})

    def done(self, part: str, digest: str) -> "Marker":
        """The marker when a part was written in full."""
        return replace(self, parts={**self.parts, part: digest})

    def to_document(self) -> dict[str, Any]:
        """The marker as its Cosmos document."""
        return {"id": MARKER_ID, "dataset": self.dataset, "cut": self.cut, "stamp": self.stamp, "parts": self.parts}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Marker":
        """The marker of a Cosmos document."""
        return cls(document["dataset"], document["cut"], document["stamp"], document["parts"])


def stamp(source: Source, model: Manifest, today: date) -> str:
    """A hash of everything that decides what is seeded: data, the model's decay, code, and the week."""
    digest = hashlib.sha256(
        f"{source.name} {source.cut_date + weeks_to(source.cut_date, today)} {model.tau}".encode()
    )
    for path in (*source.files(), *_code()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code() -> Iterable[Path]:
    for package in CODE:
        found = find_spec(package)
        for folder in found.submodule_search_locations or () if found else ():
            yield from sorted(Path(folder).glob("*.py"))
