"""Questions that go together."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from redis.exceptions import ResponseError

from functions.adapters.joined import AT_ONCE, MOST, Joined
from functions.adapters.packed import Command


class Server:
    """Answers each word with itself in capitals, once it is let; the word `bad` with an error, none with a fault."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []
        self.let = asyncio.Event()
        self.down = False

    async def run(self, commands: Sequence[Command]) -> list[Any]:
        words = [str(word) for (word,) in commands]
        if "" in words:
            raise TypeError("no command")
        self.trips.append(words)
        await self.let.wait()
        if self.down:
            raise ConnectionError("down")
        return [ResponseError("wrong type") if word == "bad" else word.upper() for word in words]


def joined(server: Server) -> Joined:
    return Joined(server.run)


async def ask(questions: Joined, words: Sequence[str]) -> list[Any]:
    return await questions.ask([(word,) for word in words])


async def test_who_comes_while_others_wait_goes_with_the_next_trip() -> None:
    """And everybody gets the answers to its own commands, however many they are."""
    server = Server()
    questions, waiting = joined(server), []
    for number in range(12):
        waiting.append(asyncio.create_task(ask(questions, [f"w{number}"] * (number % 3))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert len(server.trips) == AT_ONCE
    server.let.set()
    assert await asyncio.gather(*waiting) == [[f"W{number}"] * (number % 3) for number in range(12)]
    assert len(server.trips) == AT_ONCE + 1


async def test_who_asks_again_at_once_is_answered() -> None:
    """Also when all trips came back in the very same moment, and nobody else asks after."""
    server = Server()
    questions = joined(server)

    async def twice(word: str) -> list[Any]:
        return [*await ask(questions, [word]), *await ask(questions, [word])]

    first = asyncio.create_task(twice("again"))
    await asyncio.sleep(0.01)
    others = []
    for _ in range(AT_ONCE - 1):
        others.append(asyncio.create_task(ask(questions, ["once"])))
        await asyncio.sleep(0.01)
    assert len(server.trips) == AT_ONCE
    server.let.set()
    async with asyncio.timeout(5):
        assert await first == ["AGAIN"] * 2
    assert await asyncio.gather(*others) == [["ONCE"]] * (AT_ONCE - 1)


async def test_no_trip_is_too_long() -> None:
    """A crowd goes in several."""
    server = Server()
    server.let.set()
    questions = joined(server)
    await asyncio.gather(*(ask(questions, ["a"]) for _ in range(3 * MOST)))
    assert max(map(len, server.trips)) == MOST


async def test_an_error_is_of_who_asked_for_it() -> None:
    """One whose command is refused does its neighbours no harm; a server that is down is told to all."""
    server = Server()
    server.let.set()
    questions = joined(server)
    told = await asyncio.gather(ask(questions, ["a"]), ask(questions, ["b", "bad"]), return_exceptions=True)
    assert told[0] == ["A"]
    assert isinstance(told[1], ResponseError)
    server.down = True
    told = await asyncio.gather(ask(questions, ["a"]), ask(questions, ["b"]), return_exceptions=True)
    assert [type(each) for each in told] == [ConnectionError, ConnectionError]
    server.down = False
    assert await ask(questions, ["c"]) == ["C"]


async def test_a_question_that_cannot_be_asked_leaves_nobody_waiting() -> None:
    """Those of its trip are told, and the next one is answered."""
    server = Server()
    server.let.set()
    questions = joined(server)
    told = await asyncio.gather(ask(questions, [""]), ask(questions, ["a"]), return_exceptions=True)
    assert isinstance(told[0], TypeError)
    assert await ask(questions, ["b"]) == ["B"]


async def test_who_goes_away_is_not_waited_for() -> None:
    """The others get their answers."""
    server = Server()
    questions = joined(server)
    gone, stays = (asyncio.create_task(ask(questions, [word])) for word in ("a", "b"))
    await asyncio.sleep(0.01)
    gone.cancel()
    server.let.set()
    assert await stays == ["B"]
    with pytest.raises(asyncio.CancelledError):
        await gone
