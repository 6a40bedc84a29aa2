"""Messages that could not be processed: look at them, put them back to their queue, or throw them away.

python -m scripts.poison list user-actions
python -m scripts.poison replay user-actions      once what was wrong is put right
python -m scripts.poison drop user-actions --yes

It finds the queues as the app does: by its settings in the environment, else in local.settings.json.
"""

import argparse
import asyncio
import base64
import sys
from binascii import Error as NotBase64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient
from rich.console import Console
from rich.table import Table

from functions.adapters import queues
from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.settings import InvalidSettingError, MissingSettingError, Settings
from model import local_settings
from model.local_settings import UnreadableSettingsError

LEASE = 60
"""Seconds for which a message that is being put back is hidden from others."""
MOST_LISTED = 32
"""Messages that are shown: what one look at a queue gives."""
SHOWN = 160
"""Characters of a message that are shown."""

type Act = Callable[[QueueMessage], Awaitable[object]]


async def listed(poison: QueueClient) -> list[QueueMessage]:
    """The first messages, left as they are."""
    return list(await poison.peek_messages(MOST_LISTED))


async def replay(poison: QueueClient, queue: QueueClient) -> int:
    """Put back what is there now; how many. Killed in between, a message is there twice, which does no harm."""
    return await _each(poison, lambda message: queue.send_message(message.content))


async def drop(poison: QueueClient) -> int:
    """Delete what is there now; how many."""

    async def nothing(_: QueueMessage) -> None: ...

    return await _each(poison, nothing)


async def _each(poison: QueueClient, act: Act) -> int:
    """Do something with each message, then delete it; those that are parked meanwhile are left."""
    done = 0
    left = (await poison.get_queue_properties()).approximate_message_count or 0
    async for message in _received(poison, left):
        await act(message)
        await poison.delete_message(message)
        done += 1
    return done


async def _received(poison: QueueClient, most: int) -> AsyncIterator[QueueMessage]:
    pages = poison.receive_messages(messages_per_page=min(MOST_LISTED, max(most, 1)), visibility_timeout=LEASE)
    async for message in pages:
        yield message
        most -= 1
        if most <= 0:  # before the next one is asked for, which would be hidden from others
            return


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 and one line when it failed."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    if options.verb == "drop" and not options.yes:
        console.print("What is dropped is gone: look at it with `list`, then say --yes.")
        return 1
    try:
        print(asyncio.run(_run(options.verb, options.queue, local_settings.read())))
    except (InvalidSettingError, MissingSettingError, UnreadableSettingsError) as error:
        console.print(str(error))
        return 1
    except ResourceNotFoundError:
        print(f"{options.queue}-poison: there is no such queue, so nothing was ever parked.")
    except AzureError as error:
        console.print(f"The queue storage does not answer: is the stack up (`make up`)? {type(error).__name__}")
        return 1
    return 0


async def _run(verb: str, name: str, settings: Settings) -> str:
    async with queues.service(settings.queue_connection, 3, 10) as service:
        poison, queue = service.get_queue_client(f"{name}-poison"), service.get_queue_client(name)
        if verb == "replay":
            return f"{await replay(poison, queue)} messages are back in {name}."
        if verb == "drop":
            return f"{await drop(poison)} messages are gone from {name}-poison."
        return _shown(await listed(poison), name)


def _shown(messages: Sequence[QueueMessage], name: str) -> str:
    if not messages:
        return f"{name}-poison is empty."
    table = Table("parked at", "id", "message", title=f"{name}-poison, the first {len(messages)}")
    for message in messages:
        table.add_row(f"{message.inserted_on:%Y-%m-%d %H:%M:%S}", message.id, _text(message.content)[:SHOWN])
    console = Console(width=max(Console().width, 110))
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def _text(content: str) -> str:
    """What the message holds, as text; queues of Functions are written in base64."""
    try:
        return base64.b64decode(content, validate=True).decode(errors="replace")
    except (NotBase64, ValueError):
        return content


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m scripts.poison", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("list", "replay", "drop"))
    parser.add_argument("queue", choices=(USER_ACTIONS, USER_RESPONSES), help="the queue, without -poison")
    parser.add_argument("--yes", action="store_true", help="drop without asking")
    return parser


if __name__ == "__main__":
    sys.exit(main())
