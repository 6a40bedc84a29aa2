"""Queue functions on a running host, against Azurite."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient

from local.stack.process import Process
from tests.integration.host.running import RunningApp, bodies, queue_exists, running_app, until, write_app

APP = """
    @app.queue_trigger("message", "%Prefix%-work", "AzureWebJobsStorage")
    async def work(message: func.QueueMessage) -> None:
        body = message.get_body().decode()
        logging.info("working on %s (%s of %s)", body, message.dequeue_count, message.id)
        if "fails" in body:
            raise ValueError(body)

    @app.queue_trigger("message", "%Prefix%-first", "Other")
    @app.queue_output("$return", "%Prefix%-{kind}", "Other")
    def first(message: func.QueueMessage) -> str:
        return message.get_json()["text"]

    @app.route("send")
    @app.queue_output("out", "%Prefix%-sent", "AzureWebJobsStorage")
    @app.queue_output("two", "%Prefix%-two", "AzureWebJobsStorage")
    def send(req: func.HttpRequest, out: func.Out[typing.List[str]], two: func.Out[str]) -> str:
        out.set(["a", "b" * int(req.params.get("length", 1))])
        two.set('[1, {"x": 2}]')
        return "sent"

    @app.queue_trigger("message", "%Prefix%-hidden", "AzureWebJobsStorage")
    def hidden(message: func.QueueMessage) -> None:
        logging.info("hidden %s", message.dequeue_count)
        if message.dequeue_count == 1:
            raise ValueError("once")

    @app.queue_trigger("message", "%Prefix%-raw", "AzureWebJobsStorage", data_type="binary")
    def raw(message: func.QueueMessage) -> None:
        logging.info("raw %s", message.get_body().hex())

    @app.queue_trigger("message", "%Prefix%-retried", "AzureWebJobsStorage")
    @app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")
    def retried(message: func.QueueMessage) -> None:
        pass

    @app.queue_trigger("message", "x", "Missing")
    def unconfigured(message: func.QueueMessage) -> None:
        pass
"""
HOST = {"extensions": {"queues": {"maxPollingInterval": "00:00:00.2", "visibilityTimeout": "00:00:01"}}}
PREFIX = f"host{time.time_ns()}"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, azurite: Process) -> Iterator[RunningApp]:
    """One app with many queue functions; `Other` is found as `AzureWebJobsOther`."""
    folder = write_app(tmp_path_factory.mktemp("queues"), APP, HOST)
    storage = azurite.connection
    settings = {"AzureWebJobsStorage": storage, "AzureWebJobsOther": storage, "Prefix": PREFIX}
    with running_app(folder, settings) as running:
        yield running


def queue(azurite: Process, name: str) -> QueueClient:
    return QueueClient.from_connection_string(azurite.connection, f"{PREFIX}-{name}")


def put(client: QueueClient, body: bytes) -> str:
    """Put a message as another Azure service would; its id."""
    return str(client.send_message(base64.b64encode(body).decode()).id)


def decoded(client: QueueClient) -> list[str]:
    return [base64.b64decode(content).decode() for content in bodies(client)]


def test_queues_are_created_at_start(app: RunningApp, azurite: Process) -> None:
    """Nobody has to create a queue before the first message."""
    until(lambda: queue_exists(queue(azurite, "work")), app.log)


def test_a_message_is_executed_once_and_deleted(app: RunningApp, azurite: Process) -> None:
    """The function sees body, id and dequeue count, and the message is gone afterwards."""
    client = queue(azurite, "work")
    until(lambda: queue_exists(client), app.log)
    message = put(client, "gr\u00fc\u00dfe".encode())
    app.wait_for(f"working on gr\u00fc\u00dfe (1 of {message})")
    until(lambda: client.get_queue_properties().approximate_message_count == 0, app.log)


def test_a_message_that_keeps_failing_ends_in_the_poison_queue(app: RunningApp, azurite: Process) -> None:
    """After five attempts, with visibilityTimeout between them, the original body is in the poison queue."""
    client, poison = queue(azurite, "work"), queue(azurite, "work-poison")
    until(lambda: queue_exists(client), app.log)
    message = put(client, b'{"fails": "always"}')
    until(lambda: '{"fails": "always"}' in (decoded(poison) if queue_exists(poison) else []), app.log)
    assert app.log().count(f"of {message})") == 5
    assert f"(5 of {message})" in app.log()


def test_what_is_no_base64_goes_straight_to_the_poison_queue(app: RunningApp, azurite: Process) -> None:
    """The function never sees it, and its text stays as it was sent."""
    client, poison = queue(azurite, "work"), queue(azurite, "work-poison")
    until(lambda: queue_exists(client), app.log)
    client.send_message("not base64!")
    until(lambda: "not base64!" in bodies(poison), app.log)
    assert "working on not base64!" not in app.log()


def test_an_output_queue_may_be_named_by_the_message(app: RunningApp, azurite: Process) -> None:
    """`{kind}` is a member of the message, and the queue is created when it is missing."""
    client, target = queue(azurite, "first"), queue(azurite, "letters")
    until(lambda: queue_exists(client), app.log)
    put(client, json.dumps({"kind": "letters", "text": "plain"}).encode())
    put(client, json.dumps({"kind": "letters", "text": '["x", {"y": 1}]'}).encode())
    until(lambda: sorted(decoded(target)) == ["plain", "x", '{"y":1}'], app.log)


def test_a_missing_member_fails_the_message(app: RunningApp, azurite: Process) -> None:
    """The log names the member that the output's queue name needs."""
    client = queue(azurite, "first")
    until(lambda: queue_exists(client), app.log)
    put(client, b'{"text": "nowhere"}')
    app.wait_for("no value for named parameter 'kind'")


