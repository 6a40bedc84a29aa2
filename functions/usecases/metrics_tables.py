"""The tables of the metrics: of each what its rows are, for whoever reads them elsewhere."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from functions.usecases.metrics import ListFigures, Metrics, OfferFigures, PartFigures, ProductFigures, StepFigures
from functions.usecases.metrics_query import Table

ROWS: Mapping[Table, type[BaseModel]] = {
    "series": StepFigures,
    "offers": OfferFigures,
    "placements": PartFigures,
    "segments": PartFigures,
    "paths": PartFigures,
    "models": PartFigures,
    "lists": ListFigures,
    "products": ProductFigures,
    "departments": ProductFigures,
}
NAMES = ("start", "offer", "name", "list", "model")
"""Columns that name a row; all others are figures."""


def columns(table: Table) -> dict[str, str]:
    """The fields of a table's rows and their names in JSON: what names a row stands before its figures."""
    fields = ROWS[table].model_fields
    order = sorted(fields, key=lambda name: NAMES.index(name) if name in NAMES else len(NAMES))
    return {name: fields[name].alias or name for name in order}


def rows(metrics: Metrics, table: Table) -> Sequence[BaseModel]:
    """The rows of a table."""
    of = metrics.breakdown if table in ("placements", "segments", "paths", "models") else metrics
    found: Sequence[BaseModel] = getattr(of, table)
    return found
