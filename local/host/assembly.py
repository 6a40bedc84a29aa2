"""Builds the listeners and outputs of functions on clients that all functions share."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.host.appsettings import STORAGE, connection_string
from local.host.errors import BindingError, HostError
from local.host.eventhubs.listener import EventHubListener
from local.host.eventhubs.options import EventHubOptions
from local.host.eventhubs.output import EventHubOutput, Producers
from local.host.expressions import expand_settings
from local.host.functions import Binding, Function
from local.host.invoker import Invoker, Output
from local.host.listener import Listener
from local.host.queues.listener import QueueListener
from local.host.queues.options import QueueOptions
from local.host.queues.output import QueueOutput
from local.host.queues.storage import QueueStorage
from local.host.timers.listener import TimerListener
from local.host.timers.monitor import TimerMonitor
from local.host.timers.schedule import parse_schedule


class Assembly:
    """Knows every trigger and output that this host supports."""

    def __init__(
        self,
        invoker: Invoker,
        queues: QueueOptions,
        eventhubs: EventHubOptions,
        environment: Mapping[str, str],
        host_id: str,
    ) -> None:
        self._invoker = invoker
        self._environment = environment
        self._host_id = host_id
        self._queue_options = queues
        self._queues = QueueStorage(base64=queues.base64)
        self._eventhub_options = eventhubs
        self._producers = Producers()
        self._monitor: TimerMonitor | None = None
        self._triggers: dict[str, Callable[[Function], Listener]] = {
            "queuetrigger": self._queue_listener,
            "timertrigger": self._timer_listener,
            "eventhubtrigger": self._eventhub_listener,
        }
        self._outputs: dict[str, Callable[[Binding], Output]] = {
            "queue": lambda binding: QueueOutput(binding, self._queues, environment),
            "eventhub": lambda binding: EventHubOutput(binding, self._producers, environment),
        }

    def listener(self, function: Function) -> Listener:
        """The listener of a function; BindingError when its trigger is not supported or not configured."""
        make = self._triggers.get(function.trigger.kind)
        if make is None:
            kind = function.trigger.text("type")
            raise BindingError(f"trigger '{kind}' is not supported by the local host")
        return make(function)

    def outputs(self, function: Function) -> Mapping[str, Output]:
        """Where the outputs of a function go; BindingError names a binding that is not supported."""
        for binding in function.inputs:
            raise BindingError(f"input '{binding.text('type')}' is not supported by the local host")
        outputs: dict[str, Output] = {}
        for binding in function.outputs:
            if binding.kind == "http":
                continue
            make = self._outputs.get(binding.kind)
            if make is None:
                raise BindingError(f"output '{binding.text('type')}' is not supported by the local host")
            outputs[binding.name] = make(binding)
        return outputs

    async def close(self) -> None:
        """Close all clients."""
        await self._queues.close()
        await self._producers.close()
        if self._monitor is not None:
            await self._monitor.close()

    def _queue_listener(self, function: Function) -> Listener:
        return QueueListener(function, self._invoker, self._queues, self._queue_options, self._environment)

    def _eventhub_listener(self, function: Function) -> Listener:
        return EventHubListener(function, self._invoker, self._eventhub_options, self._environment)

    def _timer_listener(self, function: Function) -> Listener:
        schedule = parse_schedule(expand_settings(function.trigger.text("schedule"), self._environment))
        clock = _clock(self._environment)
        return TimerListener(function, self._invoker, schedule, self._timer_monitor(), clock)

    def _timer_monitor(self) -> TimerMonitor:
        if self._monitor is None:
            try:
                self._monitor = TimerMonitor(connection_string(STORAGE, self._environment), self._host_id)
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