def test_lists_become_messages(app: RunningApp, azurite: Process) -> None:
    """One message for each element of a list, and for each of a text that looks like one."""
    assert app.get("/api/send").body == b"sent"
    assert sorted(decoded(queue(azurite, "sent"))) == ["a", "b"]
    assert sorted(decoded(queue(azurite, "two"))) == ["1", '{"x":2}']


def test_a_message_over_64_kib_fails_the_invocation(app: RunningApp) -> None:
    """The limit counts the encoded message, as in Azure: 48 KiB of body."""
    assert app.get(f"/api/send?length={48 * 1024}").status == 200
    assert app.get(f"/api/send?length={48 * 1024 + 1}").status == 500
    app.wait_for("a queue takes 65536")


def test_a_failed_message_stays_hidden_for_a_while(app: RunningApp, azurite: Process) -> None:
    """visibilityTimeout passes before a failed message comes again."""
    client = queue(azurite, "hidden")
    until(lambda: queue_exists(client), app.log)
    sent = time.monotonic()
    put(client, b"x")
    app.wait_for("hidden 2")
    assert time.monotonic() - sent >= 0.9


def test_binary_messages_arrive_as_bytes(app: RunningApp, azurite: Process) -> None:
    """With dataType binary nothing is decoded."""
    client = queue(azurite, "raw")
    until(lambda: queue_exists(client), app.log)
    put(client, b"\x00\xff\xfe")
    app.wait_for("raw 00fffe")


def test_a_queue_function_can_be_called_by_hand(app: RunningApp) -> None:
    """POST /admin/functions/<name> runs it with the given text and touches no queue."""
    assert app.request("POST", "/admin/functions/work", b'{"input": "by hand"}').status == 202
    app.wait_for("working on by hand (1 of )")


def test_problems_of_single_functions_are_named(app: RunningApp) -> None:
    """A missing connection puts one function in error; a retry policy without effect is a warning."""
    assert "unconfigured is in error: connection setting 'Missing' is missing" in app.log()
    assert "retried: its retry policy has no effect on this trigger" in app.log()


def test_without_encoding_messages_are_plain_text(tmp_path: Path, azurite: Process) -> None:
    """messageEncoding none reads and writes text as it is."""
    code = """
        @app.queue_trigger("message", "%Prefix%-plain", "AzureWebJobsStorage")
        @app.queue_output("$return", "%Prefix%-plain-out", "AzureWebJobsStorage")
        async def plain(message: func.QueueMessage) -> str:
            return message.get_body().decode().upper()
    """
    host = {"extensions": {"queues": {"messageEncoding": "none", "maxPollingInterval": "00:00:00.2"}}}
    source, target = queue(azurite, "plain"), queue(azurite, "plain-out")
    source.create_queue()
    source.send_message("hello, not base64!")
    with running_app(write_app(tmp_path, code, host), {"AzureWebJobsStorage": azurite.connection, "Prefix": PREFIX}):
        until(lambda: bodies(target) == ["HELLO, NOT BASE64!"], lambda: "no message came out")
