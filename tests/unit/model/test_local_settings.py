"""Where commands find the app's settings."""

import json
from pathlib import Path

import pytest

from model import activate, local_settings
from model.local_settings import UnreadableSettingsError
from model.seed import __main__ as seed

VALUES = {
    "AzureWebJobsStorage": "storage",
    "EventHubConnection": "hub",
    "CosmosConnection": "cosmos",
    "RedisConnection": "redis",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app's folder without settings, and an environment without them."""
    monkeypatch.chdir(tmp_path)
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_environment_wins_over_the_file_and_the_file_over_its_sample(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample is enough to begin with."""
    (folder / "local.settings.sample.json").write_text(json.dumps({"Values": VALUES}))
    assert local_settings.read().redis_connection == "redis"
    (folder / "local.settings.json").write_text(
        "\ufeff" + json.dumps({"Values": VALUES | {"RedisConnection": "own"}})
    )
    assert local_settings.read().redis_connection == "own"
    monkeypatch.setenv("RedisConnection", "mine")
    assert local_settings.read().redis_connection == "mine"


@pytest.mark.parametrize("content", ["{", '{"Values": {"a": 1},}', "[]", "{}", '{"Values": 7}'])
def test_a_file_that_is_none_is_named(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A comma too many is one line with the way out, in every command."""
    (folder / "local.settings.json").write_text(content)
    with pytest.raises(UnreadableSettingsError, match=r"local\.settings\.json is not a file of settings .*mend it"):
        local_settings.read()
    assert [seed.main([]), activate.main(["--list"])] == [1, 1]
    assert capsys.readouterr().err.count("\n") == 2
