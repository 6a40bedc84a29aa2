"""A process that compacts until it is killed: python -m tests.integration.lake.compactor STORAGE."""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

from functions.adapters.lake_store import BlobLake, connect
from functions.lake.blobs import LakeUnavailableError
from functions.usecases.compact_lake import CompactLake


async def work(storage: str) -> None:
    """Run without a pause; it says so when files became one."""
    compaction = CompactLake(BlobLake(connect(storage)), 90, lambda: datetime.now(UTC), lambda: uuid4().hex[:8])
    while True:
        try:
            done = await compaction.run(60)
        except LakeUnavailableError:
            await asyncio.sleep(0.1)
        else:
            print("merged" if done.files else "looked", flush=True)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
