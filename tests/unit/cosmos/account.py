"""An account in this process: requests go straight to the handlers, signed as an SDK signs them."""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.cosmos.auth import EMULATOR_KEY, Signatures, signing_text
from local.cosmos.partitioning import PhysicalRanges
from local.cosmos.server import respond
from local.cosmos.service import Service
from local.cosmos.store.catalog import Catalog
from local.cosmos.store.store import Store
from local.cosmos.wire import Request, Response


class Clock:
    """Seconds since 1970 that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Account:
    """A service with a clock of its own, and one database `shop`."""

    service: Service
    clock: Clock

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str = EMULATOR_KEY,
    ) -> Response:
        """Send a signed request; a `bytes` body goes as it is."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        dated = {"x-ms-date": formatdate(self.clock.now, usegmt=True)} | dict(headers or {})
        request = Request(method, "http://localhost", [part for part in path.split("/") if part], dated, content)
        digest = hmac.digest(base64.b64decode(key), signing_text(request).encode(), "sha256")
        token = quote(f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}", safe="")
        signed = Request(method, request.origin, request.segments, {"authorization": token} | dated, content)
        return respond(self.service, signed)

    def container(self, name: str = "items", **settings: Any) -> str:
        """Make a container (partition key /pk unless said otherwise); gives the path of its documents."""
        settings.setdefault("partitionKey", {"paths": ["/pk"]})
        assert self.send("POST", "/dbs/shop/colls", {"id": name} | settings).status == 201
        return f"/dbs/shop/colls/{name}/docs"

    def upsert(self, docs: str, *documents: Mapping[str, Any]) -> None:
        """Store documents."""
        for document in documents:
            response = self.send("POST", docs, document, {"x-ms-documentdb-is-upsert": "True"})
            assert response.status in (200, 201), response.body

    def query(self, docs: str, text: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> Response:
        """Send a query; headers default to allowing several partitions."""
        given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
        standard = {"x-ms-documentdb-isquery": "True", "x-ms-documentdb-query-enablecrosspartition": "True"}
        return self.send("POST", docs, {"query": text, "parameters": given}, standard | dict(headers or {}))


@contextmanager
def opened(folder: Path, ranges: int = 3, cache_bytes: int = 1 << 20) -> Iterator[Account]:
    """An account that keeps its data in the folder."""
    clock = Clock()
    store = Store(folder / "cosmos.sqlite", cache_bytes, clock)
    try:
        service = Service(store, Catalog(store), Signatures(EMULATOR_KEY), PhysicalRanges.make(ranges), clock=clock)
        account = Account(service, clock)
        if not service.catalog.databases():
            account.send("POST", "/dbs", {"id": "shop"})
        yield account
    finally:
        store.close()


def documents(response: Response) -> list[Any]:
    """The documents of a page, without what the service adds to each."""
    page = json.loads(response.body)
    assert response.status == 200, page
    return [plain(document) for document in page["Documents"]]


def plain(value: Any) -> Any:
    """A document without system properties."""
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if not name.startswith("_")}


def partition(value: Any) -> dict[str, str]:
    """The header that names a partition key."""
    return {"x-ms-documentdb-partitionkey": json.dumps([value])}
