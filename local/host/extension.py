"""What a service brings to the host: its trigger and its output binding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from local.host.configuration import Configuration
from local.host.functions import Binding, Function
from local.host.invoker import Invoker, Output
from local.host.listener import Listener


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What extensions are made with."""

    invoker: Invoker
    configuration: Configuration
    environment: Mapping[str, str]
    host_id: str
    """State in storage is kept under it."""
    queue_lease: float
    """Seconds that a queue message is hidden while its function runs."""


class Extension(Protocol):
    """One service, with clients that all functions share."""

    def listener(self, function: Function) -> Listener:
        """The listener of a function; BindingError when it is not configured."""
        ...

    def output(self, binding: Binding) -> Output:
        """Where an output goes; BindingError when the service has none or it is not configured."""
        ...

    async def close(self) -> None:
        """Close all clients."""
        ...
