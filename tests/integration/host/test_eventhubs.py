"""Event hub functions on a running host, against the local Event Hubs."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.eventhub import EventData, EventHubProducerClient
from azure.storage.blob import ContainerClient

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.integration.host.running import RunningApp, running_app, write_app

CONFIG = {
    "UserConfig": {
        "NamespaceConfig": [
            {
                "Type": "EventHub",
                "Name": "emulatorNs1",
                "Entities": [
                    {"Name": name, "PartitionCount": "2", "ConsumerGroups": [{"Name": "singles"}]}
                    for name in ("in", "out", "flow", "late", "few")
                ],
            }
        ],
        "LoggingConfig": {"Type": "File"},
    }
}
APP = """
    @app.event_hub_message_trigger(arg_name="events", event_hub_name="in", connection="Hubs", cardinality="many")
    async def batches(events: typing.List[func.EventHubEvent]) -> None:
        metadata = events[0].metadata
        assert len(metadata["SystemPropertiesArray"]) == len(metadata["PropertiesArray"]) == len(events)
        for event in events:
            logging.info("batch %s key %s", event.get_body().decode(), event.partition_key)
        if any(b"fails" in event.get_body() for event in events):
            raise ValueError("fails")

    @app.event_hub_message_trigger(
        arg_name="event", event_hub_name="in", connection="Hubs", cardinality="one", consumer_group="singles")
    @app.event_hub_output(arg_name="$return", event_hub_name="out", connection="Hubs")
    @app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="00:00:00")
    def singles(event: func.EventHubEvent) -> str:
        logging.info("single %s source %s", event.get_body().decode(), event.metadata["Properties"].get("source"))
        if b"fails" in event.get_body():
            raise ValueError("fails")
        return "copy of " + event.get_body().decode()

    @app.event_hub_message_trigger(arg_name="event", event_hub_name="out", connection="Hubs", cardinality="one")
    def copies(event: func.EventHubEvent) -> None:
        assert event.sequence_number is not None and event.offset is not None and event.enqueued_time is not None
        logging.info("got %s", event.get_body().decode())

    @app.route("publish", methods=["POST"])
    @app.event_hub_output(arg_name="out", event_hub_name="out", connection="Hubs")
    async def publish(req: func.HttpRequest, out: func.Out[str]) -> str:
        out.set(req.get_body().decode())
        return "published"
"""
HOST = {"extensions": {"eventHubs": {"loadBalancingUpdateInterval": "00:00:01", "maxEventBatchSize": 10}}}


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Event hubs of this module's own."""
    folder = tmp_path_factory.mktemp("hubs")
    (folder / "Config.json").write_text(json.dumps(CONFIG))
    port, http_port = free_ports(2)
    with running(services.eventhubs(folder / "data", folder / "Config.json", port, http_port)) as process:
        yield process


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, hubs: Process, azurite: Process) -> Iterator[RunningApp]:
    """One app with triggers of both cardinalities and outputs."""
    folder = write_app(tmp_path_factory.mktemp("events"), APP, HOST)
    with running_app(folder, {"AzureWebJobsStorage": azurite.connection, "Hubs": hubs.connection}) as running_host:
        yield running_host


def publish(hubs: Process, hub: str, *bodies: str, key: str | None = None) -> None:
    """Send events as any other application would."""
    with EventHubProducerClient.from_connection_string(hubs.connection, eventhub_name=hub) as producer:
        batch = producer.create_batch(partition_key=key)
        for body in bodies:
            event = EventData(body)
            event.properties = {"source": "test"}
            batch.add(event)
        producer.send_batch(batch)


def test_batches_and_single_events_arrive(app: RunningApp, hubs: Process) -> None:
    """Body, partition key and properties; what a function returns goes to the next hub."""
    publish(hubs, "in", "alpha", "beta", key="shopper")
    app.wait_for("batch alpha key shopper")
    app.wait_for("batch beta key shopper")
    app.wait_for("single alpha source test")
    app.wait_for("got copy of beta")


def test_a_text_that_looks_like_a_list_becomes_events(app: RunningApp) -> None:
    """One event for each element."""
    assert app.request("POST", "/api/publish", '["x1", {"y": 1}]').body == b"published"
    app.wait_for("got x1")
    app.wait_for('got {"y":1}')


def test_an_event_over_the_limit_fails_the_invocation(app: RunningApp) -> None:
    """The log says how large it is; the next event goes through."""
    assert app.request("POST", "/api/publish", "z" * 1_100_000).status == 500
    app.wait_for("is too large for 'out'")
    assert app.request("POST", "/api/publish", "small enough").body == b"published"
    app.wait_for("got small enough")


