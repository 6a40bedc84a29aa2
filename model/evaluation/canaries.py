"""Models spoilt on purpose, which the gates must refuse: else they would not refuse a bad model either."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.progress import Progress

from functions.personalization.eligibility import Occasion
from model import artifact
from model.artifact import Manifest, Part
from model.datasets.dataset import Dataset
from model.evaluation.gates import implausible
from model.evaluation.judging import gain_over_best
from model.evaluation.measures import Measured, mean
from model.evaluation.report import Canary
from model.evaluation.slices import Slice
from model.training import lambdamart, snapshots
from model.training.candidates import Mixture
from model.training.embeddings import EmbeddingSettings
from model.training.fit import Settings
from model.training.lambdamart import RankerSettings
from model.training.ranking import EXPLORER, FILE, exported
from model.training.snapshots import Snapshot

SEED = 1


def canary(name: str, what: str, found: Measured, baselines: Sequence[Measured], leaks: Sequence[float]) -> Canary:
    """What the gates say of a spoilt model."""
    gain, best = gain_over_best(found, baselines)
    ndcg = mean(found.ndcg)
    return Canary(name, what, ndcg, mean(found.recall), tuple(implausible(ndcg, gain, best, leaks)))


def leaked(dataset: Dataset, known: Slice) -> Dataset:
    """The same data after a mistake: what shoppers buy next is among what they bought the day before."""
    shoppers = np.repeat(known.judged, [len(basket) for basket in known.truth])
    bought = np.concatenate([np.zeros(0, dtype=np.int64), *known.truth])
    rows = pl.DataFrame(
        {
            "shopper": [known.shoppers[row] for row in shoppers],
            "basket": dataset.purchases["basket"].max() + 1 + shoppers,  # type: ignore[operator]
            "product": [known.products[row] for row in bought],
            "day": np.full(len(bought), dataset.cut - 1),
            "spend": np.ones(len(bought)),
        },
        schema=dataset.purchases.schema,
    )
    return replace(dataset, purchases=pl.concat([dataset.past, rows, dataset.future]))


def strangers(judged: Sequence[Occasion]) -> list[Occasion]:
    """Everyone with the profile of another shopper: the labels shuffled, where there is no ranker to learn them."""
    drawn = np.random.default_rng(SEED).permutation(len(judged))
    return [judged[row] for row in drawn]


def snapshot(manifest: Manifest, dataset: Dataset, live: Progress) -> Snapshot:
    """What the ranker of a model could learn at the cut of a data set."""
    return snapshots.take(dataset, _settings(manifest.settings), live)


def shuffled(taken: Snapshot) -> Snapshot:
    """As many labels for each shopper as before, on candidates drawn evenly."""
    shoppers = np.repeat(np.arange(len(taken.sizes)), taken.sizes)
    order = np.lexsort((np.random.default_rng(SEED).random(len(shoppers)), shoppers))  # mixed within each shopper
    return replace(taken, next_basket=taken.next_basket[order], soon=taken.soon[order])


def taught(folder: Path, manifest: Manifest, taken: Snapshot, into: Path, live: Progress) -> Path:
    """The model with another ranker, grown in the same way but of this snapshot alone, written to `into`."""
    settings = RankerSettings()
    task = live.add_task("Canary: growing trees", total=2 * settings.trees)
    forests = lambdamart.grow([taken], settings, lambda: live.advance(task))
    graphs, _ = exported(forests, lambdamart.calibrate(forests, taken), taken)
    kept = {name: (folder / name).read_bytes() for name in manifest.files if name not in (FILE, EXPLORER)}
    files = kept | graphs
    part = Part(files, manifest.settings, manifest.metrics, manifest.features)
    artifact.write(into, part, data=manifest.data, tau=manifest.tau, created=datetime(2000, 1, 1, tzinfo=UTC))
    return into


def _settings(settings: Mapping[str, Any]) -> Settings:
    """Those of the candidates, as training wrote them into the manifest."""
    return Settings(settings["tau"], Mixture(**settings["mixture"]), EmbeddingSettings(**settings["embedding"]))
