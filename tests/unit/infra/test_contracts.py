"""Code and infrastructure agree on every name: one truth, looked at from both sides."""

import json

from functions import contracts
from functions.contracts import CONTAINERS, LAKE, MODELS, USER_ACTIONS, USER_RESPONSES
from functions.lake.manifest import DEAD_LETTER, EVENTS
from functions.settings import Settings
from functions.telemetry import LAG
from tests.unit.infra.reading import BICEP, CONTRACTS, ROOT, constants, text
from tests.unit.test_settings import LOCAL

USES = {
    "database": "cosmos",
    "containers": "cosmos",
    "queues": "storage",
    "blobContainers": "storage",
    "hub": "eventhubs",
    "consumerGroups": "eventhubs",
    "fileSystems": "lake",
    "ageingFolders": "lake",
}
"""Which module makes what the contracts name."""


def _container(each: contracts.Container) -> dict[str, object]:
    expires = {} if each.default_ttl is None else {"defaultTtl": each.default_ttl}
    policy = {"partitionKey": each.partition_key, "indexingPolicy": each.indexing_policy}
    return {"name": each.name, **policy, **expires}


def test_cosmos_has_the_containers_of_the_code() -> None:
    """Names, partition keys, times to live and indexing are those that the code was written for."""
    assert CONTRACTS["containers"] == [_container(each) for each in CONTAINERS]


def test_every_container_of_the_code_is_in_its_list() -> None:
    """A container that is declared but not listed would be made nowhere."""
    declared = {each.name for each in vars(contracts).values() if isinstance(each, contracts.Container)}
    assert declared == {each.name for each in CONTAINERS}


def test_storage_has_the_queues_and_containers_of_the_code() -> None:
    """Both queues, the container of models and the lake are there before the app asks."""
    assert CONTRACTS["queues"] == [USER_RESPONSES, USER_ACTIONS]
    assert CONTRACTS["blobContainers"] == [MODELS]
    assert CONTRACTS["fileSystems"] == [LAKE]


def test_in_the_lake_ages_what_is_written_once() -> None:
    """Events and dead letters grow old; the manifests, which are written again and again, do not."""
    assert CONTRACTS["ageingFolders"] == [f"{LAKE}/{EVENTS}/", f"{LAKE}/{DEAD_LETTER}/"]
    assert "prefixMatch: ageingFolders" in text("lake")


def test_every_reader_of_the_stream_has_its_consumer_group() -> None:
    """Two readers of one group would take events from each other."""
    groups = {value for name, value in vars(contracts).items() if name.endswith("_GROUP")}
    assert set(CONTRACTS["consumerGroups"]) == groups
    assert len(CONTRACTS["consumerGroups"]) == len(groups)


def test_the_local_hub_has_these_groups_too() -> None:
    """What runs on a laptop finds its group there."""
    config = json.loads((ROOT / "eventhubs.config.json").read_text())
    [hub] = config["UserConfig"]["NamespaceConfig"][0]["Entities"]
    assert hub["Name"] == CONTRACTS["hub"]
    assert set(CONTRACTS["consumerGroups"]) <= {group["Name"] for group in hub["ConsumerGroups"]}


def test_hub_and_database_have_the_names_that_settings_default_to() -> None:
    """An app without these two settings finds hub and database all the same."""
    settings = Settings.read(LOCAL)
    assert (CONTRACTS["hub"], CONTRACTS["database"]) == (settings.event_hub_name, settings.cosmos_database)


def test_the_infrastructure_takes_its_names_from_the_contracts() -> None:
    """`main.bicep` gives every one of them to the module that makes it; the modules write none of them down."""
    main = (BICEP / "main.bicep").read_text()
    assert "loadJsonContent('contracts.json')" in main
    for name, module in USES.items():
        body = main.partition(f"'modules/{module}.bicep'")[2].partition("\n}\n")[0]
        assert f"contracts.{name}" in body, f"{module}.bicep is not given contracts.{name}"
    assert set(USES) == set(CONTRACTS)


def test_cosmos_passes_on_what_the_contracts_say() -> None:
    """Partition key, indexing and time to live of each container reach Azure unchanged."""
    module = text("cosmos")
    for part in ("paths: [each.partitionKey]", "each.indexingPolicy", "defaultTtl: each.defaultTtl"):
        assert part in module


def test_alerts_look_for_what_the_code_logs() -> None:
    """A log line that is worded anew would silence its alert."""
    words = constants(text("alerts"))
    triggers = ROOT / "functions" / "triggers"
    stream, parking = (triggers / "stream.py").read_text(), (triggers / "parking.py").read_text()
    assert f'"{words["aggregated"]}%d messages in %d{words["waiting"]}%d{words["left"]}"' in stream
    assert f"Message %s{words['parked']}%s" in parking
    assert f"%s-%d{words['deadLetter']}%s" in (triggers / "lake.py").read_text()
    assert words["lag"] == LAG.name
