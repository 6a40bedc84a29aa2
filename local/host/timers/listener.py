"""Fires one timer function, one run at a time."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from azure.core.exceptions import AzureError

from local.host.datum import json_datum
from local.host.functions import Function
from local.host.invocation import Invocation, Outcome
from local.host.invoker import Invoker
from local.host.outage import Outage
from local.host.timers.monitor import TimerMonitor, TimerStatus
from local.host.timers.schedule import Schedule

log = logging.getLogger("host")

_LONGEST_SLEEP = 3600.0
_RETRY_STORAGE = 2.0
_SHORTEST_MONITORED = timedelta(minutes=1)


class TimerListener:
    """Sleeps until the schedule says so and runs the function."""

    def __init__(
        self,
        function: Function,
        invoker: Invoker,
        schedule: Schedule,
        monitor: TimerMonitor | None,
        now: Callable[[], datetime],
    ) -> None:
        self._function, self._invoker, self._schedule, self._now = function, invoker, schedule, now
        self._monitor = monitor if _is_monitored(function, schedule, now()) else None
        self._status = TimerStatus(None, schedule.next(now()))
        self._outage = Outage(f"timer '{function.name}'")
        self._turn = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Catch up with a run that was missed, then follow the schedule until stop."""
        past_due = await self._restore()
        if past_due:
            await self._fire("the timer is past due", past_due=True)
        elif self._function.trigger.flag("runOnStartup", default=False):
            await self._fire("runOnStartup", past_due=False)
        while not self._stopping.is_set():
            # Timestamps: times of one zone would be subtracted by the clock on the wall.
            wait = self._status.next.timestamp() - self._now().timestamp()
            if wait <= 0:
                await self._fire(f"timer fired at {self._now().isoformat(timespec='seconds')}", past_due=False)
            else:
                # Long sleeps drift: look at the clock again every hour.
                await self._sleep(min(wait, _LONGEST_SLEEP))

    async def stop(self) -> None:
        """Fire no more and wait for the run in hand."""
        self._stopping.set()
        async with self._turn:
            return

    async def invoke_by_hand(self, _text: str) -> Outcome:
        """Run now; a timer has no input."""
        return await self._fire("admin API", past_due=False)

    async def _restore(self) -> bool:
        """Load the stored status, retried while storage is down; True when a run was missed."""
        if self._monitor is None:
            return False
        while not self._stopping.is_set():
            try:
                stored = await self._monitor.load(self._function.name)
                if stored is None:
                    await self._monitor.save(self._function.name, self._status)
                self._outage.over()
            except (AzureError, OSError) as error:
                self._outage.report(error)
                await self._sleep(_RETRY_STORAGE)
                continue
            return self._adopt(stored)
        return False

    def _adopt(self, stored: TimerStatus | None) -> bool:
        if stored is None:
            return False
        # The schedule may have changed since, so the next run follows from the last one.
        due = self._schedule.next(stored.last) if stored.last else stored.next
        self._status = TimerStatus(stored.last, due)
        return due < self._now()

    async def _fire(self, reason: str, *, past_due: bool) -> Outcome:
        async with self._turn:
            started = self._now()
            outcome = await self._invoker.execute_with_retries(self._invocation(reason, past_due))
            await self._advance(started)
            return outcome

    async def _advance(self, last: datetime) -> None:
        """Plan the next run; runs that a long one has missed are skipped."""
        self._status = TimerStatus(last, self._schedule.next(max(last, self._now())))
        if self._monitor is None:
            return
        try:
            await self._monitor.save(self._function.name, self._status)
            self._outage.over()
        except (AzureError, OSError) as error:
            self._outage.report(error)

    def _invocation(self, reason: str, past_due: bool) -> Invocation:
        info = {
            "Schedule": {"AdjustForDST": self._schedule.follows_clock},
            "ScheduleStatus": self._status.document() if self._monitor else None,
            "IsPastDue": past_due,
        }
        return Invocation(self._function, json_datum(info), reason)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


def _is_monitored(function: Function, schedule: Schedule, now: datetime) -> bool:
    """As in Azure, a timer that fires more often than once a minute is not monitored."""
    first = schedule.next(now)
    often = schedule.next(first) - first < _SHORTEST_MONITORED
    return function.trigger.flag("useMonitor", default=True) and not often
