"""Parked messages are looked at, put back and thrown away on a real queue storage."""

import base64
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.stack.process import Process
from scripts import poison


@pytest.fixture
async def queues(azurite: Process) -> AsyncIterator[tuple[QueueClient, QueueClient]]:
    """A queue and its poison queue, new ones."""
    name = f"test-{uuid4().hex[:8]}"
    async with QueueServiceClient.from_connection_string(azurite.connection) as service:
        yield await service.create_queue(name), await service.create_queue(f"{name}-poison")


async def contents(queue: QueueClient) -> list[str]:
    """All messages, taken out."""
    return sorted([message.content async for message in queue.receive_messages()])


async def test_all_are_put_back(queues: tuple[QueueClient, QueueClient]) -> None:
    """More than a page of them, each as it was, and the poison queue is empty."""
    queue, parked = queues
    sent = sorted(f"message {number:02}" for number in range(40))
    for text in sent:
        await parked.send_message(text)
    assert await poison.replay(parked, queue) == 40
    assert await contents(queue) == sent
    assert await contents(parked) == []


async def test_killed_in_between_nothing_is_lost(queues: tuple[QueueClient, QueueClient]) -> None:
    """A message that was put back but not yet deleted is there twice; the rest is where it was."""
    queue, parked = queues
    for number in range(3):
        await parked.send_message(f"message {number}")
    sent = 0

    class Killed(BaseException):
        """As if the process ended."""

    class Dying:
        """Takes two messages, and ends the process with the second."""

        async def send_message(self, content: str) -> None:
            nonlocal sent
            await queue.send_message(content)
            sent += 1
            if sent == 2:
                raise Killed

    with pytest.raises(Killed):
        await poison.replay(parked, Dying())  # type: ignore[arg-type]
    left = (await parked.get_queue_properties()).approximate_message_count
    assert left == 2
    assert len(set(await contents(queue))) == 2


async def test_what_is_parked_meanwhile_is_left(queues: tuple[QueueClient, QueueClient]) -> None:
    """A message that fails again does not go round for ever."""
    _, parked = queues
    await parked.send_message("again")

    class Failing:
        """Parks at once what is put back."""

        async def send_message(self, content: str) -> None:
            await parked.send_message(content)

    assert await poison.replay(parked, Failing()) == 1  # type: ignore[arg-type]
    assert await contents(parked) == ["again"]


async def test_they_are_shown_and_dropped(queues: tuple[QueueClient, QueueClient]) -> None:
    """Looking changes nothing; dropping leaves none."""
    _, parked = queues
    await parked.send_message(base64.b64encode(b'{"type": "nonsense"}').decode())
    (message,) = await poison.listed(parked)
    assert '{"type": "nonsense"}' in poison._shown([message], "user-actions")
    assert await poison.drop(parked) == 1
    assert await contents(parked) == []


def test_the_command_says_what_it_did(
    azurite: Process, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and dropping wants to be confirmed."""
    monkeypatch.setenv("AzureWebJobsStorage", azurite.connection)
    assert poison.main(["list", "user-actions"]) == 0
    assert "user-actions-poison" in capsys.readouterr().out
    assert poison.main(["drop", "user-actions"]) == 1
    assert "--yes" in capsys.readouterr().err