def test_a_failing_event_does_not_stop_its_partition(app: RunningApp, hubs: Process) -> None:
    """The retry policy is used up, then the next event comes: as on Azure the checkpoint moves."""
    publish(hubs, "in", "fails", key="same")
    app.wait_for("single fails source test", times=2)
    app.wait_for("batches failed")
    publish(hubs, "in", "next", key="same")
    app.wait_for("batch next key same")
    app.wait_for("single next source test")
    assert app.log().count("batch fails key same") == 1


def test_an_event_function_can_be_called_by_hand(app: RunningApp) -> None:
    """POST /admin/functions/<name> makes one event of the input."""
    assert app.request("POST", "/admin/functions/batches", b'{"input": "by hand"}').status == 202
    app.wait_for("batch by hand key None")


def test_reading_goes_on_at_the_checkpoint(tmp_path: Path, hubs: Process, azurite: Process) -> None:
    """After a stop and after a kill no event is lost, and none before the checkpoint comes again."""
    code = """
        @app.event_hub_message_trigger(arg_name="event", event_hub_name="flow", connection="Hubs", cardinality="one")
        async def flow(event: func.EventHubEvent) -> None:
            logging.info("flow %s", event.get_body().decode())
    """
    takeover = {"loadBalancingUpdateInterval": "00:00:01", "partitionOwnershipExpirationInterval": "00:00:02"}
    app = write_app(tmp_path, code, {"extensions": {"eventHubs": takeover}})
    with running_app(app, {"AzureWebJobsStorage": azurite.connection, "Hubs": hubs.connection}) as host:
        publish(hubs, "flow", "one", key="k")
        host.wait_for("flow one")
        host.process.stop()
        publish(hubs, "flow", "two", key="k")
        host.process.start()
        host.wait_for("flow two")
        wait_for_checkpoint(azurite, "flow", sequence=1)
        host.process.kill()
        publish(hubs, "flow", "three", key="k")
        host.process.start()
        log = host.wait_for("flow three")
    assert [log.count(f"flow {word}\n") for word in ("one", "two", "three")] == [1, 1, 1]


def test_few_events_wait_for_more(tmp_path: Path, hubs: Process, azurite: Process) -> None:
    """`minEventBatchSize` makes one delivery of them, but they do not wait longer than `maxWaitTime`."""
    code = """
        @app.event_hub_message_trigger(arg_name="events", event_hub_name="few", connection="Hubs", cardinality="many")
        async def few(events: typing.List[func.EventHubEvent]) -> None:
            logging.info("few %s", b" ".join(event.get_body() for event in events).decode())
    """
    options = {**HOST["extensions"]["eventHubs"], "minEventBatchSize": 3, "maxWaitTime": "00:00:04"}
    app = write_app(tmp_path, code, {"extensions": {"eventHubs": options}})
    with running_app(app, {"AzureWebJobsStorage": azurite.connection, "Hubs": hubs.connection}) as host:
        for word in ("one", "two", "three", "four"):
            publish(hubs, "few", word, key="k")
        log = host.wait_for("few four")
    assert "few one two three\n" in log


def wait_for_checkpoint(azurite: Process, hub: str, sequence: int) -> None:
    """Wait until a checkpoint blob, in the layout of the Azure extension, has this sequence number."""
    with ContainerClient.from_connection_string(azurite.connection, "azure-webjobs-eventhub") as container:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for blob in container.list_blobs(include=["metadata"]):
                path = blob.name.split("/")
                if path[1:4] == [hub, "$default", "checkpoint"] and blob.metadata["sequencenumber"] == str(sequence):
                    return
            time.sleep(0.05)
    raise AssertionError("no such checkpoint")


def test_hubs_may_be_away_at_start(tmp_path: Path, azurite: Process) -> None:
    """One line of log, and events flow when the hubs are there."""
    code = """
        @app.event_hub_message_trigger(arg_name="event", event_hub_name="late", connection="Hubs", cardinality="one")
        async def late(event: func.EventHubEvent) -> None:
            logging.info("late %s", event.get_body().decode())
    """
    (tmp_path / "Config.json").write_text(json.dumps(CONFIG))
    port, http_port = free_ports(2)
    service = services.eventhubs(tmp_path / "data", tmp_path / "Config.json", port, http_port)
    app = write_app(tmp_path, code, HOST)
    with running_app(app, {"AzureWebJobsStorage": azurite.connection, "Hubs": service.connection}) as host:
        host.wait_for("event hub 'late': ")
        with running(service) as process:
            publish(process, "late", "at last")
            log = host.wait_for("late at last")
            host.process.stop()
    assert log.count("; trying again") == 1
    assert "Traceback" not in log
