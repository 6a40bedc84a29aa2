"""What queue and event hub functions get."""

import json

from azure.eventhub import EventData
from azure.storage.queue import QueueMessage
from hypothesis import given
from hypothesis import strategies as st

from local.host.eventhubs.trigger import Partition, batch_invocation, event_invocation
from local.host.functions import Binding, Function
from local.host.queues.trigger import queue_invocation
from local.host.tracebacks import user_traceback

PARTITION = Partition("127.0.0.1", "hub", "$Default", "3")


def function(kind: str, **properties: object) -> Function:
    return Function("1", "f", "function_app.py", (Binding({"name": "x", "type": kind, **properties}),))


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_metadata_is_as_long_as_the_batch(bodies: list[bytes]) -> None:
    """The worker refuses a batch whose bodies and metadata differ in number."""
    events = [EventData(body) for body in bodies]
    invocation = batch_invocation(function("eventHubTrigger", dataType="BINARY"), PARTITION, events)
    assert invocation.argument.value.bytes == bodies
    arrays = {name: json.loads(datum.value) for name, datum in invocation.metadata.items() if name.endswith("Array")}
    assert len(arrays) == 6
    assert all(len(array) == len(bodies) for array in arrays.values())


def test_a_single_event_brings_its_properties() -> None:
    """Members of the event's JSON body may be named in output bindings."""
    event = EventData('{"shopper": "s1"}')
    event.properties = {b"source": b"web"}
    invocation = event_invocation(function("eventHubTrigger", cardinality="one"), PARTITION, event)
    assert invocation.argument == ('{"shopper": "s1"}', "string")
    assert json.loads(invocation.metadata["Properties"].value) == {"source": "web"}
    assert invocation.binding_data["shopper"] == "s1"


def test_a_queue_message_brings_its_own_data() -> None:
    """Id and dequeue count are in the metadata, members of a JSON body in the binding data."""
    message = QueueMessage("ignored")
    message.id, message.dequeue_count = "m1", 2
    invocation = queue_invocation(function("queueTrigger"), "q", message, b'{"a": 1}')
    assert invocation.metadata["Id"].value == "m1"
    assert invocation.metadata["DequeueCount"].value == "2"
    assert (invocation.binding_data["a"], invocation.binding_data["dequeueCount"]) == (1, 2)


def test_tracebacks_begin_with_the_users_code() -> None:
    """Frames of the worker library say nothing about the user's mistake."""
    text = (
        "Traceback (most recent call last):\n"
        '  File "/x/azure_functions_runtime/native_invocation.py", line 1, in run\n'
        "    call()\n"
        "    ^^^^\n"
        '  File "/app/function_app.py", line 2, in f\n'
        "    raise ValueError\n"
        "ValueError"
    )
    assert user_traceback(text).splitlines()[1] == '  File "/app/function_app.py", line 2, in f'
    assert "native_invocation" not in user_traceback(text)
