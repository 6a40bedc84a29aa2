"""The look for drift on a real Event Hub and a real Cosmos."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from functions.adapters import cosmos as cosmos_adapter
from functions.app import App
from functions.contracts import RETRAIN_GROUP
from functions.events import Interaction, InteractionEvent, Item
from functions.settings import Settings
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests import small_shop
from tests.conftest import EVENTHUBS_CONFIG


@pytest.fixture
async def app(azurite: Process, cosmos: Process, valkey: Process, tmp_path: Path) -> AsyncIterator[App]:
    """The app on the small shop, with a hub of its own."""
    port, http_port = free_ports(2)
    with running(services.eventhubs(tmp_path / "hub", EVENTHUBS_CONFIG, port, http_port)) as hub:
        async with cosmos_adapter.connect(cosmos.connection) as client:
            name = f"drift-{uuid4()}"
            await small_shop.seed(await small_shop.create(client, name))
            servers = {server.service.setting: server.connection for server in (azurite, cosmos, valkey, hub)}
            known = small_shop.write_model(tmp_path / "model", small_shop.PRODUCT_IDS[:20])
            made = App(Settings.read({**servers, "CosmosDatabase": name, "ModelFolder": str(known)}))
            yield made
            await made.close()
            await client.delete_database(name)


async def test_what_happened_is_looked_at_and_told(app: App) -> None:
    """From decisions through the hub's own consumer group into the metrics; a second look replaces the first."""
    for number in range(300):
        item = Item(item_id=f"p{number % 30}")
        action = InteractionEvent(
            id=f"look-{uuid4()}",
            source="/test",
            subject=f"s{number % 12}",
            time=datetime.now(UTC),
            type="view_item",
            data=Interaction(items=(item,)),
        )
        await app.make_offer(action)
    for _ in range(2):
        drift = await app.check_drift()
        found = drift.looked_at
        assert (drift.version, found.events, found.touches, found.shoppers) == ("small-1", 900, 300, 12)
        assert found.unknown_touched == pytest.approx(1 / 3)
        assert drift.verdict == "train again: the model does not know 33% of what is touched"
        assert (await app.metrics.models()).drift == drift


def test_the_hub_has_the_group() -> None:
    """Locally; where the app is deployed its template makes it."""
    assert f'"{RETRAIN_GROUP}"' in EVENTHUBS_CONFIG.read_text()
