"""How the ranker's features were spread on the validation slice: what later traffic is compared with."""

from typing import Protocol

from functions.analytics import drift
from functions.analytics.drift import Spread
from functions.personalization.product_facts import COLUMNS
from model.training.candidates import Floats

FILE = "reference.json"
"""Read by the functions' look for drift; the format is that of `functions.analytics.drift`."""
_FACTS = frozenset(f"product_{name}" for name in COLUMNS)
_EVERYTHING = Spread((), (1.0,))
"""One bin: what comes with the model, as facts of products do, moves only with it."""


class Judged(Protocol):
    """Features of the candidates of all shoppers judged, shape (candidates, features), and the names of columns."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def features(self) -> Floats: ...


def reference(judged: Judged) -> bytes:
    """A histogram of each feature, in the order of the columns."""
    columns = enumerate(judged.names)
    return drift.to_json(
        {name: _EVERYTHING if name in _FACTS else drift.spread(judged.features[:, at]) for at, name in columns}
    )
