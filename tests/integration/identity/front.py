"""TLS before a server that has none: what Azure's services speak, and nothing else."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from tests.integration.identity.authority import Certificates

BYTES = 65_536


@contextmanager
def tls(certificates: Certificates, host: str, port: int, behind: tuple[str, int]) -> Iterator[None]:
    """While it runs, `host:port` speaks TLS and passes everything on to the server behind; on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    front = _Front(certificates.server_context(), behind)
    asyncio.run_coroutine_threadsafe(front.start(host, port), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(front.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Front:
    def __init__(self, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
        self._context = context
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._accept, host, port, ssl=self._context)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other, onward = await asyncio.open_connection(*self._behind)
        self._writers += [writer, onward]
        for source, target in ((reader, onward), (other, writer)):
            task = asyncio.ensure_future(_pass_on(source, target))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):  # one of the two hung up
            while content := await source.read(BYTES):
                target.write(content)
                await target.drain()
    finally:
        target.close()
