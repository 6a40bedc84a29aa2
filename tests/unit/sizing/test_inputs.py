"""The inputs agree with the infrastructure and the host that they describe."""

import json
from decimal import Decimal

from infra.sizing import provision, scenario
from infra.sizing.hour import MOST_IN_HAND
from infra.sizing.inputs import HERE
from tests.unit.infra.reading import ROOT
from tests.unit.sizing.inputs import GIVEN

HOST = json.loads((ROOT / "host.json").read_text())["extensions"]


def test_sizes_are_those_of_bicep() -> None:
    """What is calculated for a size is what its Bicep buys."""
    assert list(GIVEN.sizes) == ["dev", "prod", "global"]
    text = (HERE.parent / "bicep" / "modules" / "sizes.bicep").read_text()
    for size in GIVEN.sizes.values():
        assert f"cosmosThroughput: {size.cosmos}\n" in text
        assert size.redis in GIVEN.quotas.redis
    assert GIVEN.sizes["global"].regions == 2


def test_batches_are_those_of_the_host() -> None:
    """The stream's batches, and what an instance takes at once, stand in host.json."""
    assert int(provision.BATCH) == HOST["eventHubs"]["minEventBatchSize"]
    assert HOST["eventHubs"]["maxWaitTime"] == f"00:00:0{provision.BATCH_SECONDS}"
    assert HOST["http"]["maxConcurrentRequests"] == MOST_IN_HAND


def test_the_hour_begins_with_the_instances_of_the_tables() -> None:
    """Both keep an instance busy to the same share of its core."""
    assert Decimal(str(scenario.BUSY)) == GIVEN.quotas.most("utilisation")


def test_every_limit_is_published_or_assumed() -> None:
    """Nobody has to guess where a limit is from."""
    for quota in GIVEN.quotas.limits.values():
        assert quota.page.startswith("https://") or quota.assumed


def test_figures_name_the_machine_by_its_cpu_alone() -> None:
    """Figures are dated, of a known kind of machine, and tell nothing more of it."""
    found = json.loads((HERE / "figures.json").read_text())
    assert found["measured"] == GIVEN.figures.measured
    assert set(found) == {"measured", "machine", "runs", "reload_units", "idle", "flows"}
