"""The host: loads an app, listens for its triggers and stops in good order."""

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.appsettings import LocalSettings, is_disabled
from local.host.assembly import Assembly
from local.host.blocking import BlockingWatch
from local.host.configuration import Configuration
from local.host.errors import BindingError, HostError
from local.host.extension import Surroundings
from local.host.functions import Function
from local.host.http.admin import Admin
from local.host.http.exchange import invocation_by_hand
from local.host.http.front import HttpFront, HttpOptions, HttpServer
from local.host.http.keys import Keys
from local.host.invoker import Invoker
from local.host.listener import Listener
from local.host.logs import STARTUP
from local.host.worker import Worker

log = logging.getLogger("host")


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What the command line says."""

    app: Path
    address: str
    port: int
    only: frozenset[str]
    """Names of the functions to run; empty is all."""
    enable_auth: bool
    state: Path
    """Folder of what the host itself keeps."""
    queue_lease: float
    """Seconds that a message is hidden while its function runs."""
    grace: float
    """Seconds that running invocations get when the host stops."""


class Host:
    """One function app on one port."""

    def __init__(
        self, options: HostOptions, configuration: Configuration, local: LocalSettings, environment: Mapping[str, str]
    ) -> None:
        self._options = options
        self._environment = environment
        self._id = environment.get("AzureFunctionsWebHost__hostid") or _host_id(options.app)
        self._state, self._started = "Initialized", time.monotonic()
        self._listeners: dict[str, Listener] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._worker = Worker(options.app)
        self._invoker = Invoker(self._worker, _timeout(configuration))
        self._assembly = Assembly(
            Surroundings(self._invoker, configuration, environment, self._id, options.queue_lease)
        )
        http = HttpOptions.read(configuration, environment)
        keys = Keys.load(options.state / "keys.json") if options.enable_auth else None
        self._front = HttpFront(self._invoker, Admin(self), http, local, keys)
        self._server = HttpServer(self._front, http.body_limit)
        self._watch = BlockingWatch()
        self._url = ""
        self.functions: Mapping[str, Function] = {}
        self.errors: dict[str, str] = {}
        self.disabled: frozenset[str] = frozenset()

    @property
    def status(self) -> dict[str, object]:
        """Id, state, version and uptime (milliseconds) of the host."""
        return {
            "id": self._id,
            "state": self._state,
            "version": "4.0.0",
            "instanceId": uuid.uuid5(uuid.NAMESPACE_URL, f"{self._id}{self._started}").hex,
            "processUptime": int((time.monotonic() - self._started) * 1000),
        }

    def url_of(self, function: Function) -> str | None:
        """The address of an HTTP function; None for every other one."""
        return f"{self._url}/{self._front.path_of(function)}" if function.trigger.kind == "httptrigger" else None

    async def start(self) -> None:
        """Load the app, open the port and start all listeners; HostError when that is not possible."""
        loaded = await self._worker.start()
        self._select(loaded)
        for function in self.functions.values():
            try:
                self._prepare(function)
            except BindingError as error:
                self.errors[function.name] = str(error)
                log.error("%s is in error: %s", function.name, error)
        await self._listen()
        self._watch.start(asyncio.get_running_loop())
        for name, listener in self._listeners.items():
            self._spawn(listener.run(), name)
        self._state = "Running"
        self._announce()

    async def stop(self) -> bool:
        """Let running invocations finish, then close; False when some did not finish in time."""
        self._state = "Stopping"
        self._front.stopping = True
        log.info("stopping")
        stops = [asyncio.create_task(listener.stop()) for listener in self._listeners.values()]
        drained = await self._drain(stops)
        await _cancel([*self._tasks, *stops])
        await self._server.stop()
        await self._assembly.close()
        self._watch.stop()
        if drained:
            self._worker.stop()
        return drained

    def invoke_by_hand(self, function: Function, text: str) -> None:
        """Start the function in the background with this input."""
        listener = self._listeners.get(function.name)
        if listener is not None:
            self._spawn(listener.invoke_by_hand(text), function.name)
        else:
            self._spawn(self._invoker.execute(invocation_by_hand(function, text, self._url)), function.name)

    async def _drain(self, stops: list[asyncio.Task[None]]) -> bool:
        """Wait for listeners and then for all invocations; False when the time of grace is over."""
        deadline = time.monotonic() + self._options.grace
        if stops:
            await asyncio.wait(stops, timeout=self._options.grace)
        finished = await self._invoker.drain(max(0.0, deadline - time.monotonic()))
        return finished and all(stop.done() for stop in stops)

    def _select(self, loaded: tuple[Function, ...]) -> None:
        only = self._options.only
        unknown = only - {function.name for function in loaded}
        if unknown:
            raise HostError(f"--functions names what the app does not have: {', '.join(sorted(unknown))}")
        self.functions = {function.name: function for function in loaded if not only or function.name in only}
        self.disabled = frozenset(name for name in self.functions if is_disabled(name, self._environment))

    def _prepare(self, function: Function) -> None:
        outputs = self._assembly.outputs(function)
        self._invoker.register(function, outputs)
        if function.retry and function.trigger.kind in ("httptrigger", "queuetrigger"):
            log.warning("%s: its retry policy has no effect on this trigger, as in Azure", function.name)
        if function.name in self.disabled:
            return
        if function.trigger.kind == "httptrigger":
            self._front.add(function)
        else:
            self._listeners[function.name] = self._assembly.listener(function)

    async def _listen(self) -> None:
        address, port = self._options.address, self._options.port
        try:
            port = await self._server.start(address, port)
        except OSError as error:
            raise HostError(f"cannot listen on {address}:{port} ({error.strerror}); choose another --port") from error
        self._url = f"http://{address}:{port}"

    def _spawn(self, work: Coroutine[object, object, object], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s: its listener has stopped", task.get_name(), exc_info=task.exception())

    def _announce(self) -> None:
        for function in self.functions.values():
            if function.name in self.errors:
                state = "in error"
            elif function.name in self.disabled:
                state = "disabled"
            else:
                url = self.url_of(function)
                methods = ",".join(function.trigger.texts("methods")) or "*"
                state = f"{methods} {url}" if url else function.trigger.text("type")
            log.log(STARTUP, "  %s: %s", function.name, state)
        log.log(STARTUP, "%d functions on %s", len(self.functions), self._url)


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel tasks and give them a moment to clean up, but no more than that."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=1.0)


def _timeout(configuration: Configuration) -> float | None:
    """functionTimeout in seconds; 30 minutes by default, none for -1."""
    if configuration.text("functionTimeout", "") in ("-1", "-00:00:01"):
        return None
    return configuration.seconds("functionTimeout", 1800.0)


def _host_id(app: Path) -> str:
    """The same id for the same folder: state in storage is kept under it."""
    return "local-" + hashlib.sha256(str(app).encode()).hexdigest()[:24]
