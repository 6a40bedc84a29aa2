"""Every setting of the app, typed, read once from a mapping."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir


class MissingSettingError(Exception):
    """A setting that the app cannot run without is not there."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The setting '{key}' is missing: add it to local.settings.json or to the app's settings.")


class InvalidSettingError(Exception):
    """A setting has a value that cannot be used."""

    def __init__(self, key: str, value: str, wanted: str) -> None:
        super().__init__(f"The setting '{key}' is '{value}', but must be {wanted}.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the services are and how the app behaves; connection strings are secrets: never log this object."""

    storage_connection: str
    event_hub_connection: str
    event_hub_name: str
    cosmos_connection: str
    cosmos_database: str
    redis_connection: str
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

    @classmethod
    def read(cls, source: Mapping[str, str]) -> "Settings":
        """Read every setting; raise `MissingSettingError` or `InvalidSettingError` naming the first bad key."""
        return cls(
            storage_connection=_required(source, "AzureWebJobsStorage"),
            event_hub_connection=_required(source, "EventHubConnection"),
            event_hub_name=source.get("EventHubName", "events"),
            cosmos_connection=_required(source, "CosmosConnection"),
            cosmos_database=source.get("CosmosDatabase", "personalization"),
            redis_connection=_required(source, "RedisConnection"),
            model_folder=Path(source.get("ModelFolder", SHIPPED_MODEL)),
            model_cache=Path(source.get("ModelCache") or Path(gettempdir(), "personalization-models")),
            model_max_age=_number(source, "ModelMaxAgeSeconds", 10, low=0.1),
            scoring_threads=int(_number(source, "ScoringThreads", 1, low=1)),
            catalog_max_age=_number(source, "CatalogMaxAgeSeconds", 900, low=1),
            offers_max_age=_number(source, "OffersMaxAgeSeconds", 30, low=1),
            shopper_max_age=_number(source, "ShopperMaxAgeSeconds", 30, low=0),
        )


SHIPPED_MODEL = Path(__file__).parent.parent / "model" / "artifacts"
"""The default model, which ships with the code."""
WEB = Path(__file__).parent / "web"
"""The pages that the app serves, a folder for each site."""


def _required(source: Mapping[str, str], key: str) -> str:
    value = source.get(key, "")
    if not value:
        raise MissingSettingError(key)
    return value


def _number(source: Mapping[str, str], key: str, default: float, low: float) -> float:
    text = source.get(key)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not number >= low:
        raise InvalidSettingError(key, text, f"a number of at least {low}")
    return number
