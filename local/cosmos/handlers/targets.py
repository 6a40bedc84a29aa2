"""Which container, partition key and physical range a request about documents means."""

from local.cosmos.errors import BadRequestError, ContainerReplacedError, NotFoundError, OwnerNotFoundError
from local.cosmos.partitioning import EVERYTHING, EpkRange, PartitionKey
from local.cosmos.service import Service
from local.cosmos.store.resources import Container
from local.cosmos.wire import Request


def container_of(service: Service, request: Request) -> Container:
    """The container of the path; raises OwnerNotFoundError or ContainerReplacedError."""
    _, database, _, identifier, *_ = request.segments
    try:
        container = service.catalog.container(database, identifier)
    except NotFoundError as error:
        raise OwnerNotFoundError(error.message) from None
    intended = request.header("x-ms-cosmos-intended-collection-rid")
    if intended is not None and intended != container.rid:
        raise ContainerReplacedError(f"Collection rid mismatch: the container '{identifier}' was made again.")
    return container


def key_of(container: Container, request: Request) -> PartitionKey | None:
    """The partition key of the header, if there is one; raises BadRequestError."""
    header = request.header("x-ms-documentdb-partitionkey")
    return None if header is None else container.partition_key.of_header(header)


def range_id_of(service: Service, request: Request) -> int | None:
    """The physical range of the header, if there is one; raises BadRequestError."""
    header = request.header("x-ms-documentdb-partitionkeyrangeid")
    if header is None:
        return None
    # The Java SDK sends "<container rid>,<id>".
    text = header.rpartition(",")[2]
    if not text.isdecimal() or int(text) >= len(service.ranges.ranges):
        raise BadRequestError(f"There is no partition key range '{header}'.")
    return int(text)


def bounds_of(service: Service, request: Request) -> EpkRange:
    """Effective keys that the headers limit the request to: a physical range, a part of it, or everything."""
    range_id = range_id_of(service, request)
    bounds = EVERYTHING if range_id is None else service.bounds(range_id)
    low, high = request.headers.get("x-ms-start-epk"), request.headers.get("x-ms-end-epk")
    return bounds if low is None or high is None else bounds.within(EpkRange(low, high))
