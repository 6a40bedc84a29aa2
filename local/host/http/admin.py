"""The admin API: status, the list of functions and calls by hand."""

import json
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from local.host.functions import Function


class Administered(Protocol):
    """What the admin API shows and starts."""

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions by name."""
        ...

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong with the functions that cannot run."""
        ...

    @property
    def disabled(self) -> frozenset[str]:
        """The names of the functions that a setting has switched off."""
        ...

    @property
    def status(self) -> dict[str, object]:
        """Id, state, version and uptime of the host."""
        ...

    def url_of(self, function: Function) -> str | None:
        """The address of an HTTP function; None for every other one."""
        ...

    def invoke_by_hand(self, function: Function, text: str) -> None:
        """Start the function in the background with this input."""
        ...


class Admin:
    """Answers everything below /admin."""

    def __init__(self, host: Administered) -> None:
        self._host = host

    async def answer(self, request: web.BaseRequest, allowed: bool) -> web.Response:
        """Answer one request of a caller that may or may not use the admin API; ping is open to all."""
        parts = request.rel_url.raw_path.lower().strip("/").split("/")[1:] or [""]
        if parts == ["host", "ping"]:
            return web.Response()
        if not allowed:
            return web.Response(status=401)
        if not _is_from_here(request):
            return web.Response(status=403)
        handler = self._handlers().get((request.method, parts[0], len(parts)))
        if handler is None or (parts[0] == "host" and parts[1:] != ["status"]):
            return web.Response(status=404)
        return await handler(request, parts[1:])

    def _handlers(
        self,
    ) -> dict[tuple[str, str, int], Callable[[web.BaseRequest, list[str]], Awaitable[web.Response]]]:
        """By method, first part of the path and number of parts."""
        return {
            ("GET", "host", 2): self._status,
            ("GET", "functions", 1): self._list,
            ("GET", "functions", 2): self._show,
            ("GET", "functions", 3): self._function_status,
            ("POST", "functions", 2): self._invoke,
        }

    async def _status(self, _request: web.BaseRequest, _parts: list[str]) -> web.Response:
        about = {"computerName": platform.node(), "processId": os.getpid()}
        return web.json_response(self._host.status | about)

    async def _list(self, request: web.BaseRequest, _parts: list[str]) -> web.Response:
        return web.json_response([self._describe(request, function) for function in self._host.functions.values()])

    async def _show(self, request: web.BaseRequest, parts: list[str]) -> web.Response:
        function = self._find(parts[0])
        return web.Response(status=404) if function is None else web.json_response(self._describe(request, function))

    async def _function_status(self, _request: web.BaseRequest, parts: list[str]) -> web.Response:
        function = self._find(parts[0])
        if function is None or parts[1] != "status":
            return web.Response(status=404)
        error = self._host.errors.get(function.name)
        return web.json_response({"errors": [error]} if error else {})

    async def _invoke(self, request: web.BaseRequest, parts: list[str]) -> web.Response:
        function = self._find(parts[0])
        if function is None or function.name in self._host.errors:
            return web.Response(status=404)
        try:
            document = json.loads(await request.read() or b"{}")
        except ValueError:
            document = None
        if not isinstance(document, dict):
            return web.Response(status=400, text='send a JSON object such as {"input": "..."}\n')
        given = document.get("input", "")
        self._host.invoke_by_hand(function, given if isinstance(given, str) else json.dumps(given))
        return web.Response(status=202)

    def _find(self, name: str) -> Function | None:
        return next((function for key, function in self._host.functions.items() if key.lower() == name), None)

    def _describe(self, request: web.BaseRequest, function: Function) -> dict[str, Any]:
        bindings = [dict(binding.properties) for binding in function.bindings]
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": function.name in self._host.disabled,
            "href": f"{request.scheme}://{request.host}/admin/functions/{function.name}",
            "invoke_url_template": self._host.url_of(function),
            "config": {"name": function.name, "scriptFile": function.script, "bindings": bindings},
        }


def _is_from_here(request: web.BaseRequest) -> bool:
    """Whether no web page of another site sends the request: it could start functions otherwise."""
    origin = request.headers.get("Origin")
    own = origin is None or urlsplit(origin).netloc == request.headers.get("Host")
    name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    # A name other than localhost may be a site's that resolves to this machine.
    return own and (name == "localhost" or _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
