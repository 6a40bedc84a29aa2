"""The change feed: latest versions of documents, in the order in which they were written."""

from email.utils import parsedate_to_datetime

from local.cosmos.errors import BadRequestError, NotSupportedError
from local.cosmos.handlers.pages import Page, page_limit
from local.cosmos.handlers.targets import bounds_of, container_of, key_of, range_id_of
from local.cosmos.partitioning import ranges_of
from local.cosmos.service import Service
from local.cosmos.wire import Request, Response, listing


def change_feed(service: Service, request: Request) -> Response:
    """Changes after the ETag of If-None-Match, since If-Modified-Since, or from the beginning; 304 for none."""
    if request.headers["a-im"].lower() != "incremental feed":
        raise NotSupportedError(f"Change feed mode '{request.headers['a-im']}' is not supported by this stand-in.")
    container = container_of(service, request)
    key = key_of(container, request)
    bounds = bounds_of(service, request) if key is None else ranges_of(key)
    since, page = _modified_since(request), Page(page_limit(request))
    last = service.store.lsn
    read = _start(service, request)
    for record in service.store.changes(container, read):
        wanted = bounds.holds(record.epk) and (since == 0 or record.document["_ts"] >= since)
        if wanted and not page.add(b'%s,"_lsn":%d}' % (record.body[:-1], record.lsn)):
            last = read
            break
        read = record.lsn
    headers = service.document_headers(container, range_id_of(service, request) or service.ranges.holding(bounds.low))
    headers["etag"] = f'"{last}"'
    if not page.items:
        return Response(304, headers=headers)
    return listing(container.rid, "Documents", page.items, headers)


def _start(service: Service, request: Request) -> int:
    """Log sequence number after which to read."""
    etag = request.header("if-none-match")
    if etag is None:
        return 0
    if etag == "*":
        return service.store.lsn
    digits: str = etag.strip('"')
    if not digits.isdecimal():
        raise BadRequestError(f"The change feed continuation '{etag[:40]}' is invalid.")
    return int(digits)


def _modified_since(request: Request) -> int:
    header = request.header("if-modified-since")
    if header is None:
        return 0
    try:
        return int(parsedate_to_datetime(header).timestamp())
    except (ValueError, OverflowError):
        raise BadRequestError(f"If-Modified-Since '{header[:40]}' is no date.") from None
