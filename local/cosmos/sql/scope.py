"""Names that an expression may use, and where a row holds their values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from local.cosmos.sql.errors import MissingParameterError, UnresolvedNameError
from local.cosmos.sql.values import Value

# A row is (parameters, value of slot 1, value of slot 2, ...).
type Row = tuple[Value, ...]
type Evaluator = Callable[[Row], Value]
type Expander = Callable[[Row], Iterable[Row]]

PARAMETERS_SLOT = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Slots by name; `width` is the length of a row."""

    slots: Mapping[str, int] = field(default_factory=dict)
    width: int = 1

    def slot(self, name: str) -> int:
        """The slot of a name; raises UnresolvedNameError."""
        if name not in self.slots:
            raise UnresolvedNameError(f"Identifier '{name}' could not be resolved.")
        return self.slots[name]

    def with_name(self, name: str) -> "Scope":
        """This scope and one more slot for the name."""
        return Scope({**self.slots, name: self.width}, self.width + 1)


class Parameters(dict[str, Value]):
    """Values of a request's parameters by name (with the @)."""

    def __missing__(self, name: str) -> Value:
        raise MissingParameterError(f"The parameter '{name}' was used in the query but has no value.")
