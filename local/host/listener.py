"""What every trigger that waits for something does."""

from typing import Protocol

from local.host.invocation import Outcome


class Listener(Protocol):
    """Starts one function whenever its trigger says so."""

    async def run(self) -> None:
        """Listen until stop; an outage of a service is retried, never an exception."""
        ...

    async def stop(self) -> None:
        """Start nothing new and wait for the invocations in hand."""
        ...

    async def invoke_by_hand(self, text: str) -> Outcome:
        """Run the function once with this input."""
        ...
