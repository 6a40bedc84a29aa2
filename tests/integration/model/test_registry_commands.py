"""publish, activate and rollback as one types them, on real servers: what they do, and what they say."""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.pipeline.transport import AioHttpTransport

from functions.adapters import active_model, memory, model_store
from functions.adapters import cosmos as cosmos_adapter
from functions.adapters.active_model import ActiveModel
from functions.contracts import AFFINITY_EVERYONE, SETTINGS
from local.stack.ports import free_ports
from local.stack.process import Process
from model import activate, artifact, publish, rollback
from model.datasets import prepared, table
from model.evaluation import report
from model.precomputed import Precomputed
from model.registry import switch
from tests import small_shop
from tests.unit.model.datasets import shops
from tests.unit.model.evaluation.test_gates import GOOD

type Environment = Mapping[str, str]
type Said = pytest.CaptureFixture[str]


@pytest.fixture
def environment(
    azurite: Process,
    cosmos: Process,
    valkey: Process,
    eventhubs: Process,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Environment]:
    """Settings as the app has them, of a shop with the small model shipped."""
    servers = {server.service.setting: server.connection for server in (azurite, cosmos, valkey, eventhubs)}
    shipped = small_shop.write_model(tmp_path / "shipped", version="shipped-1")
    settings = servers | {"CosmosDatabase": f"registry-{uuid4()}", "ModelFolder": str(shipped)}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    asyncio.run(_create(settings))
    yield settings
    asyncio.run(_remove(settings))


@pytest.fixture
def model(environment: Environment, tmp_path: Path) -> Path:
    """A trained model with a good evaluation."""
    return evaluated(tmp_path, f"m-{uuid4().hex[:8]}")


def evaluated(folder: Path, version: str, **found: object) -> Path:
    """A model folder with an evaluation."""
    made = small_shop.write_model(folder / version, version=version)
    told = replace(GOOD, version=version, **found)  # type: ignore[arg-type]
    (made / report.FILE).write_text(report.to_json(told))
    return made


async def _create(settings: Environment) -> None:
    async with cosmos_adapter.connect(settings["CosmosConnection"]) as client:
        await small_shop.create(client, settings["CosmosDatabase"])


async def _remove(settings: Environment) -> None:
    async with model_store.container(settings["AzureWebJobsStorage"]) as models:
        if await models.exists():
            async for blob in models.list_blob_names():
                await models.delete_blob(blob)
    async with cosmos_adapter.connect(settings["CosmosConnection"]) as client:
        await client.delete_database(settings["CosmosDatabase"])


def with_lists(made: Path, lists: Precomputed) -> Path:
    """The model with pre-computed affinities."""
    (made / "affinities.json").write_bytes(lists.to_bytes())
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["files"]["affinities.json"] = hashlib.sha256(lists.to_bytes()).hexdigest()
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made


async def everyone(settings: Environment) -> str | None:
    """Everyone's list in Redis."""
    async with memory.connect(settings["RedisConnection"]) as redis:
        found = await redis.get(AFFINITY_EVERYONE)
        return None if found is None else str(found)


def active(settings: Environment) -> ActiveModel:
    """What is active."""

    async def read() -> ActiveModel:
        async with cosmos_adapter.connect(settings["CosmosConnection"]) as client:
            database = client.get_database_client(settings["CosmosDatabase"])
            return (await active_model.read(database.get_container_client(SETTINGS.name)))[0]

    return asyncio.run(read())


def test_a_version_from_publishing_to_rolling_back(environment: Environment, model: Path, capsys: Said) -> None:
    """Each command says what it did and what comes next; the list shows everything."""
    assert publish.main(["--model", str(model)]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert told.count("passed") == 5
    assert f"python -m model.activate {model.name}" in told
    assert activate.main([model.name]) == 0
    assert f"{model.name} is active; before it was shipped." in capsys.readouterr().err
    assert active(environment).version.name == model.name
    assert activate.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines if model.name in line] == ["active"]
    assert [line.split()[-1] for line in lines if line.startswith("shipped")] == ["previous"]
    assert rollback.main([]) == 0
    assert "shipped is active" in capsys.readouterr().err
    assert active(environment).version.name == "shipped"


