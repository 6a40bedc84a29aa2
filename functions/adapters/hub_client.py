"""What both ends of an Event Hub have in common: trust, and a patient end of a connection."""

import asyncio
import logging
import ssl
from functools import cache
from typing import Any

from azure.core.exceptions import AzureError
from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient
from azure.eventhub.exceptions import EventHubError

CLOSE_LIMIT = 5.0
"""Seconds that a connection may take to close."""

log = logging.getLogger(__name__)


@cache
def trusted() -> ssl.SSLContext:
    """The system's authorities. The Event Hubs SDK would otherwise read them, for 30 ms, at every connection."""
    return ssl.create_default_context()


def patience(retries: int) -> dict[str, Any]:
    """The SDK's options for a client that tries again soon or not at all."""
    again = {"retry_total": retries, "retry_backoff_factor": 0.1, "retry_backoff_max": 1}
    return {**again, "ssl_context": trusted()}


async def closed(client: EventHubConsumerClient | EventHubProducerClient) -> None:
    """Close a client, whose connection may be broken."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT):
            await client.close()
    except (EventHubError, AzureError, OSError) as error:  # TimeoutError is an OSError
        log.info("A broken connection to Event Hubs did not close properly: %s", type(error).__name__)
