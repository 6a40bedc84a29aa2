"""What every handler works with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from local.cosmos.auth import Signatures
from local.cosmos.faults import Faults
from local.cosmos.partitioning import EpkRange, PhysicalRanges
from local.cosmos.store.catalog import Catalog
from local.cosmos.store.resources import Container
from local.cosmos.store.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """One account: its key, its physical ranges and everything it stores."""

    store: Store
    catalog: Catalog
    signatures: Signatures
    ranges: PhysicalRanges
    faults: Faults = field(default_factory=Faults)
    clock: Callable[[], float] = time.time

    def document_headers(self, container: Container, range_id: int) -> dict[str, str]:
        """Headers of every answer about documents.

        Without the range id the Python SDK forgets which range holds which key, and asks again before each read.
        """
        return {
            "x-ms-documentdb-partitionkeyrangeid": str(range_id),
            "x-ms-session-token": f"{range_id}:-1#{self.store.lsn}",
            "x-ms-alt-content-path": f"dbs/{container.database.id}/colls/{container.id}",
            "x-ms-content-path": container.rid,
            "lsn": str(self.store.lsn),
        }

    def bounds(self, range_id: int) -> EpkRange:
        """Effective keys of a physical range."""
        return self.ranges.ranges[range_id]
