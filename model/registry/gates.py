"""What a version must pass to be published. Pure: judged by its manifest, its evaluation and figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.artifact import Manifest

MOST_BYTES = 256_000_000
"""Of a whole version: an instance of 2 GB holds two of them, four times over, while it swaps."""
LEAST_PARITY = 0.99
"""Of the best twenty by the graph and by the training library, the share that is the same."""
NOISE = 0.01
"""A version may be this share below the active one and does not count as worse: retraining alone moves as much."""
VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition, whether it holds, and the figures behind it."""

    name: str
    passed: bool
    told: str


@dataclass(frozen=True, slots=True)
class Measured:
    """NDCG@10 of the new version and of the active one over the same shoppers; `slice` says which."""

    new: float
    active: float
    slice: str


def small_enough(size: int) -> Gate:
    """Bytes of all files."""
    return Gate("size", size <= MOST_BYTES, f"{size / 1e6:,.1f} MB, {MOST_BYTES / 1e6:,.0f} MB is the most")


def like_its_library(manifest: Manifest) -> Gate:
    """Parity of each graph that was converted from a training library."""
    found = {part: figures["parity"] for part, figures in manifest.metrics.items() if "parity" in figures}
    if not found:
        missing = "ranker.onnx" in manifest.files
        return Gate("parity", not missing, "not measured: train again" if missing else "nothing was converted")
    told = ", ".join(f"{part} {value:.4f}" for part, value in found.items())
    return Gate("parity", min(found.values()) >= LEAST_PARITY, f"{told}; {LEAST_PARITY} is the least")


def not_worse(measured: Measured | None) -> Gate:
    """NDCG@10 against the active version's on the same slice; None when there is no common one."""
    if measured is None:
        told = "no slice in common with the active version: judged by the baselines alone; --data DIR measures both"
        return Gate("not worse", True, told)
    told = f"NDCG@10 {measured.new:.4f}, the active version's {measured.active:.4f} ({measured.slice})"
    return Gate("not worse", measured.new >= (1 - NOISE) * measured.active, told)


def validation(manifest: Manifest) -> Mapping[str, float]:
    """How well the whole model foresaw the weeks before its cut, when it did not know them."""
    return manifest.metrics.get(VALIDATION, {})


def on_the_same_slice(new: Manifest, active: Manifest) -> Measured | None:
    """The figures of both manifests, when they were measured on the very same data."""
    mine, theirs = validation(new).get("ndcg"), validation(active).get("ndcg")
    if mine is None or theirs is None or _slice(new) != _slice(active):
        return None
    return Measured(mine, theirs, "validation slice of both manifests")


def _slice(manifest: Manifest) -> tuple[object, ...]:
    return tuple(manifest.data.get(name) for name in ("name", "cut", "shoppers", "products", "purchases"))
