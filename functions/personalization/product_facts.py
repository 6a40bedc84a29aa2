"""What is known of each product, whoever asks: the static part of the ranker's features."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

COLUMNS = (
    "popularity",  # log of recency-decayed baskets
    "popularity_recent",  # the same, fading faster
    "popularity_week",  # log of baskets in the last seven days
    "trend",  # log of recent against usual popularity
    "buyers",  # log of shoppers who bought it
    "repeat_rate",  # share of its buyers who bought it again
    "buyer_baskets",  # mean baskets with it of a buyer
    "cycle",  # mean days between two purchases
    "price",  # log of the price of one unit
    "small_baskets",  # mean of 1 / products of the baskets it was in
    "days_on_sale",  # since it was first bought
    "kind_popularity",  # log of the popularity of its whole kind
    "kind_share",  # of that popularity
    "kind_size",  # products of its kind
)
"""The columns of `ProductFacts.columns`; a kind is the finest level of categories."""


_ARRAYS = ("columns", "levels", "vectors", "scales", "own")


class InvalidFactsError(ValueError):
    """The bytes are not facts of this catalogue's products; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class ProductFacts:
    """Facts of products by row.

    - `columns`: shape (products, len(COLUMNS)), float32
    - `levels`: shape (levels, products), int32; a code for the path of categories down to each level, coarse to fine,
      without levels that tell nothing: none at all where categories are not known
    - `vectors`: shape (products, dimensions), int8, times `scales`, shape (products,), float32: one product foretells
      another by their inner product (EASE, Steck 2019, by its leading directions)
    - `own`: shape (products,), float32, below 1: how much a product would foretell itself
    """

    columns: npt.NDArray[np.float32]
    levels: npt.NDArray[np.int32]
    vectors: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    own: npt.NDArray[np.float32]

    def column(self, name: str) -> npt.NDArray[np.float32]:
        """One column, shape (products,)."""
        return self.columns[:, COLUMNS.index(name)]

    def foretold(self, histories: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much each history foretells each product, itself left out; shape (histories, len(rows)).

        `histories` are weights, shape (histories, n), of the first n of the products `rows`.
        """
        length = histories.shape[1]
        vectors, scales, own = self.vectors[rows].astype(np.float32), self.scales[rows], self.own[rows]
        voices = (histories * scales[:length]) @ vectors[:length]
        told = (voices @ vectors.T) * scales
        told[:, :length] -= histories * own[:length]
        return np.asarray(told / (1.0 - own), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """The facts as a file of numpy, without pickle; the same facts give the same bytes."""
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _ARRAYS:
                content = io.BytesIO()
                np.lib.format.write_array(content, np.ascontiguousarray(getattr(self, name)), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED)
        return written.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, products: int) -> "ProductFacts":
        """The facts of so many products, or `InvalidFactsError`."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                facts = cls(*(arrays[name] for name in _ARRAYS))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InvalidFactsError(f"facts of products cannot be read: {error}") from error
        facts._check(products)
        return facts

    def _check(self, products: int) -> None:
        sizes = (len(self.columns), *self.levels.shape[1:], len(self.vectors), len(self.scales), len(self.own))
        if set(sizes) != {products} or self.columns.shape[1] != len(COLUMNS):
            raise InvalidFactsError(f"facts of {sorted(set(sizes))} products do not fit {products}")
        if not (self.own < 1.0).all():
            raise InvalidFactsError("a product foretells itself wholly")
        if self.levels.size and self.levels.min() < 0:
            raise InvalidFactsError("a category's code is negative")


def path_codes(paths: Sequence[Sequence[str]]) -> npt.NDArray[np.int32]:
    """Codes of the paths down to the first, the second and the last level, shape (levels, products).

    Levels that do not tell more products apart than the one before are left out.
    """
    kept: list[npt.NDArray[np.int32]] = []
    told = 1
    for depth in (1, 2, None):
        code: dict[tuple[str, ...], int] = {}
        codes = np.array([code.setdefault(tuple(path[:depth]), len(code)) for path in paths], dtype=np.int32)
        if len(code) > told:
            kept.append(codes)
            told = len(code)
    return np.array(kept, dtype=np.int32).reshape(len(kept), len(paths))
