"""Requests about databases, containers and physical ranges."""

from typing import Any

from local.cosmos.codec import encode
from local.cosmos.errors import MethodNotAllowedError
from local.cosmos.handlers.statements import Statement, is_query
from local.cosmos.service import Service
from local.cosmos.wire import Request, Response, json_response, listing


def databases(service: Service, request: Request) -> Response:
    """List, query or create databases."""
    bodies = [database.body for database in service.catalog.databases()]
    match request.method:
        case "GET":
            return listing("", "Databases", list(map(encode, bodies)), {})
        case "POST" if is_query(request):
            return listing("", "Databases", _query(request, bodies), {})
        case "POST":
            return _resource(201, service.catalog.create_database(request.json()).body)
    raise MethodNotAllowedError("Databases know GET and POST.")


def database(service: Service, request: Request, identifier: str) -> Response:
    """Read or delete a database."""
    match request.method:
        case "GET":
            return _resource(200, service.catalog.database(identifier).body)
        case "DELETE":
            service.catalog.delete_database(identifier)
            return Response(204)
    raise MethodNotAllowedError("A database knows GET and DELETE.")


def containers(service: Service, request: Request, owner: str) -> Response:
    """List, query or create containers."""
    bodies = [container.body for container in service.catalog.containers(owner)]
    rid = service.catalog.database(owner).rid
    match request.method:
        case "GET":
            return listing(rid, "DocumentCollections", list(map(encode, bodies)), {})
        case "POST" if is_query(request):
            return listing(rid, "DocumentCollections", _query(request, bodies), {})
        case "POST":
            return _resource(201, service.catalog.create_container(owner, request.json()).body)
    raise MethodNotAllowedError("Containers know GET and POST.")


def container(service: Service, request: Request, owner: str, identifier: str) -> Response:
    """Read, replace or delete a container."""
    match request.method:
        case "GET":
            return _resource(200, service.catalog.container(owner, identifier).body)
        case "PUT":
            return _resource(200, service.catalog.replace_container(owner, identifier, request.json()).body)
        case "DELETE":
            service.catalog.delete_container(owner, identifier)
            return Response(204)
    raise MethodNotAllowedError("A container knows GET, PUT and DELETE.")


def physical_ranges(service: Service, request: Request, owner: str, identifier: str) -> Response:
    """List the physical ranges; they never change, so any ETag that the client has is the latest."""
    etag = '"ranges-1"'
    rid = service.catalog.container(owner, identifier).rid
    if request.header("if-none-match"):
        return Response(304, headers={"etag": etag})
    share = 1 / len(service.ranges.ranges)
    ranges: list[bytes] = [
        encode(
            {
                "id": str(index),
                "minInclusive": bounds.low,
                "maxExclusive": bounds.high,
                "_rid": f"{rid}{index}",
                "_self": "",
                "_etag": etag,
                "ridPrefix": index,
                "throughputFraction": share,
                "status": "online",
                "parents": [],
                "_ts": 0,
                "_lsn": 1,
            }
        )
        for index, bounds in enumerate(service.ranges.ranges)
    ]
    return listing(rid, "PartitionKeyRanges", ranges, {"etag": etag})


def _resource(status: int, body: dict[str, Any]) -> Response:
    return json_response(status, body, {"etag": body["_etag"]})


def _query(request: Request, bodies: list[dict[str, Any]]) -> list[bytes]:
    statement = Statement.parse(request)
    return [encode(found) for found in statement.query.run(bodies, statement.parameters)]
