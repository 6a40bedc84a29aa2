"""The tables of `stack.toml`, as pydantic models: unknown keys and wrong types are refused by name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Azurite(Table):
    kind: Literal["azurite"]
    ports: tuple[int, int, int] = (10000, 10001, 10002)


class Valkey(Table):
    kind: Literal["valkey"]
    port: int = 6379
    max_memory: str = "512mb"


class EventHubs(Table):
    kind: Literal["eventhubs"]
    config: Path
    port: int = 5672
    http_port: int = 5300


class Cosmos(Table):
    kind: Literal["cosmos"]
    port: int = 8081
    ranges: int = 3


class Functions(Table):
    kind: Literal["functions"]
    app: Path = Path()
    port: int = 7071
    only: tuple[str, ...] = ()
    quiet: bool = True


type AnyService = Annotated[Azurite | Valkey | EventHubs | Cosmos | Functions, Field(discriminator="kind")]


class Command(Table):
    command: tuple[str, ...] = Field(min_length=1)
    optional: bool = False  # leave it out when its Python module does not exist


class File(Table):
    services: dict[str, AnyService]
    settings_files: tuple[Path, ...] = ()
    seed: Command | None = None
    start: Command | None = None
    view: Command | None = None
    pages: dict[str, str] = {}
