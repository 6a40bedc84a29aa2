"""What Azure refuses is refused, with errors that the SDK understands."""

from typing import Any

import pytest
from azure.eventhub import EventData
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventHubError

from tests.integration.eventhubs.clients import producer, receive
from tests.integration.eventhubs.conftest import RunningBroker, connection_string


async def test_a_wrong_key_opens_nothing(broker: RunningBroker) -> None:
    """Neither sending nor asking for properties."""
    url = connection_string(broker.port, key="wrong")
    async with producer(url, "offers", retry_total=0) as client:
        with pytest.raises(AuthenticationError, match="invalid signature"):
            await client.send_event(EventData("x"))
        with pytest.raises(EventHubError, match=r"(?i)invalid signature|unauthorized"):
            await client.get_eventhub_properties()


async def test_an_unknown_key_name_opens_nothing(broker: RunningBroker) -> None:
    """Its answer does not say which of name and key was wrong."""
    url = broker.connection_string.replace("RootManageSharedAccessKey", "Somebody")
    async with producer(url, "offers", retry_total=0) as client:
        with pytest.raises(AuthenticationError, match="invalid signature"):
            await client.send_event(EventData("x"))


async def test_an_unknown_hub_is_not_found(broker: RunningBroker) -> None:
    """For senders and for properties."""
    async with producer(broker.connection_string, "nowhere", retry_total=0) as client:
        with pytest.raises(EventHubError, match="'nowhere' could not be found"):
            await client.get_eventhub_properties()
        with pytest.raises((ConnectError, EventHubError), match="'nowhere' could not be found"):
            await client.send_event(EventData("x"))


async def test_an_unknown_partition_is_refused(broker: RunningBroker) -> None:
    """The answer says which there are."""
    async with producer(broker.connection_string, "offers", retry_total=0) as client:
        with pytest.raises(EventHubError, match="between 0 and 3"):
            await client.get_partition_properties("9")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"group": "nobody", "partition_id": "0"}, "nobody' could not be found"),
        ({"partition_id": "0", "starting_position": 10**12}, "sequence number '1000000000000' is invalid"),
        ({"partition_id": "0", "starting_position": str(10**15)}, "offset '1000000000000000' is invalid"),
    ],
)
async def test_a_reader_of_what_is_not_there_is_refused(
    broker: RunningBroker, options: dict[str, Any], reason: str
) -> None:
    """Unknown groups, and positions after the end."""
    with pytest.raises(EventHubError, match=reason):
        await receive(broker.connection_string, "offers", 1, **options)
