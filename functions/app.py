"""The composition root: the use cases, each made over the clients of this process when it is first needed.

Azure runs all async functions of a process on one event loop, on which the clients live. SDKs are imported when
the first client of their kind is made, so that a function that needs none of them starts without waiting for them.
"""

import logging
import os
import sys
import time
from functools import cache, cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from functions.contracts import (
    DECISIONS,
    METRICS,
    SHOPPERS,
    SIMULATION,
)
from functions.logs import shape
from functions.services import Services, now
from functions.settings import InvalidSettingError, Observation, Settings
from functions.telemetry import SILENT, Telemetry

if TYPE_CHECKING:
    from functions.usecases.aggregate import Aggregation
    from functions.usecases.aggregate_stream import StreamAggregation, Tending
    from functions.usecases.archive_events import ArchiveEvents
    from functions.usecases.check_drift import CheckDrift
    from functions.usecases.check_health import Asked, HealthCheck
    from functions.usecases.claim import ModeGuard
    from functions.usecases.collect_events import CollectEvents
    from functions.usecases.compact_lake import CompactLake
    from functions.usecases.decide_offer import DecideOffer
    from functions.usecases.erase_from_lake import EraseFromLake
    from functions.usecases.make_offer import MakeOffer
    from functions.usecases.manage_rules import ManageRules
    from functions.usecases.odata.read import ReadSet
    from functions.usecases.offer_audience import OfferAudience
    from functions.usecases.personal_data import PersonalData, Place
    from functions.usecases.read_alerts import ReadAlerts
    from functions.usecases.read_metrics import ReadMetrics
    from functions.usecases.recommend import Recommend
    from functions.usecases.restore_offers import RestoreOffers
    from functions.usecases.sample_shoppers import SampleShoppers
    from functions.usecases.shopper_data import ShopperData
    from functions.usecases.simulate_shopper import SimulateShopper


__all__ = ["App", "app", "now", "telemetry"]

log = logging.getLogger(__name__)


@cache
def telemetry() -> Telemetry:
    """Who is told of this process's work, by its environment. A shop does not close because nobody can look on."""
    try:
        how = Observation.read(os.environ)
    except InvalidSettingError as error:
        log.error("Nobody is told of traces and figures: %s", error)
        return SILENT
    telling: Telemetry = SILENT
    if how.telemetry != "off":
        from functions.adapters.telemetry_export import open_telemetry

        telling = open_telemetry(how)
    if how.json_logs or how.telemetry in {"console", "otlp"}:
        shape(logging.getLogger().handlers, telling.ids, as_json=how.json_logs)
    return telling


@cache
def app() -> "App":
    """The app of this process, by its environment; raises what `Settings.read` raises."""
    logging.getLogger("azure").setLevel(logging.WARNING)  # at INFO the SDKs log every request, with its ids
    sys.setswitchinterval(0.0005)  # the scoring thread waits less for the loop: 4 % more decisions, measured
    return App(Settings.read(os.environ), telemetry())


