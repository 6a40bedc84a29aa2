"""`python -m local.cosmos --data DIR --port 8081`."""

import argparse
import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from local.cosmos.auth import EMULATOR_KEY, InvalidAccountKeyError, Signatures
from local.cosmos.partitioning import PhysicalRanges
from local.cosmos.server import serve
from local.cosmos.service import Service
from local.cosmos.store.catalog import Catalog
from local.cosmos.store.lock import DataDirectoryLockedError, lock_directory
from local.cosmos.store.store import DEFAULT_CACHE_BYTES, DataUnreadableError, Store

_MEGABYTE = 1024 * 1024


class CannotListenError(Exception):
    """The address is taken or not ours."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="cosmos: %(levelname)s %(message)s")
    try:
        signatures = Signatures(options.key)
        with (
            lock_directory(options.data),
            _listener(options.host, options.port) as listener,
            contextlib.closing(Store(options.data / "cosmos.sqlite", options.cache_mb * _MEGABYTE)) as store,
        ):
            service = Service(store, Catalog(store), signatures, PhysicalRanges.make(options.ranges))
            print(f"cosmos: listening on http://{options.host}:{listener.getsockname()[1]}/", flush=True)
            asyncio.run(serve(service, listener))
    except (CannotListenError, DataDirectoryLockedError, DataUnreadableError, InvalidAccountKeyError) as error:
        print(f"cosmos: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "local.cosmos", description="A durable stand-in for Azure Cosmos DB (NoSQL API)."
    )
    parser.add_argument("--data", type=Path, required=True, help="directory that holds the data")
    parser.add_argument("--port", type=int, default=8081, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--ranges", type=_range_count, default=3, help="physical ranges, 1 to 16 (%(default)s)")
    parser.add_argument("--key", default=EMULATOR_KEY, help="account key (default: the emulator's well-known key)")
    parser.add_argument(
        "--cache-mb",
        type=int,
        default=DEFAULT_CACHE_BYTES // _MEGABYTE,
        help="most JSON text to keep in memory, in MB (%(default)s)",
    )
    return parser


def _range_count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 16:
        raise argparse.ArgumentTypeError("must be 1 to 16")
    return count


def _listener(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), backlog=1024)
    except (OSError, OverflowError) as error:
        raise CannotListenError(f"cannot listen on {host}:{port} ({error}): give another --port or --host") from error
    # Connections inherit this; without it a response waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


if __name__ == "__main__":
    sys.exit(main())
