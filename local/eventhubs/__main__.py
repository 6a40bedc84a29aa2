"""`python -m local.eventhubs --config Config.json --data DIR`: run the broker until it is told to stop."""

import argparse
import asyncio
import errno
import logging
import os
import signal
import sys
from pathlib import Path

from local.eventhubs.config import ConfigError, load
from local.eventhubs.hub import HubChangedError, HubDamagedError
from local.eventhubs.log.lock import DirectoryLockedError
from local.eventhubs.log.partition import LogOptions
from local.eventhubs.log.segment import CorruptSegmentError
from local.eventhubs.server import KEY_NAME, Broker, Options

_HOUR_MS = 3600 * 1000
_MIB = 1024 * 1024


def main() -> int:
    """Exit status 0 after a signal, 1 when the broker cannot start."""
    arguments = _parser().parse_args()
    logging.basicConfig(format="eventhubs: %(message)s", level=logging.INFO)
    try:
        asyncio.run(_serve(_options(arguments)))
    except (ConfigError, HubChangedError, HubDamagedError, CorruptSegmentError) as error:
        return _refuse(str(error))
    except DirectoryLockedError as error:
        return _refuse(f"{error}; stop it or choose another --data")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _refuse(f"{error.strerror}; choose another --port or --http-port")
        return _refuse(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.eventhubs", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the official emulator's Config.json")
    parser.add_argument("--data", type=Path, required=True, help="directory of the logs")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=5672, help="AMQP; 0 takes a free one")
    parser.add_argument("--http-port", type=_port, default=5300, help="health and inspection")
    parser.add_argument("--fsync", action="store_true", help="acknowledge when the disk has it, not the system")
    parser.add_argument("--retention-hours", type=_positive, default=24.0, help="how long events are kept")
    parser.add_argument("--retention-mib", type=_positive, default=1024.0, help="kept for each partition")
    parser.add_argument("--segment-mib", type=_positive, default=16.0, help="size of one file of a log")
    parser.add_argument("--retention-every", type=_positive, default=10.0, help="seconds between its rounds")
    parser.epilog = f"The key of {KEY_NAME} is SAS_KEY_VALUE, or what EVENTHUBS_KEY says."
    return parser


def _port(text: str) -> int:
    if not (text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        hubs=load(arguments.config),
        data=arguments.data,
        host=arguments.host,
        port=arguments.port,
        http_port=arguments.http_port,
        key=os.environ.get("EVENTHUBS_KEY", "SAS_KEY_VALUE"),
        log=LogOptions(
            segment_bytes=int(arguments.segment_mib * _MIB),
            retention_ms=int(arguments.retention_hours * _HOUR_MS),
            retention_bytes=int(arguments.retention_mib * _MIB),
            fsync=arguments.fsync,
        ),
        retention_every=arguments.retention_every,
    )


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Broker(options) as broker:
        names = ", ".join(f"{hub.name} ({hub.partition_count})" for hub in options.hubs)
        logging.getLogger("eventhubs").info(
            "ready on %s:%d, inspection on http://%s:%d/; hubs: %s",
            options.host, broker.port, options.host, broker.http_port, names,
        )  # fmt: skip
        await stop.wait()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"eventhubs: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
