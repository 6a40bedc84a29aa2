"""Finds the extension for each trigger and output, made when the first function needs it.

The SDKs behind the extensions take most of the time that the host needs to start, so each
is imported by its extension and not before.
"""

from collections.abc import Callable, Mapping

from local.host.errors import BindingError
from local.host.extension import Extension, Surroundings
from local.host.functions import Function
from local.host.invoker import Output
from local.host.listener import Listener


class Assembly:
    """Knows every trigger and output that this host supports."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._made: dict[Callable[[Surroundings], Extension], Extension] = {}

    def listener(self, function: Function) -> Listener:
        """The listener of a function; BindingError when its trigger is not supported or not configured."""
        make = _TRIGGERS.get(function.trigger.kind)
        if make is None:
            raise BindingError(f"trigger '{function.trigger.text('type')}' is not supported by the local host")
        return self._extension(make).listener(function)

    def outputs(self, function: Function) -> Mapping[str, Output]:
        """Where the outputs of a function go; BindingError names a binding that is not supported."""
        for binding in function.bindings:
            if binding.is_deferred:
                raise BindingError(f"'{binding.name}' is bound to an SDK type, which the local host does not support")
        for binding in function.inputs:
            raise BindingError(f"input '{binding.text('type')}' is not supported by the local host")
        outputs: dict[str, Output] = {}
        for binding in function.outputs:
            if binding.kind == "http":
                continue
            make = _OUTPUTS.get(binding.kind)
            if make is None:
                raise BindingError(f"output '{binding.text('type')}' is not supported by the local host")
            outputs[binding.name] = self._extension(make).output(binding)
        return outputs

    async def close(self) -> None:
        """Close the clients of all extensions."""
        for extension in self._made.values():
            await extension.close()

    def _extension(self, make: Callable[[Surroundings], Extension]) -> Extension:
        if make not in self._made:
            self._made[make] = make(self._around)
        return self._made[make]


def _queues(around: Surroundings) -> Extension:
    from local.host.queues.extension import QueueExtension

    return QueueExtension(around)


def _timers(around: Surroundings) -> Extension:
    from local.host.timers.extension import TimerExtension

    return TimerExtension(around)


def _eventhubs(around: Surroundings) -> Extension:
    from local.host.eventhubs.extension import EventHubExtension

    return EventHubExtension(around)


_TRIGGERS = {"queuetrigger": _queues, "timertrigger": _timers, "eventhubtrigger": _eventhubs}
_OUTPUTS = {"queue": _queues, "eventhub": _eventhubs}
