"""Every setting of the app, typed, read once from a mapping."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from tempfile import gettempdir
from typing import Literal, get_args


class MissingSettingError(Exception):
    """A setting that the app cannot run without is not there."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The setting '{key}' is missing: add it to local.settings.json or to the app's settings.")


class InvalidSettingError(Exception):
    """A setting has a value that cannot be used."""

    def __init__(self, key: str, value: str, wanted: str) -> None:
        super().__init__(f"The setting '{key}' is '{value}', but must be {wanted}.")


@dataclass(frozen=True, slots=True)
class Entra:
    """A service that takes tokens of Entra ID in place of a secret: its address, and who asks for the tokens.

    `client_id` names a managed identity; None is whoever is logged in, on a laptop or in a pipeline.
    """

    address: str
    client_id: str | None = None


type Connection = str | Entra
"""How a service is reached: by a connection string, which holds a secret, or by a token."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the services are and how the app behaves; connection strings are secrets: never log this object."""

    blob_connection: Connection
    queue_connection: Connection
    event_hub_connection: Connection
    lake_connection: Connection
    """The storage of the lake: that of the app, unless it is said."""
    lake_retention_days: int
    """Days after which events are deleted from the lake."""
    event_hub_name: str
    cosmos_connection: Connection
    cosmos_database: str
    redis_connection: Connection
    model_folder: Path
    """The model that serves while no other version is active."""
    model_cache: Path
    """Where published models are kept once they were fetched; processes of a host may share it."""
    model_max_age: float
    """Seconds after which a process in use looks whether another version was activated."""
    scoring_threads: int
    catalog_max_age: float
    """Seconds for which the cached catalogue may be served before it is refreshed."""
    offers_max_age: float
    """Seconds for which cached offers and policy may be served before they are refreshed."""
    shopper_max_age: float
    """Seconds for which a profile may be served from memory; 0 reads it for each decision."""
    aggregates_by_stream: bool
    """Whether the function `aggregate_stream` is enabled: then the timer `aggregate` only looks after it."""

    @classmethod
    def read(cls, source: Mapping[str, str]) -> "Settings":
        """Read every setting; raise `MissingSettingError` or `InvalidSettingError` naming the first bad key."""
        return cls(
            blob_connection=_connection(source, "AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri"),
            queue_connection=_connection(source, "AzureWebJobsStorage", "AzureWebJobsStorage__queueServiceUri"),
            event_hub_connection=_connection(
                source, "EventHubConnection", "EventHubConnection__fullyQualifiedNamespace"
            ),
            lake_connection=_lake(source),
            lake_retention_days=int(_number(source, "LakeRetentionDays", 90, low=1)),
            event_hub_name=source.get("EventHubName", "events"),
            cosmos_connection=_connection(source, "CosmosConnection", "CosmosEndpoint"),
            cosmos_database=source.get("CosmosDatabase", "personalization"),
            redis_connection=_connection(source, "RedisConnection", "RedisAddress"),
            model_folder=Path(source.get("ModelFolder") or SHIPPED_MODEL),
            model_cache=Path(source.get("ModelCache") or Path(gettempdir(), "personalization-models")),
            model_max_age=_number(source, "ModelMaxAgeSeconds", 10, low=0.1),
            scoring_threads=int(_number(source, "ScoringThreads", 1, low=1)),
            catalog_max_age=_number(source, "CatalogMaxAgeSeconds", 900, low=1),
            offers_max_age=_number(source, "OffersMaxAgeSeconds", 30, low=1),
            shopper_max_age=_number(source, "ShopperMaxAgeSeconds", 30, low=0),
            aggregates_by_stream=_enabled(source, "aggregate_stream"),
        )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call the HTTP API, how often, and from which pages."""

    publishable_key: str
    """What browsers show; empty when there is none, which opens a local app and closes one in Azure."""
    requests_per_minute: float
    """Of each key and address, in each process; 0 does not limit them."""
    cors_origins: frozenset[str]
    """Sites whose pages may call, such as `https://shop.example`."""
    in_azure: bool

    @classmethod
    def read(cls, source: Mapping[str, str]) -> "Access":
        """Read these settings; none is required; raise `InvalidSettingError` naming the first bad key."""
        return cls(
            publishable_key=source.get("PublishableKey", ""),
            requests_per_minute=_number(source, "RequestsPerMinute", 6_000, low=0),
            cors_origins=_origins(source, "CorsOrigins"),
            in_azure=_in_azure(source),
        )


type Listener = Literal["off", "console", "otlp", "azure"]


@dataclass(frozen=True, slots=True)
class Observation:
    """Who is told of the app's own work: traces, figures and log lines."""

    telemetry: Listener
    """Nobody; the log; an OTLP endpoint; or whom Azure's Python worker set up (Application Insights)."""
    ratio: float
    """The share of all traces that are recorded, of 1. In Azure its worker reads the same setting."""
    otlp_endpoint: str
    json_logs: bool
    """Whether a log line is a JSON object, for programs; else it is for people."""
    in_azure: bool

    @classmethod
    def read(cls, source: Mapping[str, str]) -> "Observation":
        """Read these settings; none is required; raise `InvalidSettingError` naming the first bad key."""
        telemetry: Listener = _one_of(source, "Telemetry", get_args(Listener.__value__))
        otlp = source.get("OTEL_EXPORTER_OTLP_ENDPOINT") if telemetry == "otlp" else None
        return cls(
            telemetry=telemetry,
            ratio=_number(source, "OTEL_TRACES_SAMPLER_ARG", 1, low=0, high=1),
            otlp_endpoint=otlp or "http://127.0.0.1:4318",
            json_logs=_one_of(source, "LogFormat", ("plain", "json")) == "json",
            in_azure=_in_azure(source),
        )


