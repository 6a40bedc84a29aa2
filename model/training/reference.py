"""How the ranker's features were spread on the validation slice: what later traffic is compared with."""

from functions.analytics import drift
from functions.analytics.drift import Spread
from model.training.snapshots import Snapshot

FILE = "reference.json"
"""Read by the functions' look for drift; the format is that of `functions.analytics.drift`."""


def reference(judged: Snapshot) -> bytes:
    """A histogram of each feature over the candidates of all shoppers judged, in the order of the columns."""
    spreads: dict[str, Spread] = {
        name: drift.spread(judged.features[:, column]) for column, name in enumerate(judged.names)
    }
    return drift.to_json(spreads)
