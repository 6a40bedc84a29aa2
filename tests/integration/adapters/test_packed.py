"""Commands to Redis of which nobody reads the answers."""

import asyncio
import os
import signal

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from functions.adapters.memory import connect
from functions.adapters.packed import Command, write
from local.stack.process import Process

SET: list[Command] = [("SET", f"k{number}", number) for number in range(300)]


async def test_they_go_in_one_round_trip(redis: Redis) -> None:
    """The server reads them at once, whatever their number."""
    await redis.ping()
    before = await redis.info("stats")
    await write(redis, SET)
    after = await redis.info("stats")
    assert after["total_commands_processed"] - before["total_commands_processed"] == len(SET) + 1
    assert after["total_reads_processed"] - before["total_reads_processed"] == 2  # and the question itself
    assert await redis.get("k299") == "299"


async def test_one_that_fails_does_no_harm_to_the_others(redis: Redis) -> None:
    """All run, then its error is raised, and the connection is as good as before."""
    commands: list[Command] = [("SET", "text", "a"), ("INCR", "text"), ("LPUSH", "text", 1), ("SET", "last", "b")]
    with pytest.raises(ResponseError, match="not an integer"):
        await write(redis, commands)
    assert (await redis.get("text"), await redis.get("last")) == ("a", "b")


async def test_a_connection_that_died_while_idle_is_replaced(own_valkey: Process) -> None:
    """Nobody notices that the server was started anew."""
    redis = connect(own_valkey.connection)
    await write(redis, SET)
    own_valkey.kill()
    own_valkey.start()
    await write(redis, [("SET", "k0", "new")])
    assert await redis.get("k0") == "new"
    await redis.aclose()


@pytest.mark.parametrize("patience", [0.05, None])
async def test_answers_that_came_too_late_are_nobody_elses(own_valkey: Process, patience: float | None) -> None:
    """The clock ran out or the caller went away: who asks next gets the answer to its own question."""
    redis = connect(own_valkey.connection)
    await write(redis, SET)
    assert own_valkey.pid
    os.kill(own_valkey.pid, signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(patience):
                await write(redis, [("INCR", "counted")])
    finally:
        os.kill(own_valkey.pid, signal.SIGCONT)
    assert await redis.echo("mine") == "mine"
    await redis.aclose()
