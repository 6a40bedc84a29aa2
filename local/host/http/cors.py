"""Cross-origin requests, as `Host.CORS` of local.settings.json allows them."""

from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins that browsers may call from; `*` is all of them."""

    origins: tuple[str, ...]
    credentials: bool = False

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read responses."""
        return bool(origin) and ("*" in self.origins or origin in self.origins)

    def preflight(self, request: web.BaseRequest) -> web.Response | None:
        """The answer to a preflight request; None when this request is none."""
        origin = request.headers.get("Origin", "")
        method = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or method is None or not self.origins:
            return None
        response = web.Response(status=204)
        if self.allows(origin):
            response.headers["Access-Control-Allow-Methods"] = method
            wanted = request.headers.get("Access-Control-Request-Headers")
            if wanted:
                response.headers["Access-Control-Allow-Headers"] = wanted
        self.decorate(request, response)
        return response

    def decorate(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Add the headers that let the browser hand the response to the page."""
        origin = request.headers.get("Origin", "")
        if not self.allows(origin):
            return
        anyone = "*" in self.origins and not self.credentials
        response.headers["Access-Control-Allow-Origin"] = "*" if anyone else origin
        response.headers.add("Vary", "Origin")
        if self.credentials:
            response.headers["Access-Control-Allow-Credentials"] = "true"
