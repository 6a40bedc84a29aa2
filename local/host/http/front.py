"""Answers HTTP requests: function routes, the admin API and the limits of host.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from local.host.appsettings import LocalSettings
from local.host.configuration import Configuration
from local.host.errors import BindingError, HostError
from local.host.functions import Function
from local.host.http.admin import Admin
from local.host.http.cors import Cors
from local.host.http.exchange import query_of, request_datum, response_of
from local.host.http.keys import Keys
from local.host.http.router import Router
from local.host.http.throttle import Throttle, TooManyRequestsError
from local.host.invocation import Invocation
from local.host.invoker import Invoker

_RESERVED = ("admin", "runtime")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`extensions.http` of host.json."""

    prefix: str
    custom_headers: Mapping[str, str]
    concurrent: int
    outstanding: int
    body_limit: int
    """Bytes; Azure's own setting `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, 100 MB by default."""

    @classmethod
    def read(cls, configuration: Configuration, environment: Mapping[str, str]) -> Self:
        """Read the options; HostError names a value that is out of range."""
        return cls(
            prefix=configuration.text("extensions:http:routePrefix", "api").strip("/"),
            custom_headers=configuration.section("extensions:http:customHeaders"),
            concurrent=configuration.integer("extensions:http:maxConcurrentRequests", -1, -1),
            outstanding=configuration.integer("extensions:http:maxOutstandingRequests", -1, -1),
            body_limit=_body_limit(environment.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "104857600")),
        )


def _body_limit(text: str) -> int:
    if not text.isdecimal():
        raise HostError(f"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '{text}', not a number of bytes")
    return int(text)


class HttpFront:
    """The HTTP server's one handler."""

    def __init__(
        self, invoker: Invoker, admin: Admin, options: HttpOptions, settings: LocalSettings, keys: Keys | None
    ) -> None:
        self._invoker = invoker
        self._admin = admin
        self._options = options
        self._keys = keys
        self._cors = Cors(settings.cors, settings.cors_credentials)
        self._throttle = Throttle(options.concurrent, options.outstanding)
        self._router = Router()
        self.stopping = False

    def path_of(self, function: Function) -> str:
        """The path of an HTTP function below the host, as a template."""
        route = function.trigger.text("route", function.name) or function.name
        return f"{self._options.prefix}/{route.strip('/')}".strip("/")

    def add(self, function: Function) -> None:
        """Open the route of an HTTP function; BindingError when its template is wrong."""
        path = self.path_of(function)
        if path.split("/")[0].lower() in _RESERVED:
            raise BindingError(f"route '{path}' conflicts with the host's own routes")
        methods = frozenset(method.upper() for method in function.trigger.texts("methods"))
        self._router.add(path, methods, function)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        response = self._cors.preflight(request)
        if response is not None:
            return response
        try:
            response = await self._answer(request)
        except TooManyRequestsError:
            response = web.Response(status=429)
        except web.HTTPRequestEntityTooLarge:
            response = web.Response(status=413)
        for name, value in self._options.custom_headers.items():
            response.headers.setdefault(name, value)
        self._cors.decorate(request, response)
        return response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if self.stopping:
            return web.Response(status=503)
        path = request.rel_url.raw_path
        query = query_of(request)
        key = request.headers.get("x-functions-key") or query.get("code") or ""
        if path.lower().startswith("/admin/"):
            allowed = self._keys is None or self._keys.allow_admin(key)
            return await self._admin.answer(request, allowed)
        found = self._router.find(request.method, path)
        if found is None:
            home = path == "/" and request.method == "GET"
            return web.Response(text="The functions host is running.\n") if home else web.Response(status=404)
        function, parameters = found
        if self._keys is not None and not self._keys.allow(key, function):
            return web.Response(status=401)
        async with self._throttle:
            return await self._call(request, function, query, parameters)

    async def _call(
        self, request: web.BaseRequest, function: Function, query: Mapping[str, str], parameters: Mapping[str, str]
    ) -> web.Response:
        body = await request.read() if request.can_read_body else b""
        invocation = Invocation(
            function,
            request_datum(request, body, query, parameters),
            reason=f"{request.method} /{self.path_of(function)}",  # not the path, which may name somebody
            binding_data={**query, "query": query, "headers": request.headers, **parameters},
            trace_parent=request.headers.get("traceparent", ""),
        )
        return response_of(function, await self._invoker.execute(invocation))


class HttpServer:
    """The front on its port."""

    def __init__(self, front: HttpFront, body_limit: int) -> None:
        self._body_limit = body_limit
        # Bodies arrive as they were sent: unpacking a Content-Encoding is the function's business.
        server = web.Server(front.handle, access_log=None, request_factory=self._request, auto_decompress=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)

    def _request(self, *parts: Any) -> web.BaseRequest:
        """aiohttp's request with our own limit of its body."""
        message, payload, protocol, writer, task = parts
        loop = protocol._loop
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=self._body_limit)

    async def start(self, address: str, port: int) -> int:
        """Listen and return the port (a free one when port is 0); OSError when it is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, address, port, backlog=1024)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and all connections."""
        await self._runner.cleanup()
