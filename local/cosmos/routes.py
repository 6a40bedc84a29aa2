"""From the path and verb of a request to its handler."""

from local.cosmos.errors import MethodNotAllowedError, NotFoundError, NotSupportedError
from local.cosmos.handlers import account, resources
from local.cosmos.handlers.batches import batch
from local.cosmos.handlers.feeds import change_feed
from local.cosmos.handlers.items import change, create, delete_partition, read
from local.cosmos.handlers.queries import query, query_plan, read_all
from local.cosmos.handlers.statements import is_query
from local.cosmos.service import Service
from local.cosmos.wire import Request, Response, json_response

_UNSUPPORTED = {
    "attachments": "attachments",
    "conflicts": "conflict feeds",
    "permissions": "users and permissions",
    "sprocs": "stored procedures",
    "triggers": "triggers",
    "udfs": "user-defined functions",
    "users": "users and permissions",
    "offers": "throughput",
    "clientencryptionkeys": "client encryption keys",
}


def answer(service: Service, request: Request) -> Response:
    """Answer a request; raises CosmosError or QueryError."""
    match request.segments:
        case ["ready"]:
            return json_response(200, {"status": "ready"})
        case ["_faults"]:
            return account.faults(service, request)
    service.signatures.check(request, service.clock())
    match request.segments:
        case ["dbs", _, "colls", _, "docs", *identifier] if len(identifier) <= 1:
            return service.faults.take() or _documents(service, request, identifier)
        case ["dbs", _, "colls", _, "operations", "partitionkeydelete"] if request.method == "POST":
            return service.faults.take() or delete_partition(service, request)
    return _resources(service, request)


def _resources(service: Service, request: Request) -> Response:
    match request.segments:
        case []:
            return account.account(request)
        case ["dbs"]:
            return resources.databases(service, request)
        case ["dbs", database]:
            return resources.database(service, request, database)
        case ["dbs", database, "colls"]:
            return resources.containers(service, request, database)
        case ["dbs", database, "colls", container]:
            return resources.container(service, request, database, container)
        case ["dbs", database, "colls", container, "pkranges"]:
            return resources.physical_ranges(service, request, database, container)
    for segment in request.segments[::2]:
        if segment in _UNSUPPORTED:
            raise NotSupportedError(f"{_UNSUPPORTED[segment].capitalize()} are not supported by this stand-in.")
    raise NotFoundError(f"There is no resource /{'/'.join(request.segments)[:200]}.")


def _documents(service: Service, request: Request, identifier: list[str]) -> Response:
    if identifier:
        handle = read if request.method == "GET" else change
        return handle(service, request, identifier[0])
    match request.method:
        case "GET":
            return change_feed(service, request) if "a-im" in request.headers else read_all(service, request)
        case "POST":
            return _post(service, request)
    raise MethodNotAllowedError("Documents know GET and POST.")


def _post(service: Service, request: Request) -> Response:
    if request.flag("x-ms-cosmos-is-batch-request"):
        return batch(service, request)
    if request.flag("x-ms-cosmos-is-query-plan-request"):
        return query_plan(service, request)
    if is_query(request):
        return query(service, request)
    return create(service, request)
