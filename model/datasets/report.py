"""What was read, what was dropped and why: part of every prepared data set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """Rows read from the source, those dropped by reason, and remarks on what was decided while reading."""

    read: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """Rows that are left."""
        return self.read - sum(self.dropped.values())

    def to_document(self) -> dict[str, Any]:
        """The report as part of prepared.json."""
        return {"read": self.read, "kept": self.kept, "dropped": dict(self.dropped), "notes": list(self.notes)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Report":
        """The report of a prepared.json."""
        return cls(int(document["read"]), dict(document["dropped"]), tuple(document["notes"]))
