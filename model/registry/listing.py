"""The published versions as a table."""

from collections.abc import Mapping

from rich.table import Table

from functions.adapters.active_model import ActiveModel
from functions.adapters.model_store import ModelStoreError
from functions.contracts import SHIPPED
from model.artifact import Manifest
from model.registry.gates import validation
from model.registry.store import Published

type Found = Mapping[str, Published | ModelStoreError]


def table(found: Found, shipped: Manifest, active: ActiveModel) -> Table:
    """A row for each version, the latest first and the shipped one last; figures are of the validation slice."""
    made = Table("version", "created", "data until", "recall@10", "NDCG@10", "", box=None, pad_edge=False)
    rows = {name: each.manifest for name, each in found.items() if isinstance(each, Published)}
    for name in sorted(rows, key=lambda name: (rows[name].created, name), reverse=True):
        made.add_row(name, *_figures(rows[name]), _mark(name, active))
    for name, each in found.items():
        if isinstance(each, ModelStoreError):
            made.add_row(name, "", "", "", "", f"{_mark(name, active)} cannot be read: {each}".strip())
    made.add_row(SHIPPED, *_figures(shipped), _mark(SHIPPED, active))
    return made


def _figures(manifest: Manifest) -> tuple[str, str, str, str]:
    quality = validation(manifest)
    recall, ndcg = (f"{quality[name]:.4f}" if name in quality else "-" for name in ("recall", "ndcg"))
    until = f"{manifest.data.get('name')} {manifest.data.get('cut')}"
    return manifest.created[:16].replace("T", " "), until, recall, ndcg


def _mark(name: str, active: ActiveModel) -> str:
    if name == active.version.name:
        return "active"
    return "previous" if active.previous and name == active.previous.name else ""