def test_activating_renews_what_newcomers_get(
    environment: Environment, model: Path, tmp_path: Path, capsys: Said
) -> None:
    """The lists of the version that is active are those that are read, forth and back; without any, they stay."""
    with_lists(model, Precomputed([("p1", 0.5)]))
    with_lists(tmp_path / "shipped", Precomputed([("p2", 0.25)]))
    other = evaluated(tmp_path, f"m-{uuid4().hex[:8]}")
    assert [publish.main(["--model", str(each)]) for each in (model, other)] == [0, 0]
    assert activate.main([model.name]) == 0
    assert "1 lists for newcomers were written" in capsys.readouterr().err
    assert asyncio.run(everyone(environment)) == '[["p1",0.5]]'
    assert rollback.main([]) == 0
    assert asyncio.run(everyone(environment)) == '[["p2",0.25]]'
    assert activate.main([other.name]) == 0
    assert asyncio.run(everyone(environment)) == '[["p2",0.25]]'


@pytest.mark.parametrize("command", ["activate", "rollback"])
def test_lists_that_were_not_renewed_are_told_with_the_way_out(
    environment: Environment, model: Path, command: str, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is down: the switch is made all the same, and nobody is told to roll back once more."""
    with_lists(model, Precomputed([("p1", 0.5)]))
    other = with_lists(evaluated(model.parent, f"m-{uuid4().hex[:8]}"), Precomputed([("p2", 0.5)]))
    assert [publish.main(["--model", str(each)]) for each in (model, other)] == [0, 0]
    assert [activate.main([each.name]) for each in (model, other)] == [0, 0]
    capsys.readouterr()
    [port] = free_ports(1)
    monkeypatch.setenv("RedisConnection", f"redis://127.0.0.1:{port}")
    assert (rollback.main([]) if command == "rollback" else activate.main([model.name])) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"{model.name} is active, but newcomers still get the lists of the version before" in told
    assert f"`python -m model.activate {model.name}`" in told
    assert "again" not in told
    assert active(environment).version.name == model.name


def trained_on(made: Path, **data: object) -> Path:
    """The model as if it had been trained on other data."""
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["data"] |= data
    (made / "manifest.json").write_text(json.dumps(manifest))
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Prepared data, cut at 2026-04-07."""
    (tmp_path / "shop.csv").write_text(shops.table(shops.purchases()))
    prepared.write(table.read(shops.reading(tmp_path / "shop.csv")), tmp_path / "prepared")
    return tmp_path / "prepared"


def test_versions_of_other_data_are_compared_on_the_data_given(model: Path, data: Path, capsys: Said) -> None:
    """Both foresee the weeks after its cut."""
    trained_on(model, name="shop", cut="2026-04-07")
    assert publish.main(["--model", str(model), "--data", str(data)]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "passed not worse NDCG@10 0." in told
    assert "(30 shoppers of shop from 2026-04-07 on)" in told


def test_a_version_is_not_compared_on_what_it_was_trained_on(model: Path, data: Path, capsys: Said) -> None:
    """It would foresee the weeks that it has seen: the way out is told, and nothing is published."""
    trained_on(model, name="shop", cut="2026-05-05")
    assert publish.main(["--model", str(model), "--data", str(data)]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert "was trained on data up to 2026-05-05" in told
    assert "no earlier than both versions" in told
    assert activate.main([model.name]) == 1


def test_publishing_twice_is_fine(model: Path, capsys: Said) -> None:
    """Nothing is uploaded again, and the way on is told."""
    assert [publish.main(["--model", str(model)]) for _ in range(2)] == [0, 0]
    assert "was published already" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("found", "gate"),
    [
        ({"canaries": ()}, "evaluation"),
        ({"validation": 0.1}, "evaluation"),
        ({"version": "another"}, "evaluation"),
    ],
)
def test_a_version_that_fails_a_gate_is_not_published(
    environment: Environment, tmp_path: Path, found: dict[str, object], gate: str, capsys: Said
) -> None:
    """The gate is named with its figures, nothing is uploaded, and the exit code says so."""
    version = f"bad-{uuid4().hex[:8]}"
    folder = evaluated(tmp_path, version)
    (folder / report.FILE).write_text(report.to_json(replace(GOOD, **({"version": version} | found))))  # type: ignore[arg-type]
    assert publish.main(["--model", str(folder)]) == 1
    told = capsys.readouterr().err
    assert f"was not published, it failed: {gate}." in " ".join(told.split())
    assert activate.main([version]) == 1
    assert "--list" in capsys.readouterr().err


def test_a_version_without_evaluation_is_told_how_to_get_one(
    environment: Environment, tmp_path: Path, capsys: Said
) -> None:
    """By the command to run."""
    folder = small_shop.write_model(tmp_path / "model")
    assert publish.main(["--model", str(folder)]) == 1
    assert "run `python -m model.evaluate --data DIR --model" in " ".join(capsys.readouterr().err.split())


def test_a_graph_that_is_none_is_not_published(environment: Environment, model: Path, capsys: Said) -> None:
    """Whatever ONNX Runtime says is one line of the gate."""
    manifest = (model / artifact.MANIFEST).read_text()
    before = artifact.read(model).files[artifact.GRAPH]
    (model / artifact.GRAPH).write_bytes(b"no graph")
    (model / artifact.MANIFEST).write_text(manifest.replace(before, hashlib.sha256(b"no graph").hexdigest()))
    assert publish.main(["--model", str(model)]) == 1
    assert "FAILED serves" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_folder_is_refused(environment: Environment, model: Path, capsys: Said) -> None:
    """Before anything else is looked at."""
    (model / artifact.GRAPH).write_bytes(b"")
    assert publish.main(["--model", str(model)]) == 1
    assert "train again" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nothing", "../../etc", "☃", "a b"])
def test_garbage_is_no_version(environment: Environment, name: str, capsys: Said) -> None:
    """One line, and nothing is switched."""
    assert activate.main([name]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "was published: `python -m model.activate --list` shows all." in told
    assert active(environment) == ActiveModel()


def test_nothing_to_roll_back_to(environment: Environment, capsys: Said) -> None:
    """One line with the way out."""
    assert rollback.main([]) == 1
    assert "Nothing to roll back to: no version was active before shipped." in capsys.readouterr().err


def test_a_lost_race_names_the_winner(
    environment: Environment, model: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody activates between our look and our write: the command says who won and exits with 1."""
    assert publish.main(["--model", str(model)]) == 0
    find = switch.to_version

    async def overtaken(*arguments: object) -> switch.Switch:
        ours = await find(*arguments)  # type: ignore[arg-type]
        settings = arguments[0]
        await switch.make(settings, await find(settings, active_model.Version("winner", "0"), arguments[2]))  # type: ignore[arg-type]
        return ours

    monkeypatch.setattr(switch, "to_version", overtaken)
    assert activate.main([model.name]) == 1
    assert (
        f"winner was activated by somebody else at the same moment, {model.name} was not" in capsys.readouterr().err
    )


@pytest.mark.parametrize("setting", ["AzureWebJobsStorage", "CosmosConnection"])
def test_a_service_that_is_down_is_one_line(
    environment: Environment,
    model: Path,
    setting: str,
    capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the way out, and no secret; the pauses between the attempts are left out."""

    async def at_once(*_: object) -> None:
        """No pause."""

    monkeypatch.setattr(AioHttpTransport, "sleep", at_once)
    [port] = free_ports(1)
    key = "c2VjcmV0c2VjcmV0c2VjcmV0"
    down = {
        "AzureWebJobsStorage": f"DefaultEndpointsProtocol=http;AccountName=x;AccountKey={key};"
        f"BlobEndpoint=http://127.0.0.1:{port}/x;",
        "CosmosConnection": f"AccountEndpoint=http://127.0.0.1:{port}/;AccountKey={key};",
    }
    monkeypatch.setenv(setting, down[setting])
    for command in (partial(publish.main, ["--model", str(model)]), partial(activate.main, ["--list"])):
        assert command() == 1
        told = capsys.readouterr().err.splitlines()[-1]
        assert told.startswith("A service failed: is the stack up (`make up`)?")
        assert key not in told


def test_a_missing_setting_is_named(capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the app itself does."""
    monkeypatch.chdir(tmp_path)
    for name in ("AzureWebJobsStorage", "CosmosConnection", "EventHubConnection", "RedisConnection"):
        monkeypatch.delenv(name, raising=False)
    assert rollback.main([]) == 1
    assert "The setting 'AzureWebJobsStorage' is missing" in capsys.readouterr().err
    assert "CosmosConnection" not in os.environ
