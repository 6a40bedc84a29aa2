"""What else the model foresees on the test slice, where it has the parts: offers and sessions."""

from collections.abc import Iterator

from functions.adapters.onnx import OnnxModel
from model.datasets.dataset import Dataset
from model.evaluation import sessions
from model.evaluation.report import Section
from model.training.exposures import examples
from model.training.propensity_quality import Quality, qualities

OFFERS = ("offers", "given", "redeemed", "AUC", "95 % interval", "log-loss", "of the plain rate", "ECE", "by chance",
          "in the top 5 %")  # fmt: skip
SESSIONS = ("after so many clicks", "next in 10", "next in 20", "MRR@20", "rest R@10", "rest R@20")


def offers(model: OnnxModel, dataset: Dataset) -> Iterator[Section]:
    """Whether offers given in the test slice were redeemed, as the served graph foresees it; nothing without one."""
    if model.propensity is None:
        return
    truth = examples(dataset, dataset.cut, model.tau)
    found = qualities(model.propensity.probabilities(truth.features), truth, dataset.uncertain)
    rows = tuple(_offers(name, quality) for name, quality in found)
    if rows:
        yield Section("Offers: is it redeemed, test slice", OFFERS, rows)


def next_in_session(validation: Dataset, test: Dataset) -> Iterator[Section]:
    """What sessions of the test slice go on to, by their first clicks alone; nothing where sessions are too short."""
    figures = sessions.compare(validation, test)
    rows = tuple(
        (
            f"{name}, {given}",
            *(f"{value:.4f}" for value in (one.next10, one.next20, one.mrr20, one.rest10, one.rest20)),
        )
        for name, found in figures.items()
        for given, one in found.items()
    )
    if rows:
        yield Section("Sessions: what comes next, test slice", SESSIONS, rows)


def _offers(name: str, found: Quality) -> tuple[str, ...]:
    return (
        name,
        f"{found.rows:,}",
        f"{found.happened:,}",
        f"{found.auc:.3f}",
        f"{found.auc_low:.3f} to {found.auc_high:.3f}",
        f"{found.log_loss:.5f}",
        f"{found.base:.5f}",
        f"{found.ece:.5f}",
        f"{found.ece_floor:.5f}",
        f"{found.captured:.0%}",
    )
