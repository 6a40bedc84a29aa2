"""Taking a shopper out of the lake, whose files are never changed: they are replaced by others, one by one.

An erasure is noted at once and done by the timer that keeps the lake, with all others that were noted meanwhile, in
one pass through all manifests. A pass that is cut off goes on where it was.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from functions.lake.blobs import Blob, LakeUnavailableError
from functions.lake.erasures import ERASURES, PASS, Forgotten, Pass, Request, without
from functions.lake.manifest import MANIFESTS
from functions.usecases.lake_files import exchange, read_manifest
from functions.usecases.lake_ports import LakeStore
from functions.usecases.ports import StoreUnavailableError

SETTLED = timedelta(minutes=15)
"""How long after its request a shopper is erased: what was on the way has arrived by then."""
ATTEMPTS = 5
"""How often a manifest is looked through again because its files were replaced meanwhile."""


class EraseFromLake:
    """The use case. `clock` tells the time, `new_id` gives names that nobody else has."""

    def __init__(self, store: LakeStore, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def note(self, shopper_id: str) -> None:
        """Have everything erased that arrived of a shopper until now; raises `StoreUnavailableError`."""
        request = Request(subject=shopper_id, at=self._clock())
        try:
            await self._store.write(request.path, request.model_dump_json().encode())
        except LakeUnavailableError as error:
            raise StoreUnavailableError(str(error)) from error

    async def run(self, seconds: float) -> int:
        """Erase what is noted, for about so many seconds; how many files were replaced.

        Raises `LakeUnavailableError`: the next run goes on.
        """
        deadline = self._clock() + timedelta(seconds=seconds)
        current = await self._pass()
        if not current.requests:
            return 0
        forgotten = {one.subject: one.until for one in current.requests}
        replaced = 0
        for path in sorted(one.path for one in await self._store.files(f"{MANIFESTS}/")):
            if path <= current.after:
                continue
            if self._clock() >= deadline:
                break
            replaced += await self._look_through(path, forgotten)
            current = current.model_copy(update={"after": path})
        else:
            await self._done(current)
            return replaced
        await self._store.write(PASS, current.model_dump_json().encode())
        return replaced

    async def _pass(self) -> Pass:
        """The one that was cut off, or a new one for all requests that are old enough."""
        stored = await self._store.read(PASS)
        if stored is not None:
            return Pass.model_validate_json(stored.data)
        settled = self._clock() - SETTLED
        return Pass(requests=tuple(one for one in (await self._requests()).values() if one.at <= settled))

    async def _done(self, current: Pass) -> None:
        """Forget the requests; of a shopper who was to be erased once more meanwhile, there is a later one."""
        done = [blob for blob, request in (await self._requests()).items() if request in current.requests]
        await self._store.delete(done)
        await self._store.delete([blob for blob in await self._store.files(PASS) if blob.path == PASS])

    async def _requests(self) -> Mapping[Blob, Request]:
        blobs = [blob for blob in await self._store.files(f"{ERASURES}/") if blob.path != PASS]
        stored = await asyncio.gather(*(self._store.read(blob.path) for blob in blobs))
        return {blob: Request.model_validate_json(one.data) for blob, one in zip(blobs, stored, strict=True) if one}

    async def _look_through(self, path: str, forgotten: Forgotten) -> int:
        """Replace the files of a manifest that hold one of these shoppers."""
        replaced = 0
        for _ in range(ATTEMPTS):
            known = await read_manifest(self._store, path)
            if known is None:
                return replaced
            manifest, again = known[0], False
            for entry in manifest.files:
                stored = await self._store.read(entry.path)
                if stored is None:
                    again = True
                    continue
                new = await asyncio.to_thread(without, manifest, entry, stored.data, forgotten, self._new_id())
                if new is None:
                    continue
                left = new if new[0].rows else None
                if await exchange(self._store, path, [entry], left, self._clock):
                    replaced += 1
                else:
                    again = True
            if not again:
                return replaced
        raise LakeUnavailableError(f"the files of {path} were replaced again and again")
