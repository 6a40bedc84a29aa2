"""What a platform team asks of the infrastructure, asked of its text."""

import re
from pathlib import Path

import pytest

from tests.unit.infra.reading import BICEP, FILES, constants, text

ROLES = {
    "blobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "blobDataContributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "queueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "tableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "metricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "eventSender": "2b629674-e913-4c01-ae53-ef4638d8f975",
    "eventReceiver": "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
    "dataContributor": "00000000-0000-0000-0000-000000000002",
}
SECRETS = re.compile(
    r"list(Keys|ConnectionStrings|AccountSas)|AccountKey=|SharedAccessKey|@secure\(\)", re.IGNORECASE
)
TOKENS_ONLY = {
    "storage": "allowSharedKeyAccess: false",
    "lake": "allowSharedKeyAccess: false",
    "cosmos": "disableLocalAuth: true",
    "eventhubs": "disableLocalAuth: true",
    "redis": "accessKeysAuthentication: 'Disabled'",
    "monitoring": "DisableLocalAuth: true",
    "app": "properties: { allow: false }",
}
DOORS = {
    "storage": "door",
    "lake": "door",
    "cosmos": "'Sql'",
    "eventhubs": "'namespace'",
    "redis": "'redisEnterprise'",
    "app": "'sites'",
}
PARAMETER = re.compile(r"((?:^@.*\n(?:^ .*\n|^\]\)\n)*)*)^param (\w+) (\S+)", re.MULTILINE)
ASSIGNMENT = re.compile(r"Microsoft\.Authorization/roleAssignments@.*?\n(?:\]|\})\n", re.DOTALL)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_there_is_no_secret(file: Path) -> None:
    """No module asks for a key or takes a secret: there is none to be kept."""
    assert not SECRETS.search(file.read_text())


@pytest.mark.parametrize(("module", "switch"), TOKENS_ONLY.items())
def test_services_take_tokens_only(module: str, switch: str) -> None:
    """Keys and passwords are switched off in every service."""
    assert switch in text(module)


@pytest.mark.parametrize(("module", "door"), DOORS.items())
def test_services_have_private_endpoints(module: str, door: str) -> None:
    """Every service has one for each of its doors, and closes the public one, where the network is private."""
    body = text(module)
    assert "if (access != null)" in body
    assert f"door: {door}" in body
    assert re.search(r"publicNetworkAccess: (access == null|publicApi)", body)


def test_roles_are_the_ones_they_are_called() -> None:
    """Ids of roles are Azure's, and no role is given but these."""
    given = {**constants(text("roles")), **constants(text("data-roles"))}
    assert given == ROLES


def test_roles_are_given_on_single_resources() -> None:
    """No role reaches over a whole group or subscription."""
    for module in ("roles", "data-roles"):
        assignments = ASSIGNMENT.findall(text(module))
        assert assignments
        assert all(re.search(r"^\s+scope: ", each, re.MULTILINE) for each in assignments)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_parameters_are_described_and_bounded(file: Path) -> None:
    """Every parameter says what it is; texts, numbers and lists have their limits, unless their type is one."""
    found = PARAMETER.findall(file.read_text())
    assert len(found) == len(re.findall(r"^param ", file.read_text(), re.MULTILINE))
    for decorators, name, kind in found:
        assert "@description(" in decorators, name
        if kind in ("string", "int"):
            assert re.search(r"@(allowed|min|max)", decorators), f"{file.stem}: {name} has no bounds"


def test_modules_are_short() -> None:
    """A module is read in one go."""
    assert all(len(file.read_text().splitlines()) < 150 for file in (BICEP / "modules").glob("*.bicep"))
