"""Questions to Redis that come while it answers others go together with the next ones: a third of the time each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, cast

from redis.exceptions import RedisError

from functions.adapters.packed import Command

AT_ONCE = 2
"""Round trips at a time: who asks while nothing is under way, or one, does not wait for others."""
MOST = 64
"""Questions of one round trip."""

type Run = Callable[[Sequence[Command]], Awaitable[list[Any]]]


class Joined:
    """Joins the commands of questions. `run` gives their answers, with errors of single commands among them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: list[tuple[Sequence[Command], asyncio.Future[list[Any]]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to a question's commands; raises the first of its own errors, and what `run` raises."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, future))
        if len(self._under_way) < AT_ONCE:
            self._under_way.add(asyncio.create_task(self._work()))
        answers: list[Any] = await future
        for answer in answers:
            if isinstance(answer, RedisError):
                raise answer
        return answers

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._trip()
        finally:  # at once: who asks between this and the end of the task would find nobody at work
            self._under_way.discard(cast(asyncio.Task[None], asyncio.current_task()))

    async def _trip(self) -> None:
        mine, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            answers = iter(await self._run([command for commands, _ in mine for command in commands]))
        except Exception as error:  # noqa: BLE001 - it is raised again, by each who asked
            for _, future in mine:
                _settle(future, error)
            return
        for commands, future in mine:
            _settle(future, list(islice(answers, len(commands))))


def _settle(future: "asyncio.Future[list[Any]]", outcome: list[Any] | Exception) -> None:
    """Unless who asked has gone away."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
