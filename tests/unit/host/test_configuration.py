"""host.json and the environment that overrides it."""

import json
from pathlib import Path

import pytest

from local.host.configuration import Configuration
from local.host.errors import HostError
from local.host.eventhubs.options import EventHubOptions
from local.host.http.front import HttpOptions
from local.host.queues.options import QueueOptions


def configuration(folder: Path, document: object, environment: dict[str, str] | None = None) -> Configuration:
    (folder / "host.json").write_text(json.dumps(document))
    return Configuration.read(folder, environment or {})


def test_names_have_no_case(tmp_path: Path) -> None:
    """.NET reads names without case."""
    read = configuration(tmp_path, {"Extensions": {"Queues": {"BATCHSIZE": 4}}})
    assert QueueOptions.read(read, 600).batch_size == 4


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """`AzureFunctionsJobHost__a__b` wins over host.json."""
    document = {"extensions": {"queues": {"batchSize": 4, "messageEncoding": "none"}}}
    read = configuration(tmp_path, document, {"AzureFunctionsJobHost__extensions__queues__batchSize": "2"})
    options = QueueOptions.read(read, 600)
    assert (options.batch_size, options.new_batch_threshold, options.base64) == (2, 1, False)


def test_defaults_are_those_of_azure(tmp_path: Path) -> None:
    """An empty host.json gives Azure's own values."""
    read = configuration(tmp_path, {"version": "2.0"})
    queues, http, hubs = QueueOptions.read(read, 600), HttpOptions.read(read, {}), EventHubOptions.read(read)
    assert (queues.batch_size, queues.new_batch_threshold, queues.max_dequeue_count) == (16, 8, 5)
    assert (queues.visibility_timeout, queues.base64) == (0.0, True)
    assert (http.prefix, http.concurrent, http.outstanding, http.body_limit) == ("api", -1, -1, 104_857_600)
    assert (hubs.max_batch, hubs.prefetch, hubs.checkpoint_frequency, hubs.starting_position) == (100, 300, 1, "-1")
    assert (hubs.min_batch, hubs.max_wait) == (1, 60.0)


def test_custom_headers_keep_their_case(tmp_path: Path) -> None:
    """Header names go out as they are written."""
    read = configuration(tmp_path, {"extensions": {"http": {"customHeaders": {"X-Frame-Options": "DENY"}}}})
    assert HttpOptions.read(read, {}).custom_headers == {"X-Frame-Options": "DENY"}


WRONG = (
    ("batchSize", 33),
    ("batchSize", 0),
    ("batchSize", "many"),
    ("messageEncoding", "utf8"),
    ("maxDequeueCount", 0),
    ("visibilityTimeout", "soon"),
)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_values_that_azure_refuses_are_refused(tmp_path: Path, name: str, value: object) -> None:
    """The message names the value in host.json."""
    read = configuration(tmp_path, {"extensions": {"queues": {name: value}}})
    with pytest.raises(HostError, match=name):
        QueueOptions.read(read, 600)


def test_the_first_read_may_start_at_a_time(tmp_path: Path) -> None:
    """initialOffsetOptions knows the start, the end and a time."""
    when = {"type": "fromEnqueuedTime", "enqueuedTimeUtc": "2030-01-31T12:00:00Z"}
    read = configuration(tmp_path, {"extensions": {"eventHubs": {"initialOffsetOptions": when}}})
    assert str(EventHubOptions.read(read).starting_position) == "2030-01-31 12:00:00+00:00"


def test_a_folder_without_host_json_is_refused(tmp_path: Path) -> None:
    """The message says what is missing."""
    with pytest.raises(HostError, match=r"host\.json is missing"):
        Configuration.read(tmp_path, {})
