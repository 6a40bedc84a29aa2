"""The server: listens, answers every request whatever happens, sweeps expired documents, stops on a signal."""

import asyncio
import logging
import signal
import socket
import sqlite3
from typing import Any

from local.cosmos.codec import encode
from local.cosmos.connection import Connection
from local.cosmos.errors import CosmosError
from local.cosmos.routes import answer
from local.cosmos.service import Service
from local.cosmos.sql.errors import QueryError
from local.cosmos.store.store import SWEEP_ROWS, Store
from local.cosmos.wire import Request, Response, json_response

_SWEEP_SECONDS = 2.0

log = logging.getLogger("local.cosmos")


async def serve(service: Service, listener: socket.socket) -> None:
    """Serve on the socket until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    connections: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(lambda request: respond(service, request), connections), sock=listener
    )
    sweeper = asyncio.create_task(_sweep(service.store))
    await stopped.wait()
    server.close()
    sweeper.cancel()
    for connection in list(connections):
        connection.close()


async def _sweep(store: Store) -> None:
    """Remove expired documents bit by bit, so that requests wait milliseconds at most."""
    while True:
        removed = 0
        try:
            removed = store.sweep()
        except sqlite3.Error as error:
            log.error("expired documents stay on the disk for now: %s", error)
        await asyncio.sleep(0.01 if removed == SWEEP_ROWS else _SWEEP_SECONDS)


def respond(service: Service, request: Request) -> Response:
    """Answer a request, whatever happens."""
    try:
        return answer(service, request)
    except CosmosError as error:
        body = {"code": error.code, "message": error.message} | dict(error.details)
        headers = {"x-ms-substatus": str(error.substatus)} if error.substatus else {}
        return json_response(error.status, body, headers)
    except QueryError as error:
        return _refused_query(error)
    except Exception:
        # The stand-in outlives its own mistakes: the client sees a 500, the log says why.
        log.exception("%s /%s failed", request.method, "/".join(request.segments))
        return json_response(500, {"code": "InternalServerError", "message": "The stand-in failed: see its log."})


def _refused_query(error: QueryError) -> Response:
    detail: dict[str, Any] = {"severity": "Error", "code": error.code, "message": error.message}
    if error.start is not None:
        detail["location"] = {"start": error.start, "end": error.end}
    message = encode({"errors": [detail]}).decode()
    return json_response(400, {"code": "BadRequest", "message": message})
