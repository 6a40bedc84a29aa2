"""What the worker found in the app: functions, their bindings and their retry policies."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """One trigger, input or output of a function, as function.json would describe it."""

    properties: Mapping[str, object]

    @property
    def name(self) -> str:
        """The parameter that it binds, or `$return`."""
        return str(self.properties["name"])

    @property
    def kind(self) -> str:
        """The binding's type in lower case, for example `queuetrigger`."""
        return str(self.properties["type"]).lower()

    @property
    def is_trigger(self) -> bool:
        """Whether this binding starts the function."""
        return self.kind.endswith("trigger")

    @property
    def is_output(self) -> bool:
        """Whether the function writes to this binding."""
        return self.text("direction").upper() == "OUT"

    @property
    def is_deferred(self) -> bool:
        """Whether the function wants an SDK client or type instead of a value."""
        own = self.properties.get("properties")
        return isinstance(own, Mapping) and str(own.get("SupportsDeferredBinding", False)).lower() == "true"

    def text(self, key: str, default: str = "") -> str:
        """A property as text."""
        value = self.properties.get(key)
        return default if value is None else str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A property that is a list of texts; empty when it is missing."""
        value = self.properties.get(key)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def flag(self, key: str, default: bool) -> bool:
        """A property as true or false."""
        return self.text(key, str(default)).lower() == "true"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often the host itself repeats a failed invocation, and after how many seconds."""

    limit: int
    exponential: bool
    shortest: float
    longest: float

    def allows(self, retries: int) -> bool:
        """Whether another retry may follow this many; a limit of -1 never ends."""
        return self.limit == -1 or retries < self.limit

    def delay(self, retries: int) -> float:
        """Seconds to wait before the next retry, after this many."""
        if not self.exponential:
            return self.shortest
        return min(self.shortest * 2.0 ** min(retries, 62), self.longest)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the app."""

    id: str
    name: str
    script: str
    bindings: tuple[Binding, ...]
    retry: RetryPolicy | None = None

    @property
    def trigger(self) -> Binding:
        """The one binding that starts it."""
        return next(binding for binding in self.bindings if binding.is_trigger)

    @property
    def outputs(self) -> tuple[Binding, ...]:
        """Where its results go."""
        return tuple(binding for binding in self.bindings if binding.is_output)

    @property
    def inputs(self) -> tuple[Binding, ...]:
        """What it reads besides its trigger."""
        return tuple(binding for binding in self.bindings if not binding.is_output and not binding.is_trigger)
