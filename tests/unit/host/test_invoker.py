"""Execution: outputs, retries, the deadline and what blocks the loop."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

import pytest

from local.host.blocking import BlockingWatch
from local.host.datum import Datum, text
from local.host.functions import Binding, Function, RetryPolicy
from local.host.invocation import Invocation, Outcome
from local.host.invoker import Invoker
from local.host.payloads import OutputError

RETRY = RetryPolicy(2, exponential=False, shortest=0.0, longest=0.0)


class FakeWorker:
    """Runs a plain function instead of an app, and records how often it was retried."""

    def __init__(self, work: Callable[[int], Awaitable[Outcome]]) -> None:
        self._work = work
        self.retries: list[int] = []

    async def invoke(self, invocation: Invocation, retries: int = 0) -> Outcome:
        """Run the function once."""
        self.retries.append(retries)
        return await self._work(retries)


class FakeOutput:
    """Keeps what is written, or refuses it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self._refuses = refuses
        self.written: list[object] = []

    async def write(self, value: Datum, data: Mapping[str, object]) -> None:
        """Keep one value."""
        if self._refuses:
            raise OutputError("queue 'q': away")
        self.written.append(value.value)


def invocation(retry: RetryPolicy | None = None) -> Invocation:
    trigger = Binding({"name": "timer", "type": "timerTrigger"})
    return Invocation(Function("1", "f", "", (trigger,), retry), text(""), "test")


async def succeed(_retries: int) -> Outcome:
    return Outcome("id", ok=True, returned=text("result"), outputs={"out": text("other")})


async def fail(_retries: int) -> Outcome:
    return Outcome("id", ok=False, error="always")


async def test_every_output_is_written() -> None:
    """The returned value and every `Out` parameter go where their binding says."""
    invoker, returned, other = Invoker(FakeWorker(succeed), None), FakeOutput(), FakeOutput()
    given = invocation()
    invoker.register(given.function, {"$return": returned, "out": other, "unset": FakeOutput()})
    assert (await invoker.execute(given)).ok
    assert (returned.written, other.written) == (["result"], ["other"])


async def test_an_output_that_cannot_be_written_fails_the_invocation() -> None:
    """A message whose result is lost must not count as done."""
    invoker, given = Invoker(FakeWorker(succeed), None), invocation()
    invoker.register(given.function, {"$return": FakeOutput(refuses=True)})
    outcome = await invoker.execute(given)
    assert (outcome.ok, outcome.error) == (False, "output binding: queue 'q': away")


async def test_retries_follow_the_policy() -> None:
    """Two retries are three executions, each told which one it is."""
    worker = FakeWorker(fail)
    outcome = await Invoker(worker, None).execute_with_retries(invocation(RETRY))
    assert (outcome.ok, worker.retries) == (False, [0, 1, 2])


async def test_retries_end_with_success() -> None:
    """The first success is the result."""

    async def second_time(retries: int) -> Outcome:
        return await (succeed(retries) if retries == 1 else fail(retries))

    worker = FakeWorker(second_time)
    assert (await Invoker(worker, None).execute_with_retries(invocation(RETRY))).ok
    assert worker.retries == [0, 1]


async def test_the_deadline_fails_an_execution() -> None:
    """After functionTimeout the invocation counts as failed."""

    async def endless(_retries: int) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    outcome = await Invoker(FakeWorker(endless), 0.01).execute(invocation())
    assert (outcome.ok, outcome.error) == (False, "timed out: functionTimeout is 0.01 s")


async def test_draining_waits_for_what_runs() -> None:
    """A stop waits for running functions, but not longer than it may."""
    release = asyncio.Event()

    async def waiting(retries: int) -> Outcome:
        await release.wait()
        return await succeed(retries)

    invoker = Invoker(FakeWorker(waiting), None)
    assert await invoker.drain(0)
    running = asyncio.create_task(invoker.execute(invocation()))
    await asyncio.sleep(0)
    assert not await invoker.drain(0.01)
    release.set()
    assert await invoker.drain(10)
    assert (await running).ok


async def test_what_blocks_the_loop_is_named_at_once_and_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    """A function that never yields is reported while it still blocks, and how long it took when it ends."""

    async def blocks(retries: int) -> Outcome:
        deadline = time.monotonic() + 10
        while "still does" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)  # noqa: ASYNC251 - blocking is what this test is about
        return await succeed(retries)

    watch = BlockingWatch(limit=0.05, patience=0.1)
    with caplog.at_level(logging.WARNING):
        watch.start(asyncio.get_running_loop())
        await Invoker(FakeWorker(blocks), None).execute(invocation())
        watch.stop()
    assert "all others waited for" in caplog.text
    assert f"f blocked the event loop at {__file__}:" in caplog.text
