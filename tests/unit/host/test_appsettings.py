"""local.settings.json and connection names."""

import json
from pathlib import Path

import pytest

from local.host.appsettings import apply_local_settings, connection_string, is_disabled, read_local_settings
from local.host.errors import BindingError, HostError


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A setting of the environment is never overridden, an empty one counts as missing."""
    values = {"A": "file", "B": "file", "C": 3}
    (tmp_path / "local.settings.json").write_text(json.dumps({"Values": values}))
    environment = {"A": "own", "B": ""}
    apply_local_settings(read_local_settings(tmp_path), environment)
    assert (environment["A"], environment["B"], environment["C"]) == ("own", "file", "3")


def test_a_missing_file_is_made_from_the_sample(tmp_path: Path) -> None:
    """A fresh clone starts with the sample's settings."""
    (tmp_path / "local.settings.sample.json").write_text(json.dumps({"Values": {"A": "sample"}}))
    assert read_local_settings(tmp_path).values == {"A": "sample"}
    assert (tmp_path / "local.settings.json").exists()


def test_host_options_are_read(tmp_path: Path) -> None:
    """CORS origins lose their trailing slash, as browsers send none."""
    host = {"CORS": "http://a:1/, http://b", "CORSCredentials": True, "LocalHttpPort": 7072}
    (tmp_path / "local.settings.json").write_text(json.dumps({"Host": host}))
    settings = read_local_settings(tmp_path)
    assert settings.cors == ("http://a:1", "http://b")
    assert (settings.cors_credentials, settings.port) == (True, 7072)


@pytest.mark.parametrize("text", ["{", "[]", '{"IsEncrypted": true}', '{"Host": {"LocalHttpPort": "x"}}'])
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    """The message names the file."""
    (tmp_path / "local.settings.json").write_text(text)
    with pytest.raises(HostError, match=r"local\.settings\.json"):
        read_local_settings(tmp_path)


def test_connections_are_found_by_both_names() -> None:
    """`X` is looked for as `X` and as `AzureWebJobsX`; no name is the host's own storage."""
    assert connection_string("X", {"X": "1", "AzureWebJobsX": "2"}) == "1"
    assert connection_string("X", {"AzureWebJobsX": "2"}) == "2"
    assert connection_string("", {"AzureWebJobsStorage": "3"}) == "3"


def test_development_storage_is_azurite() -> None:
    """The shorthand of the emulator is written out for the SDK."""
    assert "127.0.0.1:10001" in connection_string("", {"AzureWebJobsStorage": "UseDevelopmentStorage=true"})


def test_a_connection_by_identity_says_what_to_do() -> None:
    """Managed identities work in Azure only."""
    with pytest.raises(BindingError, match="identity"):
        connection_string("X", {"X__queueServiceUri": "https://a"})


def test_a_missing_connection_is_named() -> None:
    """The message says which setting to set."""
    with pytest.raises(BindingError, match="'X' is missing"):
        connection_string("X", {})


@pytest.mark.parametrize(("name", "value"), [("AzureWebJobs.f.Disabled", "true"), ("AzureWebJobs_f_Disabled", "1")])
def test_a_function_is_disabled_by_either_name(name: str, value: str) -> None:
    """Both spellings of the setting switch a function off."""
    assert is_disabled("f", {name: value})
    assert not is_disabled("g", {name: value})
    assert not is_disabled("f", {name: "false"})
