"""What the tests of the calculations share: the checked-in inputs, and loads of any kind."""

from decimal import Decimal

from hypothesis import strategies as st

from infra.sizing import documents
from infra.sizing.demand import Path, Workload

GIVEN = documents.given()

rates = st.decimals(min_value="0.1", max_value=200_000, places=1)
few = st.decimals(min_value=0, max_value=20, places=1)
calls = st.decimals(min_value=1, max_value=20, places=0)
peaks = st.decimals(min_value=1, max_value=4, places=1)
sizes = st.sampled_from(list(GIVEN.sizes.values()))


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """Any load of the storefront or of the simulation."""
    paths: tuple[Path, ...] = ("storefront", "loop")
    path = draw(st.sampled_from(paths))
    return Workload(draw(rates), draw(few), draw(few), draw(calls), path)


def close(one: Decimal, other: Decimal) -> bool:
    """Equal but for the last digits of a division."""
    return abs(one - other) <= abs(other) * Decimal("1e-20")
