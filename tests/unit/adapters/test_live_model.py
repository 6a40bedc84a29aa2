"""Which model serves while others are activated, succeed and fail."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.adapters import live_model
from functions.adapters.active_model import SHIPPED_VERSION, ActiveModel, InvalidActiveModelError, Version
from functions.adapters.live_model import FIRST_PAUSE, LONGEST_PAUSE, LiveModels
from functions.adapters.model_folder import ModelCorruptError
from functions.adapters.onnx import OnnxModel
from functions.personalization.catalog import Catalog
from functions.usecases.ports import StoreUnavailableError
from tests.small_shop import PRODUCT_LIST, write_model

MAX_AGE = 10.0
ONE, TWO, THREE = (Version(name, f"hash of {name}") for name in ("one", "two", "three"))
SWITCHED = datetime(2026, 11, 1, tzinfo=UTC)


class World:
    """Settings, published models and reports, in memory; `time` is seconds."""

    def __init__(self, folder: Path) -> None:
        names = ("shipped", "one", "two", "three")
        self.models = {name: OnnxModel(write_model(folder / name, version=name)) for name in names}
        self.active: ActiveModel | Exception = ActiveModel(ONE, None, SWITCHED)
        self.broken: dict[Version, Exception] = {}
        self.hanging: set[Version] = set()
        self.loads: Counter[str] = Counter()
        self.catalog: Catalog | Exception = Catalog(PRODUCT_LIST)
        self.served: list[str] = []
        self.failures: list[tuple[str, str]] = []
        self.held = asyncio.Event()
        self.held.set()
        self.time = 0.0
        self.live = LiveModels(self.read, self.load, self.read_catalog, self, MAX_AGE, lambda: self.time)

    async def read(self) -> ActiveModel:
        if isinstance(self.active, Exception):
            raise self.active
        return self.active

    async def load(self, version: Version) -> OnnxModel:
        self.loads[version.name] += 1
        await self.held.wait()
        if version in self.hanging:
            await asyncio.Event().wait()
        if version in self.broken:
            raise self.broken[version]
        return self.models[version.name]

    async def read_catalog(self) -> Catalog:
        if isinstance(self.catalog, Exception):
            raise self.catalog
        return self.catalog

    async def serving(self, version: str) -> None:
        self.served.append(version)

    async def failed(self, version: str, reason: str) -> None:
        self.failures.append((version, reason))

    async def version(self, after: float = 0.0) -> str:
        """What serves some seconds later, when a look that was set off has ended."""
        self.time += after
        await self.live.current()
        await self.live.settled()
        return (await self.live.current()).version


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Version one is active."""
    return World(tmp_path)


async def test_the_active_version_serves(world: World) -> None:
    """From the first request on, loaded once however many ask."""
    found = await asyncio.gather(*(world.live.current() for _ in range(20)))
    assert {model.version for model in found} == {"one"}
    assert world.loads == {"one": 1}


async def test_without_a_switch_the_shipped_model_serves(world: World) -> None:
    """No document, no Blob storage needed."""
    world.active = ActiveModel()
    assert await world.version() == "shipped"
    assert world.loads == {"shipped": 1}


async def test_another_version_takes_over(world: World) -> None:
    """At the first request after the age, and it is reported."""
    assert await world.version() == "one"
    world.active = ActiveModel(TWO, ONE, SWITCHED)
    assert await world.version(MAX_AGE - 1) == "one"
    assert await world.version(1) == "two"
    assert (world.served[-1], world.failures) == ("two", [])


