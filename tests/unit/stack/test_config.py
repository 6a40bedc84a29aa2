"""How `stack.toml` becomes services, settings and commands."""

import sys
from pathlib import Path

import pytest

from local.stack import config
from local.stack.errors import ConfigError

FULL = """
settings_files = ["local.settings.json", "local.settings.sample.json"]

[services.functions]
app = "."

[services.valkey]
port = 6379

[services.cosmos]

[seed]
command = ["{python}", "-m", "json.tool"]

[view]
command = ["{python}", "-m", "no_such_package.view"]
optional = true

[pages]
health = "/api/health"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "stack.toml"
    path.write_text(text)
    return path


def test_functions_start_after_the_services_and_get_their_connection_strings(tmp_path: Path) -> None:
    """The host comes last, needs all the others, and has their connection strings as environment."""
    *_, host = config.read(written(tmp_path, FULL)).services
    assert host.name == "functions"
    assert set(host.needs) == {"valkey", "cosmos"}
    assert host.env["RedisConnection"] == "redis://127.0.0.1:6379/0"
    assert "AccountEndpoint=http://127.0.0.1:8081/" in host.env["CosmosConnection"]


def test_a_port_offset_shifts_every_port_and_every_connection_string(tmp_path: Path) -> None:
    """With an offset of 100 clients are told the shifted ports too."""
    stack = config.read(written(tmp_path, FULL), port_offset=100)
    assert set(stack.ports) == {7171, 6479, 8181}
    assert stack.settings["RedisConnection"] == "redis://127.0.0.1:6479/0"
    assert stack.pages["health"] == "http://127.0.0.1:7171/api/health"


def test_the_first_settings_file_that_exists_counts_but_connections_take_precedence(tmp_path: Path) -> None:
    """Commands get the app's own settings and the connection strings of this stack."""
    (tmp_path / "local.settings.sample.json").write_text('{"Values": {"Hub": "events", "RedisConnection": "x"}}')
    stack = config.read(written(tmp_path, FULL))
    assert stack.settings["Hub"] == "events"
    assert stack.settings["RedisConnection"] == "redis://127.0.0.1:6379/0"


def test_an_optional_command_whose_module_does_not_exist_is_left_out(tmp_path: Path) -> None:
    """The stack of an app that has no view yet can be run."""
    stack = config.read(written(tmp_path, FULL))
    assert stack.view is None
    assert stack.seed == [sys.executable, "-m", "json.tool"]


def test_two_services_of_one_kind_have_folders_of_their_own(tmp_path: Path) -> None:
    """A service may have any name when it says its kind."""
    text = '[services.cache]\nkind = "valkey"\n[services.sessions]\nkind = "valkey"\nport = 6380\n'
    stack = config.read(written(tmp_path, text))
    assert [service.name for service in stack.services] == ["cache", "sessions"]
    assert len({service.data for service in stack.services}) == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[services.valkey]\nprot = 1\n", "valkey.prot"),
        ('[services.valkey]\nport = "many"\n', "valkey.port"),
        ("[services.mystery]\n", "mystery"),
        ("[services.eventhubs]\n", "eventhubs.config"),
        ("[seed]\ncommand = []\n[services]\n", "seed.command"),
        ("[services\n", "stack.toml"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The message holds the path of the key that is wrong."""
    with pytest.raises(ConfigError, match=named):
        config.read(written(tmp_path, text))


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    """Started in the wrong folder, the stack says what to do."""
    with pytest.raises(ConfigError, match="--config"):
        config.read(tmp_path / "stack.toml")


def test_settings_that_are_no_json_are_named(tmp_path: Path) -> None:
    """A broken local.settings.json is reported with its path."""
    (tmp_path / "local.settings.json").write_text("{")
    with pytest.raises(ConfigError, match=r"local\.settings\.json"):
        config.read(written(tmp_path, FULL))


def test_the_sample_settings_are_those_of_the_default_ports() -> None:
    """`func start` with the sample reaches the services that `make up` starts."""
    stack = config.read(Path("stack.toml"))
    connections = {service.setting: service.connection for service in stack.services if service.setting}
    del connections["FUNCTIONS_URL"]
    sample = config.read_settings(Path("local.settings.sample.json"))
    assert connections.items() <= sample.items()


def test_the_stack_for_func_start_lacks_the_host_alone() -> None:
    """Who brings a Functions host along gets the same servers on the same ports, and the same seed."""
    whole, without = config.read(Path("stack.toml")), config.read(Path("stack.services.toml"))
    servers = [service for service in whole.services if service.name != "functions"]
    assert [(one.name, one.command) for one in without.services] == [(one.name, one.command) for one in servers]
    assert without.seed == whole.seed
