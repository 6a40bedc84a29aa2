"""Runs functions: deadline, outputs, retries and the one line of log for each invocation."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Protocol

from local.host.datum import Datum
from local.host.errors import ExpressionError
from local.host.functions import Function
from local.host.invocation import Invocation, Outcome
from local.host.payloads import OutputError
from local.host.tracebacks import user_traceback

log = logging.getLogger("host")


class Output(Protocol):
    """Where one output binding of a function goes."""

    async def write(self, value: Datum, data: Mapping[str, object]) -> None:
        """Write one value; `data` is what `{property}` expressions may name.

        OutputError when the service refuses the value or is away, ExpressionError when `data` lacks a name.
        """
        ...


class Runner(Protocol):
    """What runs functions: the worker."""

    async def invoke(self, invocation: Invocation, retries: int = 0) -> Outcome:
        """Run a function once; its failure is an Outcome, never an exception."""
        ...


class Invoker:
    """Executes invocations on the worker and delivers what they return."""

    def __init__(self, worker: Runner, timeout: float | None) -> None:
        self._worker = worker
        self._timeout = timeout
        self._outputs: dict[str, Mapping[str, Output]] = {}
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def register(self, function: Function, outputs: Mapping[str, Output]) -> None:
        """Say where the outputs of a function go, by binding name."""
        self._outputs[function.name] = outputs

    async def execute(self, invocation: Invocation, retries: int = 0) -> Outcome:
        """Run once and write the outputs; a failing output fails the invocation."""
        self._running += 1
        self._idle.clear()
        started = time.perf_counter()
        try:
            outcome = await self._run(invocation, retries)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
        _report(invocation, outcome, time.perf_counter() - started)
        return outcome

    async def execute_with_retries(self, invocation: Invocation) -> Outcome:
        """Run, and run again while the function's retry policy says so."""
        policy, retries = invocation.function.retry, 0
        while True:
            outcome = await self.execute(invocation, retries)
            if outcome.ok or policy is None or not policy.allows(retries):
                return outcome
            await asyncio.sleep(policy.delay(retries))
            retries += 1

    async def drain(self, seconds: float) -> bool:
        """Wait for running invocations to end; False when some still run after that many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self, invocation: Invocation, retries: int) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout):
                outcome = await self._worker.invoke(invocation, retries)
        except TimeoutError:
            return Outcome("", ok=False, error=f"timed out: functionTimeout is {self._timeout:g} s")
        if not outcome.ok:
            return outcome
        try:
            await self._write(invocation, outcome)
        except (OutputError, ExpressionError) as error:
            return Outcome(outcome.invocation_id, ok=False, error=f"output binding: {error}")
        return outcome

    async def _write(self, invocation: Invocation, outcome: Outcome) -> None:
        outputs = self._outputs.get(invocation.function.name)
        if not outputs:
            return
        values = dict(outcome.outputs)
        if outcome.returned is not None:
            values["$return"] = outcome.returned
        writes = [
            outputs[name].write(values[name], invocation.binding_data) for name in outputs.keys() & values.keys()
        ]
        if len(writes) == 1:
            await writes[0]
        else:
            await asyncio.gather(*writes)


def _report(invocation: Invocation, outcome: Outcome, seconds: float) -> None:
    name, extra = invocation.function.name, {"invocation": outcome.invocation_id}
    if outcome.ok:
        log.info("%s ok %.0f ms (%s)", name, seconds * 1e3, invocation.reason, extra=extra)
        return
    detail = user_traceback(outcome.traceback) or outcome.error
    log.error("%s failed %.0f ms (%s)\n%s", name, seconds * 1e3, invocation.reason, detail, extra=extra)
