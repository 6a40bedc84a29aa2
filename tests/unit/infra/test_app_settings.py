"""Every setting that the code reads is set in Azure and on a laptop, and nothing is set that nobody reads."""

import json
from collections.abc import Iterator, Mapping

import pytest

from functions.settings import IN_AZURE as IN_AZURE_ITSELF
from functions.settings import Access, Observation, Settings
from tests.unit.infra.reading import ROOT, properties, text
from tests.unit.test_settings import AZURE, LOCAL
from tests.unit.triggers.doors import FUNCTIONS

IN_AZURE = properties(text("settings"), "output values object =")
LOCALLY: Mapping[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
GIVEN = {"IDENTITY_ENDPOINT", *IN_AZURE_ITSELF}
"""What Azure puts into the environment itself."""
HOST = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__tableServiceUri",
    "EventHubConnection__credential",
    "EventHubConnection__clientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "OTEL_TRACES_SAMPLER",
}
"""What the Functions host and its Python worker read in Azure."""
COLLECTED = {"Telemetry": "otlp"}
"""With it the address of the collector is read."""
REFUSED = ("FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_", "SCM_DO_BUILD", "ENABLE_ORYX_BUILD")
"""What Flex Consumption refuses, or does by itself."""


class Asked(Mapping[str, str]):
    """An environment that remembers which of its settings were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.names: set[str] = set()
        self._values = values

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _read(values: Mapping[str, str]) -> set[str]:
    asked = Asked(values)
    Settings.read(asked)
    Access.read(asked)
    Observation.read(asked)
    return {name for name in asked.names - GIVEN if not name.endswith("Disabled")}


def _switches(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in _disabling(values)}


def _disabling(names: Mapping[str, str]) -> set[str]:
    return {name for name in names if name.startswith("AzureWebJobs.") and name.endswith(".Disabled")}


def test_azure_sets_what_the_code_reads() -> None:
    """Whatever the code asks for is there, connection strings apart: in their place are addresses."""
    assert _read(AZURE) - set(LOCAL) - {"LakeConnection"} <= set(IN_AZURE)
    assert not {"LakeConnection", *LOCAL} & set(IN_AZURE)


def test_azure_sets_nothing_that_nobody_reads() -> None:
    """Every setting in Azure is read by the code, by the host, or switches a function off."""
    assert set(IN_AZURE) - _read(AZURE) == HOST | _disabling(IN_AZURE)


def test_a_laptop_sets_what_the_code_reads() -> None:
    """The sample shows every setting there is; in the place of addresses it has connection strings."""
    assert _read({**LOCAL, **COLLECTED}) - {"LakeEndpoint"} <= set(LOCALLY)
    assert not {"LakeEndpoint", *AZURE} & set(LOCALLY)


def test_a_laptop_sets_nothing_that_nobody_reads() -> None:
    """Every setting of the sample is read by the code, by the host, or switches a function off."""
    assert set(LOCALLY) - _read({**LOCAL, **COLLECTED}) == {"FUNCTIONS_WORKER_RUNTIME"} | _disabling(LOCALLY)


def test_what_is_switched_off_exists() -> None:
    """A setting that switches a function off names one, in Azure the same as on a laptop."""
    assert _disabling(IN_AZURE) == _disabling(LOCALLY)
    named = {name.split(".")[1] for name in _disabling({**IN_AZURE, **LOCALLY})}
    assert named <= FUNCTIONS.keys()


@pytest.mark.parametrize("name", sorted(IN_AZURE))
def test_flex_consumption_accepts_it(name: str) -> None:
    """Settings that the plan refuses would fail the deployment."""
    assert not name.startswith(REFUSED)


def test_identities_stay_off_laptops() -> None:
    """`__credential` and `__clientId` would send a laptop to an endpoint that it does not have."""
    assert not [name for name in LOCALLY if name.endswith(("__credential", "__clientId"))]


def test_the_sample_has_the_defaults() -> None:
    """Who copies the sample gets the app as it is without these settings."""
    behaviour = {name: value for name, value in LOCALLY.items() if name not in ("RequestsPerMinute", *LOCAL)}
    assert Settings.read({**LOCAL, **behaviour}) == Settings.read({**LOCAL, **_switches(LOCALLY)})
    assert Access.read(behaviour) == Access.read({})
    assert Observation.read(behaviour) == Observation.read({})
    assert Observation.read({**behaviour, **COLLECTED}) == Observation.read(COLLECTED)