async def test_requests_do_not_wait_for_the_new_version(world: World) -> None:
    """The old one answers until the new one is ready."""
    await world.version()
    world.active, world.time = ActiveModel(TWO, ONE, SWITCHED), MAX_AGE
    world.held.clear()
    for _ in range(5):
        assert (await world.live.current()).version == "one"
        await asyncio.sleep(0)
    world.held.set()
    await world.live.settled()
    assert (await world.live.current()).version == "two"
    assert world.loads["two"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        ModelCorruptError(Path("two"), "candidates.onnx does not have the hash that the manifest names"),
        MemoryError(),
        OSError(28, "No space left on device"),
        RuntimeError("[ONNXRuntimeError] : 7 : INVALID_PROTOBUF"),
    ],
)
async def test_a_version_that_fails_changes_nothing(
    world: World, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """The old one goes on; one line and one report tell of it."""
    await world.version()
    world.active, world.broken = ActiveModel(TWO, ONE, SWITCHED), {TWO: fault}
    assert await world.version(MAX_AGE) == "one"
    assert len(world.failures) == 1
    assert world.failures[0][0] == "two"
    assert type(fault).__name__ in world.failures[0][1]
    [line] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("The model two cannot be taken, one serves: ")


async def test_a_failed_version_is_left_alone_for_longer_and_longer(world: World) -> None:
    """Asked every second for an hour, it is tried a few times only."""
    await world.version()
    world.active, world.broken = ActiveModel(TWO, ONE, SWITCHED), {TWO: MemoryError()}
    for _ in range(3_600):
        assert await world.version(1) == "one"
    doubled = [FIRST_PAUSE * 2**n for n in range(5)]
    assert doubled[-1] < LONGEST_PAUSE
    assert world.loads["two"] == 1 + len(doubled) + (3_600 - sum(doubled)) // LONGEST_PAUSE


async def test_a_failed_version_is_tried_again_when_it_is_activated_again(world: World) -> None:
    """Whoever repaired it need not wait."""
    await world.version()
    world.active, world.broken = ActiveModel(TWO, ONE, SWITCHED), {TWO: MemoryError()}
    assert await world.version(MAX_AGE) == "one"
    world.active, world.broken = replace(world.active, activated=SWITCHED.replace(hour=1)), {}
    assert await world.version(MAX_AGE) == "two"


async def test_the_way_back_is_open_while_a_version_fails(world: World) -> None:
    """A rollback to what serves, then another version: no pause holds it up."""
    await world.version()
    world.active, world.broken = ActiveModel(TWO, ONE, SWITCHED), {TWO: MemoryError()}
    assert await world.version(MAX_AGE) == "one"
    world.active = ActiveModel(ONE, TWO, SWITCHED)
    assert await world.version(MAX_AGE) == "one"
    world.active = ActiveModel(THREE, ONE, SWITCHED)
    assert await world.version(MAX_AGE) == "three"


async def test_a_model_of_another_shop_is_refused(world: World) -> None:
    """By the share of its products that the catalogue has."""
    await world.version()
    world.active, world.catalog = ActiveModel(TWO, ONE, SWITCHED), Catalog(PRODUCT_LIST[:14])
    assert await world.version(MAX_AGE) == "one"
    assert world.failures == [
        (
            "two",
            "UnfitModelError: wrong catalogue: the shop has 47% of the model's 30 products, 50% is the least",
        )
    ]
    world.catalog = Catalog(PRODUCT_LIST[:15])
    assert await world.version(FIRST_PAUSE) == "two"


async def test_an_outage_changes_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """While the settings cannot be read the model goes on; afterwards the switch is noticed at the next look."""
    await world.version()
    world.active = StoreUnavailableError("Cosmos is down")
    assert await world.version(MAX_AGE) == "one"
    assert "is not known, one goes on: Cosmos is down" in caplog.text
    world.active = ActiveModel(TWO, ONE, SWITCHED)
    assert (await world.version(MAX_AGE), world.failures) == ("two", [])


async def test_a_document_that_says_nothing_changes_nothing(world: World) -> None:
    """It is reported once, not with each look."""
    await world.version()
    world.active = InvalidActiveModelError("nonsense")
    assert [await world.version(MAX_AGE) for _ in range(2)] == ["one", "one"]
    assert [name for name, _ in world.failures] == ["unknown"]


async def test_a_new_process_serves_what_the_others_serve(world: World) -> None:
    """When the active version cannot be loaded, the one before it is; the active one is not tried at once again."""
    world.active, world.broken = ActiveModel(TWO, ONE, SWITCHED), {TWO: MemoryError()}
    assert await world.version() == "one"
    assert [await world.version(1) for _ in range(20)] == ["one"] * 20
    assert world.loads == {"two": 1, "one": 1}
    world.broken = {}
    assert await world.version(FIRST_PAUSE) == "two"


async def test_a_new_process_has_the_shipped_model_at_last(world: World) -> None:
    """When neither the active nor the previous version can be loaded, and even when it is another shop's."""
    world.active = ActiveModel(TWO, ONE, SWITCHED)
    world.broken = {TWO: MemoryError(), ONE: MemoryError()}
    world.catalog = Catalog(PRODUCT_LIST[:1])
    assert await world.version() == "shipped"
    assert [name for name, _ in world.failures] == ["two", "one", SHIPPED_VERSION.name]


async def test_a_new_process_with_a_document_that_says_nothing_has_the_shipped_model(world: World) -> None:
    """Better than no answers."""
    world.active = InvalidActiveModelError("nonsense")
    assert await world.version() == "shipped"


async def test_a_new_process_does_not_wait_for_a_storage_that_hangs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests wait for a bounded time, then another version answers them."""
    monkeypatch.setattr(live_model, "START_LIMIT", 0.05)
    world.active, world.hanging = ActiveModel(TWO, ONE, SWITCHED), {TWO}
    assert await world.version() == "one"
    assert world.failures == [("two", "TimeoutError")]


async def test_a_new_process_without_settings_tells_its_callers(world: World) -> None:
    """Deciding with whatever version would be wrong: the message is tried again; afterwards all is well."""
    world.active = StoreUnavailableError("Cosmos is down")
    with pytest.raises(StoreUnavailableError):
        await world.live.current()
    world.active = ActiveModel(ONE, None, SWITCHED)
    assert await world.version() == "one"
