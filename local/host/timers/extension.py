"""Timers as an extension of the host."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.host.appsettings import STORAGE, connection_string
from local.host.errors import BindingError, HostError
from local.host.expressions import expand_settings
from local.host.extension import Surroundings
from local.host.functions import Binding, Function
from local.host.invoker import Output
from local.host.timers.listener import TimerListener
from local.host.timers.monitor import TimerMonitor
from local.host.timers.schedule import parse_schedule


class TimerExtension:
    """Timer triggers and the memory of their last runs."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._clock = _clock(around.environment)
        self._monitor: TimerMonitor | None = None

    def listener(self, function: Function) -> TimerListener:
        """The listener of a timer function."""
        schedule = parse_schedule(expand_settings(function.trigger.text("schedule"), self._around.environment))
        return TimerListener(function, self._around.invoker, schedule, self._shared_monitor(), self._clock)

    def output(self, binding: Binding) -> Output:
        """Nothing can be written to a timer."""
        raise BindingError(f"'{binding.text('type')}' is no output")

    async def close(self) -> None:
        """Close all clients."""
        if self._monitor is not None:
            await self._monitor.close()

    def _shared_monitor(self) -> TimerMonitor:
        if self._monitor is None:
            connection = connection_string(STORAGE, self._around.environment)
            try:
                self._monitor = TimerMonitor(connection, self._around.host_id)
            except ValueError as error:
                raise BindingError(f"{STORAGE} is no valid connection string: {error}") from error
        return self._monitor


def _clock(environment: Mapping[str, str]) -> Callable[[], datetime]:
    """The time in the zone of schedules: WEBSITE_TIME_ZONE as in Azure, otherwise UTC."""
    name = environment.get("WEBSITE_TIME_ZONE")
    if not name:
        return lambda: datetime.now(UTC)
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise HostError(f"WEBSITE_TIME_ZONE '{name}' is no IANA time zone such as Europe/Berlin") from error
    return lambda: datetime.now(zone)
