"""Who the app is outside of Azure: whoever is logged in."""

import asyncio
import time
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from functions.adapters.identity import Credential, credential

SCOPE = "https://cosmos.azure.com/.default"


def _command(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for commands, besides which there are only the system's own; nobody is logged in to azd."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    _command(tmp_path, "azd", "echo 'ERROR: not logged in, run `azd auth login` to login' >&2; exit 1")
    return tmp_path


async def test_the_azure_cli_gives_the_token(commands: Path) -> None:
    """Who is logged in to the Azure CLI seeds as that; the token is for the service alone."""
    count = commands / "asked"
    answer = f'{{"accessToken": "token", "expires_on": {int(time.time()) + 3_600}, "tokenType": "Bearer"}}'
    _command(commands, "az", f"echo \"$@\" >> '{count}'; echo '{answer}'")
    assert (await Credential(None).get_token(SCOPE)).token == "token"
    assert "https://cosmos.azure.com" in count.read_text()


async def test_one_is_told_when_nobody_is_logged_in(commands: Path) -> None:
    """The error is the SDK's own, which clients count as a service that is down."""
    _command(commands, "az", "echo 'Please run az login' >&2; exit 1")
    with pytest.raises(ClientAuthenticationError, match="az login"):
        await Credential(None).get_token(SCOPE)


def test_it_outlives_event_loops() -> None:
    """One process has one source for each identity, whichever loop asks."""

    async def source() -> Credential:
        async with credential("app") as found:
            return found

    assert asyncio.run(source()) is asyncio.run(source())
    assert credential("app") is not credential(None)
