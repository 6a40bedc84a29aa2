"""The names on which code, infrastructure and operators agree: queues, hub, containers, Redis keys."""

from dataclasses import dataclass
from typing import Any

USER_RESPONSES = "user-responses"
"""Queue of what shoppers were shown; `simulate_shopper` reads it."""
USER_ACTIONS = "user-actions"
"""Queue of what shoppers did; `make_offer` reads it."""

EVENT_SOURCE = "/personalization"
AGGREGATE_GROUP = "aggregate"
"""Event Hub consumer group of the timer that aggregates."""
AGGREGATE_STREAM_GROUP = "aggregate-stream"
"""The same of the trigger that aggregates instead, on as many instances as there are partitions."""
DECISIONS_GROUP = "decisions"
"""Event Hub consumer group of what keeps decisions to be looked at."""
ARCHIVE_GROUP = "archive"
"""Event Hub consumer group of the function that writes the lake."""
RETRAIN_GROUP = "retrain-check"
"""Event Hub consumer group of the timer that looks for drift."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Container:
    """A Cosmos container: its partition key path and the time its documents live (seconds, None = for ever).

    `unindexed` are paths that are read but never searched: leaving them out makes each write several times cheaper.
    """

    name: str
    partition_key: str
    default_ttl: int | None = None
    unindexed: tuple[str, ...] = ()

    @property
    def indexing_policy(self) -> dict[str, Any]:
        """Everything is indexed but `unindexed` and the ETag."""
        excluded = [{"path": path} for path in (*self.unindexed, '/"_etag"/?')]
        return {"indexingMode": "consistent", "includedPaths": [{"path": "/*"}], "excludedPaths": excluded}


PRODUCTS = Container("products", "/id")
SHOPPERS = Container("shoppers", "/id", unindexed=("/history/*",))
OFFERS = Container("offers", "/id")
SETTINGS = Container("settings", "/id")
DECISIONS = Container(
    "decisions", "/shopperId", default_ttl=30 * DAY, unindexed=("/products/*", "/considered/*", "/reasons/*")
)
METRICS = Container(
    "metrics", "/partition", default_ttl=35 * DAY, unindexed=("/counts/*", "/shoppers/*", "/ids/*", "/checkpoint/*")
)
SIMULATION = Container("simulation", "/id", unindexed=("/weights/*",))
"""What simulated shoppers went on to buy in reality: the hidden truth that decides their clicks."""
RULES = Container("rules", "/id")
"""What campaign managers say of lists."""

CONTAINERS = (PRODUCTS, SHOPPERS, OFFERS, SETTINGS, DECISIONS, METRICS, SIMULATION, RULES)

POLICY_ID = "policy"
"""Id of the document in `settings` that holds thresholds, priority list, exploration and holdout."""

MODEL_ID = "model"
"""Id of the document in `settings` that names the active version of the model."""
MODELS = "models"
"""Blob container of published models (`<version>/<file>`), and partition of `metrics` that tells of them."""
LAKE = "lake"
"""Blob container of the lake: `events/`, `dead-letter/` and `manifest/`."""
SHIPPED = "shipped"
"""The version that comes with the code; it needs no Blob storage."""

AFFINITY_EVERYONE = "affinity:everyone"
AFFINITY_SEGMENTS = "affinity:segments"
"""Redis set: the names of the segments that have an `affinity:segment:*` list."""
TOP_SHOPPERS = "top-shoppers"
CATALOG_PACKED = "catalog:packed"
"""Redis string: the catalogue, compressed, so that a new process need not query it; delete it after a bulk change."""


def affinity_of_shopper(shopper_id: str) -> str:
    """Redis string: JSON list of [product id, affinity], best first; read when there is no history."""
    return f"affinity:shopper:{shopper_id}"


def affinity_of_segment(segment: str) -> str:
    """Redis string: JSON list of [product id, affinity], best first."""
    return f"affinity:segment:{segment}"


def recent_of_shopper(shopper_id: str) -> str:
    """Redis sorted set: member `event id|event type|product id`, score = event time in epoch seconds."""
    return f"shopper:{shopper_id}:recent"


def offers_of_shopper(shopper_id: str) -> str:
    """Redis sorted set: member `offer id|decision id`, score = time offered in epoch seconds; serves the caps."""
    return f"shopper:{shopper_id}:offers"


OFFERS_KEPT = "offers:kept"
"""Redis string: there while Redis holds who was made which offers; without it that is restored from the windows."""


def consent_of_shopper(shopper_id: str) -> str:
    """Redis string: `on` or `off`, whether the shopper lets itself be personalized; newer than any cached profile."""
    return f"shopper:{shopper_id}:consent"


def trending(window: str) -> str:
    """Redis sorted set: product id -> views within the window (`minute`, `hour`, `day`)."""
    return f"trending:{window}"
