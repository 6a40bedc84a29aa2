"""One execution of a function: what goes in and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.host.datum import Datum
from local.host.functions import Function


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a trigger hands over for one execution."""

    function: Function
    argument: Datum
    """The trigger's own value."""
    reason: str
    """Why it runs, for the log."""
    metadata: Mapping[str, Datum] = field(default_factory=dict)
    binding_data: Mapping[str, object] = field(default_factory=dict)
    """What `{property}` in output bindings may name."""
    trace_parent: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended."""

    invocation_id: str
    ok: bool
    returned: Datum | None = None
    outputs: Mapping[str, Datum] = field(default_factory=dict)
    error: str = ""
    traceback: str = ""
