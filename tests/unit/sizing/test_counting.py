"""What the footprint counts: exchanges that a tap saw on their way."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.sizing import request_units
from local.stack.ports import LOOPBACK, free_ports
from tests.bench.counting import BLOB, COSMOS, QUEUE, count
from tests.bench.tap import Exchange, Tap

DECISIONS = "/dbs/personalization/colls/decisions/docs/"
BODY = json.dumps({"id": "1", "arm": "holdout", "reasons": ["unindexed"]}).encode()


def test_documents_are_counted_by_what_is_done_with_them() -> None:
    """Reads, queries, writes and batches are told apart, and each takes its units."""
    batch = json.dumps(
        [{"operationType": "Upsert", "resourceBody": {"id": "1"}}, {"operationType": "Delete"}]
    ).encode()
    counts = count(
        [
            Exchange(COSMOS, "GET", f"{DECISIONS}1/", charge=1.0, answer=b"x" * 2_048),
            Exchange(COSMOS, "POST", DECISIONS, {"x-ms-documentdb-isquery": "True"}, answer=b"x"),
            Exchange(COSMOS, "POST", DECISIONS, body=BODY),
            Exchange(COSMOS, "POST", DECISIONS, {"x-ms-cosmos-is-batch-request": "True"}, batch),
            Exchange(COSMOS, "GET", "/dbs/personalization/colls/decisions/"),
        ]
    )
    found = {name: (each.count, each.values) for name, each in counts.documents.items()}
    assert found == {"decisions read": (1, 0), "decisions query": (1, 0), "decisions write": (3, 3)}
    written = request_units.write(0, 3) + 2 * request_units.write(0)
    assert counts.units == pytest.approx(request_units.read(2_048) + request_units.query(1) + written)
    assert (counts.told_units, counts.transactions) == (1.0, 1)


def test_what_every_process_reads_is_no_decisions_fault() -> None:
    """Offers are read by each instance now and then: they count apart."""
    query = {"x-ms-documentdb-isquery": "true"}
    counts = count([Exchange(COSMOS, "POST", "/dbs/p/colls/offers/docs/", query, answer=b"x")])
    assert counts.units == 0
    assert counts.shared_units == request_units.query(1)


def test_the_lake_grows_by_its_events_alone() -> None:
    """Manifests and checkpoints are writes too, but they replace one another."""
    counts = count(
        [
            Exchange(BLOB, "PUT", "/account/lake/events/date/file.parquet", body=b"x" * 10),
            Exchange(BLOB, "PUT", "/account/lake/manifest/date.json", body=b"x" * 99),
            Exchange(BLOB, "GET", "/account/lake/manifest/date.json"),
            Exchange(QUEUE, "GET", "/account/user-actions/messages"),
        ]
    )
    assert (counts.blob_writes, counts.blob_reads, counts.queue) == (2, 1, 1)
    assert (counts.lake_files, counts.lake_bytes) == (1, 10)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(body.upper())

    def do_HEAD(self) -> None:
        self._answer(b"not sent")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-ms-request-charge", "2.5")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called in the library
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server that answers in capitals."""
    with ThreadingHTTPServer((LOOPBACK, 0), _Answers) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening.server_port
        listening.shutdown()
        thread.join()


def test_a_tap_changes_nothing_and_remembers_all(server: int) -> None:
    """Answers come through as they are; request, answer and charge are remembered, of HEAD too."""
    [port] = free_ports(1)
    with Tap({"shout": (port, server)}).running() as tap:
        url = f"http://{LOOPBACK}:{port}/some/where?x=1"
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5) as answer:
            assert answer.headers["content-length"] == "8"
        with urllib.request.urlopen(url, b"hello", timeout=5) as answer:
            assert answer.read() == b"HELLO"
        head, post = tap.taken()
        assert not tap.taken()
    assert (head.method, post.method, post.path) == ("HEAD", "POST", ["some", "where"])
    assert (post.service, post.body, post.answer, post.charge) == ("shout", b"hello", b"HELLO", 2.5)