IN_AZURE = ("WEBSITE_SITE_NAME", "WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME")
"""Azure sets some of these, each plan others: Flex Consumption has no WEBSITE_INSTANCE_ID."""
SHIPPED_MODEL = Path(__file__).parent.parent / "model" / "artifacts"
"""The default model, which ships with the code."""
ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
"""Lower case and without a path, as browsers send it."""
WEB = Path(__file__).parent / "web"
"""The pages that the app serves, a folder for each site."""


def _connection(source: Mapping[str, str], key: str, address: str) -> Connection:
    """The connection string when there is one, else the address; both missing, the first is what is missed."""
    if connection := source.get(key):
        return connection
    if place := source.get(address):
        return Entra(place, _managed_identity(source))
    raise MissingSettingError(key)


def _lake(source: Mapping[str, str]) -> Connection:
    if source.get("LakeConnection") or source.get("LakeEndpoint"):
        return _connection(source, "LakeConnection", "LakeEndpoint")
    return _connection(source, "AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri")


def _managed_identity(source: Mapping[str, str]) -> str | None:
    """The app's identity where Azure hands out its tokens; a pipeline's own login uses the same setting."""
    return source.get("AZURE_CLIENT_ID") if "IDENTITY_ENDPOINT" in source else None


def _enabled(source: Mapping[str, str], function: str) -> bool:
    """Whether Azure runs a function: it does unless a setting says `true` or `1`."""
    names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
    return not any(source.get(name, "").strip().lower() in ("true", "1") for name in names)


def _in_azure(source: Mapping[str, str]) -> bool:
    return any(source.get(name) for name in IN_AZURE)


def _one_of[T: str](source: Mapping[str, str], key: str, allowed: Sequence[T]) -> T:
    """The allowed text that a setting has; without a setting the first."""
    text = source.get(key) or allowed[0]
    for each in allowed:
        if text == each:
            return each
    raise InvalidSettingError(key, text, f"one of {', '.join(allowed)}")


def _number(source: Mapping[str, str], key: str, default: float, low: float, high: float = inf) -> float:
    text = source.get(key)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        most = f" and at most {high:g}" if high < inf else ""
        raise InvalidSettingError(key, text, f"a number of at least {low}{most}")
    return number


def _origins(source: Mapping[str, str], key: str) -> frozenset[str]:
    text = source.get(key, "")
    origins = frozenset(origin for part in text.split(",") if (origin := part.strip()))
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise InvalidSettingError(key, text, "origins such as https://shop.example, separated by commas")
    return origins