class App(Services):
    """The use cases with their clients; belongs to the event loop on which it is first used."""

    @cached_property
    def make_offer(self) -> "MakeOffer":
        """An offer for a shopper who did something."""
        from functions.usecases.make_offer import MakeOffer

        return MakeOffer(
            shoppers=self.shoppers,
            memories=self.memories,
            shelf=self.shelf,
            models=self.models,
            stream=self.stream,
            clock=now,
            stopwatch=time.perf_counter,
            telemetry=self.telemetry,
        )

    @cached_property
    def recommend(self) -> "Recommend":
        """A list of products for a shopper or a session."""
        from functions.adapters.trends import RedisTrends
        from functions.usecases.recommend import Recommend

        return Recommend(
            shoppers=self.shoppers,
            memories=self.memories,
            shelf=self.shelf,
            models=self.models,
            trends=RedisTrends(self.redis),
            search=self.search,
            rules=self.rules,
            clock=now,
            new_id=lambda: uuid4().hex[:16],
        )

    @cached_property
    def manage_rules(self) -> "ManageRules":
        """What campaign managers say of lists, read and written."""
        from functions.usecases.manage_rules import ManageRules

        return ManageRules(self.rules, self.shelf)

    @cached_property
    def decide_offer(self) -> "DecideOffer":
        """An offer for a page that asks for one."""
        from functions.usecases.decide_offer import DecideOffer

        return DecideOffer(self.make_offer, self.shelf, now, lambda: str(uuid4()))

    @cached_property
    def collect_events(self) -> "CollectEvents":
        """What storefronts report."""
        from functions.usecases.collect_events import CollectEvents

        return CollectEvents(self.stream, self.memories, now, self.telemetry)

    @cached_property
    def shopper_data(self) -> "ShopperData":
        """What is known of a shopper, for the associate at the till, and the shopper's own word on it."""
        from functions.usecases.shopper_data import ShopperData

        return ShopperData(self.profiles, self.memories, self.shelf)

    @cached_property
    def offer_audience(self) -> "OfferAudience":
        """An offer, and whom it is made to."""
        from functions.usecases.offer_audience import OfferAudience

        return OfferAudience(self.shelf, self.decisions, self.profiles)

    @cached_property
    def personal_data(self) -> "PersonalData":
        """Everything about a person, in every place that holds any of it."""
        from functions.adapters.personal_documents import SIMULATED, PersonalDocuments
        from functions.adapters.personal_memory import PersonalMemory
        from functions.adapters.personal_messages import PersonalMessages
        from functions.adapters.personal_views import PersonalViews
        from functions.usecases.personal_data import PersonalData

        container = self.database.get_container_client
        places: dict[str, Place] = {
            "profile": PersonalDocuments(container(SHOPPERS.name)),
            "simulation": PersonalDocuments(container(SIMULATION.name), SIMULATED),
            "decisions": PersonalDocuments(container(DECISIONS.name)),
            "messages": PersonalMessages(self.settings.queue_connection),
            "views": PersonalViews(container(METRICS.name), time.time),
            "memory": PersonalMemory(self.redis),
        }
        return PersonalData(places, self._forget, self.erase_from_lake.note)

    def _forget(self, shopper_id: str) -> None:
        """Whatever this process keeps of a shopper; others keep it until it is too old, half a minute at most."""
        from functions.adapters.partition_key import partition_of

        made = vars(self)
        for name in ("shoppers", "simulations"):
            if name in made:
                made[name].forget(shopper_id)
        if "recommend" in made:
            self.recommend.scores.forget(shopper_id)
        for name in ("sample_shoppers", "aggregation", "stream_aggregation", "tending"):
            if name in made:
                made[name].forget()
        partition_of.cache_clear()

    @cached_property
    def simulate_shopper(self) -> "SimulateShopper":
        """A simulated shopper reacts."""
        from functions.usecases.simulate_shopper import SimulateShopper

        return SimulateShopper(self.simulations, self.shelf)

    @cached_property
    def aggregation(self) -> "Aggregation":
        """From the event stream to windows and hot counters."""
        from functions.adapters.hot_counters import RedisHotCounters
        from functions.usecases.aggregate import Aggregation

        return Aggregation(self.partitions, self.metrics, RedisHotCounters(self.redis), telemetry=self.telemetry)

    @cached_property
    def stream_aggregation(self) -> "StreamAggregation":
        """The same for the events that a trigger brings."""
        from functions.usecases.aggregate_stream import StreamAggregation

        return StreamAggregation(self.partitions, self.metrics, telemetry=self.telemetry)

    @cached_property
    def tending(self) -> "Tending":
        """What a trigger leaves undone."""
        from functions.adapters.hot_counters import RedisHotCounters
        from functions.usecases.aggregate_stream import Tending

        return Tending(self.partitions, self.metrics, RedisHotCounters(self.redis), telemetry=self.telemetry)

    @cached_property
    def restore_offers(self) -> "RestoreOffers":
        """Who was made which offers, when Redis lost it."""
        from functions.adapters.offer_memory import RedisOfferMemory
        from functions.usecases.restore_offers import RestoreOffers

        return RestoreOffers(self.metrics, RedisOfferMemory(self.redis))

    @cached_property
    def mode_guard(self) -> "ModeGuard":
        """Who may aggregate."""
        from functions.adapters.claims import CosmosClaims
        from functions.usecases.claim import ModeGuard

        return ModeGuard(CosmosClaims(self.database.get_container_client(METRICS.name)))

    @cached_property
    def archive_events(self) -> "ArchiveEvents":
        """From the event stream to the lake."""
        from functions.usecases.archive_events import ArchiveEvents

        return ArchiveEvents(self.lake, time.monotonic)

    @cached_property
    def erase_from_lake(self) -> "EraseFromLake":
        """Shoppers, taken out of the lake."""
        from functions.usecases.erase_from_lake import EraseFromLake

        return EraseFromLake(self.lake, now, lambda: uuid4().hex[:8])

    @cached_property
    def compact_lake(self) -> "CompactLake":
        """The lake, kept small and clean."""
        from functions.usecases.compact_lake import CompactLake

        return CompactLake(self.lake, self.settings.lake_retention_days, now, lambda: uuid4().hex[:8])

    @cached_property
    def check_drift(self) -> "CheckDrift":
        """Whether the model should be trained again."""
        from functions.usecases.check_drift import CheckDrift

        return CheckDrift(self.recent, self.profiles, self.models, self.metrics, now)

    @cached_property
    def read_metrics(self) -> "ReadMetrics":
        """The figures of a range."""
        from functions.usecases.read_metrics import ReadMetrics

        return ReadMetrics(self.metrics, now)

    @cached_property
    def read_alerts(self) -> "ReadAlerts":
        """What is out of its band."""
        from functions.usecases.archive_progress import ArchiveProgress
        from functions.usecases.read_alerts import ReadAlerts

        return ReadAlerts(self.read_metrics, ArchiveProgress(self.lake), self.metrics, now)

    @cached_property
    def read_set(self) -> "ReadSet":
        """The same figures for who asks in OData."""
        from functions.usecases.odata.read import ReadSet

        return ReadSet(self.read_metrics, now)

    @cached_property
    def health(self) -> "HealthCheck":
        """Whether everything answers."""
        from functions.adapters import probes
        from functions.usecases.check_health import Asked, HealthCheck

        database, redis, queues = self.database, self.redis, self.settings.queue_connection
        asked = {
            "cosmos": Asked(lambda: probes.answers_cosmos(database), "degraded", "offers, figures, profiles, rules"),
            "redis": Asked(lambda: probes.answers_redis(redis), "degraded", "memory of the last days, caps, trends"),
            "eventhubs": Asked(self.stream.ping, "degraded", "offers, and events that storefronts report"),
            "queues": Asked(lambda: probes.answers_queues(queues), "degraded", "simulation, offers by queue"),
        }
        return HealthCheck({**asked, **self._needed}, time.perf_counter)

    @cached_property
    def readiness(self) -> "HealthCheck":
        """Whether this process has what it cannot serve without, which is loaded by asking."""
        from functions.usecases.check_health import LOADING, HealthCheck

        return HealthCheck(self._needed, time.perf_counter, LOADING)

    @cached_property
    def _needed(self) -> "dict[str, Asked]":
        from functions.usecases.check_health import Asked

        return {
            "catalog": Asked(self.shelf.current, "down", "everything: there is nothing to show"),
            "model": Asked(self.models.current, "down", "everything: nothing ranks"),
        }

    @cached_property
    def sample_shoppers(self) -> "SampleShoppers":
        """Some simulated shoppers, for the demo store to be."""
        from functions.adapters.cosmos import CosmosShoppers
        from functions.usecases.sample_shoppers import SampleShoppers

        return SampleShoppers(
            self.simulations, CosmosShoppers(self.database.get_container_client(SHOPPERS.name)), time.monotonic
        )
