"""The clients of this process, each made when it is first asked for: one of each kind.

Adapters are imported when they are needed: what a function does not use costs its cold start nothing.
"""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from functions.contracts import (
    AGGREGATE_GROUP,
    DECISIONS,
    METRICS,
    RETRAIN_GROUP,
    RULES,
    SETTINGS,
    SHOPPERS,
    SIMULATION,
)
from functions.settings import WEB, Settings
from functions.telemetry import SILENT, Telemetry

if TYPE_CHECKING:
    from azure.cosmos.aio import CosmosClient, DatabaseProxy
    from redis.asyncio import Redis

    from functions.adapters.cosmos import CosmosShoppers
    from functions.adapters.decision_store import CosmosDecisions
    from functions.adapters.eventhubs import EventHubStream
    from functions.adapters.lake_store import BlobLake
    from functions.adapters.live_model import LiveModels
    from functions.adapters.memory import RedisMemories
    from functions.adapters.metrics_store import CosmosMetrics
    from functions.adapters.partitions import EventHubPartitions
    from functions.adapters.profiles import CachedShoppers
    from functions.adapters.rules_store import CosmosRules
    from functions.adapters.search_index import TantivySearch
    from functions.adapters.shelf import CachedShelf
    from functions.adapters.simulation_store import CosmosSimulations
    from functions.adapters.static_files import StaticFiles
    from functions.personalization.catalog import Catalog


def now() -> datetime:
    """The time, with its zone: the app's only clock."""
    return datetime.now(UTC)


class Services:
    """Clients over the settings; they belong to the event loop on which they are first used."""

    def __init__(self, settings: Settings, telemetry: Telemetry = SILENT) -> None:
        self.settings = settings
        self.telemetry = telemetry

    @cached_property
    def rules(self) -> "CosmosRules":
        """The rules of lists."""
        from functions.adapters.rules_store import CosmosRules

        return CosmosRules(self.database.get_container_client(RULES.name))

    @cached_property
    def decisions(self) -> "CosmosDecisions":
        """Decisions, kept to be looked at."""
        from functions.adapters.decision_store import CosmosDecisions

        return CosmosDecisions(self.database.get_container_client(DECISIONS.name))

    @cached_property
    def shoppers(self) -> "CachedShoppers":
        """Profiles, kept for a moment."""
        from functions.adapters.profiles import CachedShoppers

        return CachedShoppers(self.profiles, self.settings.shopper_max_age)

    @cached_property
    def profiles(self) -> "CosmosShoppers":
        """Profiles as they are stored."""
        from functions.adapters.cosmos import CosmosShoppers

        return CosmosShoppers(self.database.get_container_client(SHOPPERS.name))

    @cached_property
    def models(self) -> "LiveModels":
        """Which model decides."""
        from functions.adapters import active_model
        from functions.adapters.live_model import LiveModels
        from functions.adapters.model_loader import ModelLoader
        from functions.adapters.model_reports import CosmosModelReports

        kept = self.settings
        loader = ModelLoader(kept.model_folder, kept.model_cache, kept.blob_connection, kept.scoring_threads)
        documents = self.database.get_container_client(SETTINGS.name)
        reports = CosmosModelReports(self.database.get_container_client(METRICS.name), now)

        async def active() -> "active_model.ActiveModel":
            return (await active_model.read(documents))[0]

        async def catalog() -> "Catalog":
            return (await self.shelf.current()).catalog

        return LiveModels(active, loader.load, catalog, reports, kept.model_max_age, telemetry=self.telemetry)

    @cached_property
    def lake(self) -> "BlobLake":
        """The storage of the lake."""
        from functions.adapters.lake_store import BlobLake, connect

        return BlobLake(connect(self.settings.lake_connection))

    @cached_property
    def partitions(self) -> "EventHubPartitions":
        """The event stream, to be read back."""
        return self._partitions(AGGREGATE_GROUP)

    @cached_property
    def recent(self) -> "EventHubPartitions":
        """The event stream, looked into now and then."""
        return self._partitions(RETRAIN_GROUP)

    def _partitions(self, group: str) -> "EventHubPartitions":
        from functions.adapters.partitions import EventHubPartitions, connector

        hub = self.settings.event_hub_name
        return EventHubPartitions(connector(self.settings.event_hub_connection, hub, group), hub)

    @cached_property
    def metrics(self) -> "CosmosMetrics":
        """Windows and checkpoints."""
        from functions.adapters.metrics_store import CosmosMetrics

        return CosmosMetrics(self.database.get_container_client(METRICS.name))

    @cached_property
    def simulations(self) -> "CosmosSimulations":
        """Simulation runs and simulated shoppers."""
        from functions.adapters.simulation_store import CosmosSimulations

        return CosmosSimulations(self.database.get_container_client(SIMULATION.name))

    @cached_property
    def shelf(self) -> "CachedShelf":
        """What the shop has to offer."""
        from functions.adapters.shelf import CachedShelf

        return CachedShelf(self.database, self.redis, self.settings.catalog_max_age, self.settings.offers_max_age)

    @cached_property
    def search(self) -> "TantivySearch":
        """What a person typed, looked for in the catalogue."""
        from functions.adapters.search_index import TantivySearch

        return TantivySearch(self.shelf)

    @cached_property
    def web(self) -> "StaticFiles":
        """The pages of the demo store and the till."""
        from functions.adapters.static_files import StaticFiles

        return StaticFiles(WEB)

    @cached_property
    def memories(self) -> "RedisMemories":
        """Fast memory of shoppers."""
        from functions.adapters.memory import RedisMemories

        return RedisMemories(self.redis)

    @cached_property
    def stream(self) -> "EventHubStream":
        """Where events go."""
        from functions.adapters.eventhubs import EventHubStream, connector

        return EventHubStream(connector(self.settings.event_hub_connection, self.settings.event_hub_name))

    @cached_property
    def cosmos(self) -> "CosmosClient":
        """The one client of Cosmos DB."""
        from functions.adapters.cosmos import connect

        return connect(self.settings.cosmos_connection)

    @cached_property
    def database(self) -> "DatabaseProxy":
        """The database that holds all containers."""
        return self.cosmos.get_database_client(self.settings.cosmos_database)

    @cached_property
    def redis(self) -> "Redis":
        """The one client of Redis."""
        from functions.adapters.memory import connect

        return connect(self.settings.redis_connection)

    async def close(self) -> None:
        """Close every client that was made; Azure gives no such moment, tests and benchmarks do."""
        made = vars(self)
        for name in ("models", "shelf", "search"):
            if name in made:
                await made[name].settled()
        for name in ("stream", "partitions", "recent", "lake", "cosmos"):
            if name in made:
                await made[name].close()
        if "redis" in made:
            await self.redis.aclose()
