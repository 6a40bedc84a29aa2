"""The command line: `python -m local.host --app DIR`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.host import logs
from local.host.appsettings import apply_local_settings, read_local_settings
from local.host.configuration import Configuration
from local.host.errors import HostError
from local.host.host import Host, HostOptions
from local.host.watch import watch

_DEFAULT_PORT = 7071


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a function app until SIGTERM or SIGINT; the exit status of the process."""
    parsed = _parser().parse_args(arguments)
    logs.configure("INFO", quiet=parsed.quiet)
    if parsed.watch:
        given = sys.argv[1:] if arguments is None else arguments
        return watch(parsed.app, [argument for argument in given if argument != "--watch"])
    try:
        drained = asyncio.run(_run(parsed))
    except HostError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not drained:
        print("error: some functions did not finish in time and were abandoned", file=sys.stderr)
        sys.stderr.flush()
        # Threads of synchronous functions cannot be cancelled, and Python would wait for them.
        os._exit(1)
    return 0


async def _run(parsed: argparse.Namespace) -> bool:
    app: Path = parsed.app
    local = read_local_settings(app)
    apply_local_settings(local, os.environ)
    configuration = Configuration.read(app, os.environ)
    logs.configure(configuration.text("logging:logLevel:default", "Information"), quiet=parsed.quiet)
    host = Host(_options(parsed, app, local.port), configuration, local, os.environ)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await host.start()
    await stop.wait()
    return await host.stop()


def _options(parsed: argparse.Namespace, app: Path, local_port: int | None) -> HostOptions:
    port = parsed.port if parsed.port is not None else local_port
    return HostOptions(
        app=app,
        address=parsed.host,
        port=_DEFAULT_PORT if port is None else port,
        only=frozenset(parsed.functions or ()),
        enable_auth=parsed.enable_auth,
        state=parsed.state_dir or app / ".local" / "host",
        queue_lease=parsed.queue_lease,
        grace=parsed.grace,
    )


def _folder(text: str) -> Path:
    return Path(text).resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m local.host", description="Run an Azure Functions app (Python v2) here."
    )
    parser.add_argument(
        "--app", type=_folder, default=_folder("."), help="folder of the function app (default: this one)"
    )
    parser.add_argument("--port", type=int, help=f"port to listen on; 0 picks a free one (default: {_DEFAULT_PORT})")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--functions", nargs="+", metavar="NAME", help="run these functions only")
    parser.add_argument("--quiet", action="store_true", help="log warnings and errors only")
    parser.add_argument("--watch", action="store_true", help="start again when a file of the app changes")
    parser.add_argument(
        "--enable-auth", action="store_true", help="ask for keys as Azure does; they are in STATE/keys.json"
    )
    parser.add_argument(
        "--state-dir",
        type=_folder,
        metavar="STATE",
        help="folder for the host's own files (default: APP/.local/host)",
    )
    parser.add_argument(
        "--queue-lease",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="a message comes back this long after the host was killed (default: %(default)g, as in Azure)",
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="time that running functions get when the host stops (default: %(default)g)",
    )
    return parser
