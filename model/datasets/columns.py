"""Columns of text, numbers and times out of whatever a file holds; what cannot be read is null, or NaN."""

from collections.abc import Callable, Collection, Mapping

import polars as pl

from model.datasets.dataset import UnusableDataError
from model.datasets.schemas import MOMENT

type Parse = Callable[[pl.Series], pl.Series]

MISSING = ("", "null", "NULL", "None", "nan", "NaN", "NA", "N/A", "(not set)")
"""Texts that stand for nothing."""
TYPES = {
    "view": "view_item", "click": "view_item", "impression": "view_item_list", "select": "select_item",
    "wishlist": "add_to_wishlist", "cart": "add_to_cart", "addtocart": "add_to_cart",
    "remove": "remove_from_cart", "removefromcart": "remove_from_cart",
    "buy": "purchase", "order": "purchase", "transaction": "purchase",
}  # fmt: skip
"""What others call the types of our vocabulary."""
_EXACT = 2.0**53
"""Up to here a float is one whole number."""
_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M%z", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d",
            "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")  # fmt: skip
_SLASHED = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
MONTHS = 12
_YEAR_9999 = 253_370_764_800_000.0
"""Milliseconds from 1970 to the year 9999; no further."""


class UnreadableColumnError(ValueError):
    """A column holds lists, structures or bytes, where text, numbers or times are expected."""


def parsed(
    frame: pl.DataFrame, what: str, kinds: Mapping[str, Parse], optional: Collection[str] = ()
) -> pl.DataFrame:
    """The columns of `kinds`, null where an optional one is not there; raises `UnusableDataError` with all faults."""
    known = ", ".join(kinds)
    missing = [name for name in kinds if name not in frame.columns and name not in optional]
    faults = [f"column '{name}' is missing" for name in missing]
    faults += [f"column '{name}' is not known: take it out" for name in frame.columns if name not in kinds]
    columns = []
    for name, parse in kinds.items():
        values = frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, pl.String)
        try:
            columns.append(parse(values).alias(name))
        except UnreadableColumnError as error:
            faults.append(f"column '{name}' {error}")
    if faults:
        raise UnusableDataError(what, [*faults, f"the columns are {known}"])
    return pl.DataFrame(columns)


def text(values: pl.Series) -> pl.Series:
    """Text without blanks around it; 17850.0 is "17850"; what stands for nothing is null."""
    if values.dtype.is_float():
        whole = values.is_finite() & (values == values.floor()) & (values.abs() < _EXACT)
        numbers = values.set(~values.is_finite(), None)
        texts = numbers.cast(pl.String)
        return texts.zip_with(~whole.fill_null(False), numbers.cast(pl.Int64, strict=False).cast(pl.String))
    stripped = _as_text(values).str.strip_chars()
    return stripped.set(stripped.is_in(MISSING), None)


def interaction(values: pl.Series) -> pl.Series:
    """A type of interaction in our vocabulary, or as it is told."""
    return text(values).str.to_lowercase().replace(TYPES)


def path(values: pl.Series) -> pl.Series:
    """A category path, department first, its levels parted by > or |; empty where there is nothing."""
    levels = text(values).fill_null("").str.replace_all("|", ">", literal=True).str.split(">")
    return levels.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))


def number(values: pl.Series) -> pl.Series:
    """Float64; null where there is nothing, NaN where there is something that is no number."""
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64)
    told = text(values)
    numbers = told.cast(pl.Float64, strict=False)
    return numbers.set(told.is_not_null() & numbers.is_null(), float("nan"))


def time(values: pl.Series) -> pl.Series:
    """Moments in UTC: of ISO 8601 and a few other forms, and of seconds, milli-, micro- or nanoseconds since 1970.

    Times without a zone are taken for UTC. Dates with slashes have the month first, unless one of the column does not
    make sense so.
    """
    if isinstance(values.dtype, pl.Datetime):
        zoned = values.dt.convert_time_zone("UTC") if values.dtype.time_zone else values.dt.replace_time_zone("UTC")
        return zoned.cast(MOMENT)
    if values.dtype == pl.Date:
        return values.cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    told = text(values)
    return _of_numbers(told.cast(pl.Float64, strict=False)).zip_with(_is_number(told), _of_texts(told))


def _is_number(told: pl.Series) -> pl.Series:
    return told.str.contains(r"^\d{9,19}(\.\d+)?$").fill_null(False)


def _of_numbers(numbers: pl.Series) -> pl.Series:
    """Since 1970, in the unit that makes it a time of today."""
    frame = pl.DataFrame({"n": numbers})
    scale = (
        pl.when(pl.col("n") < 1e11).then(1e3).when(pl.col("n") < 1e14).then(1.0).when(pl.col("n") < 1e17).then(1e-3)
    ).otherwise(1e-6)
    milliseconds = (pl.col("n") * scale).clip(-_YEAR_9999, _YEAR_9999)
    return frame.select(milliseconds.cast(pl.Int64, strict=False).cast(MOMENT)).to_series()


def _of_texts(told: pl.Series) -> pl.Series:
    plain = told.str.replace(r"(?:Z| ?UTC)$", "+00:00").str.replace(r"(:\d\d(?:\.\d+)?[+-]\d\d)$", "${1}:00")
    found = pl.Series(told.name, [None] * len(told), MOMENT)
    for form in (*_FORMATS, *_slashed(plain)):
        unread = found.is_null() & plain.is_not_null()
        if not unread.any():
            break
        found = found.zip_with(~unread, _parsed(plain, form))
    return found


def _slashed(told: pl.Series) -> tuple[str, ...]:
    """Forms of dates with slashes: day first when a month would be past twelve, two digits of a year when it has."""
    parts = told.str.extract_groups(r"^(\d{1,2})/(\d{1,2})/(\d{2,4})").struct.unnest().drop_nulls()
    if parts.is_empty():
        return ()
    day_first = parts.select(pl.first().cast(pl.Int64).max()).item() > MONTHS
    short = parts.select(pl.last().str.len_chars().max()).item() == len("10")
    forms = tuple(form.replace("%m/%d", "%d/%m") for form in _SLASHED) if day_first else _SLASHED
    return tuple(form.replace("%Y", "%y") for form in forms) if short else forms


def _parsed(told: pl.Series, form: str) -> pl.Series:
    moments = told.str.to_datetime(form, time_unit="ms", strict=False)
    return moments if "%z" in form else moments.dt.replace_time_zone("UTC")


def _as_text(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        raise UnreadableColumnError(f"holds {values.dtype}, not text, numbers or times")
    return values.cast(pl.String)
