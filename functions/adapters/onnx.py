"""The model that scores products, run by ONNX Runtime."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from functions.adapters.model_folder import ModelCorruptError, ModelFolder
from functions.adapters.propensity import Propensity
from functions.adapters.ranking import NO_CANDIDATES, CandidateTables, Ranker
from functions.analytics.drift import InvalidReferenceError, Spread, from_json
from functions.personalization.assortment import Affinities
from functions.personalization.catalog import Doubles
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.features import WeightedHistory, Weights, weighted_history
from functions.personalization.neighbours import InvalidNeighboursError, Kind, Neighbours
from functions.personalization.offer_features import OFFER_FEATURES
from functions.personalization.product_facts import InvalidFactsError, ProductFacts
from functions.personalization.ranking import feature_names
from functions.personalization.recommendations import NOTHING_SCORED, Scored
from functions.personalization.sessions import InvalidSessionsError, Session, SessionIndex, session_of

PRODUCTS, CANDIDATES, OFFERS, SESSIONS = "products.json", "candidates.onnx", "offers.onnx", "sessions.npz"
RANKER, EXPLORER, FACTS = "ranker.onnx", "explorer.onnx", "products.npz"
REFERENCE = "reference.json"
NEIGHBOURS = "neighbours.npz"
MOST_NEW = 1_000
"""Products that are told to be new."""
OUTPUTS = ["products", "scores"]


class OnnxModel:
    """Implements `Model` over one folder, in a pool of `threads` threads.

    The threads end when nobody refers to the model any more: a decision under way keeps the model that it began with.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Read, verify and load a model folder, which takes a moment; raises `ModelCorruptError`."""
        files = ModelFolder(folder)
        self.version = files.version
        self.tau = files.tau
        self.products: tuple[str, ...] = tuple(json.loads(files[PRODUCTS]))
        self._row = {product: row for row, product in enumerate(self.products)}
        self._candidates = _session(files[CANDIDATES], threads)
        self._ranker = self._ranking(files, threads) if RANKER in files else None
        self.propensity: Propensity | None = self._propensity(files, threads) if OFFERS in files else None
        self._sessions = _index(files, len(self.products)) if SESSIONS in files else None
        self.reference: Mapping[str, Spread] = _reference(files) if REFERENCE in files else {}
        self._neighbours = _tables(files, self.products) if NEIGHBOURS in files else None
        self._newest = _newest(self._ranker.tables.facts, self.products) if self._ranker else {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scoring")

    async def score(self, occasion: Occasion, count: int) -> Scored:
        """The best products for a shopper at a moment, at most as many as the model knows.

        Who bought nothing that the model knows is scored by the clicks of the session alone, from the first one on.
        Products that the model does not know are dropped; with none left the answer is empty.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.score_now, occasion, count)

    async def candidates_of(self, occasion: Occasion, count: int) -> Scored:
        """The best products for a shopper without the ranker, any number of them; empty as `score` is."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._candidates_now, occasion, count)

    async def redemptions(self, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        """The probability that the shopper redeems each offer of the coverage, shape (offers,), 0 where it is over.

        None when the model knows nothing of offers, or the shopper never bought anything.
        """
        if self.propensity is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self.propensity.redemptions, occasion, coverage
        )

    def knows(self, product: str) -> bool:
        """Whether it was trained on a product."""
        return product in self._row

    def features_now(self, occasion: Occasion) -> Weights:
        """What the ranker reads of a shopper's candidates, shape (candidates, features); empty without a ranker."""
        return (self._ranker.tables.of(occasion) if self._ranker else NO_CANDIDATES).features

    def score_now(self, occasion: Occasion, count: int) -> Scored:
        """As `score`, in the caller's thread."""
        history = weighted_history(occasion.shopper, occasion.memory, occasion.now, self.tau)
        if self._row.keys().isdisjoint(history.products):
            return NOTHING_SCORED
        if self._row.keys().isdisjoint(occasion.shopper.history.products):
            by_session = self.by_session(session_of(occasion.memory), count)
            if by_session.products:
                return by_session
        if self._ranker is not None:
            return self._ranker.score(occasion, history, count)
        return self.candidates(history, count)

    def _candidates_now(self, occasion: Occasion, count: int) -> Scored:
        history = weighted_history(occasion.shopper, occasion.memory, occasion.now, self.tau)
        if self._row.keys().isdisjoint(history.products):
            return NOTHING_SCORED
        return self.candidates(history, count)

    def days_on_sale(self) -> Mapping[str, float]:
        """Days since the newest products were first sold; empty without a ranker, which alone has such facts."""
        return self._newest

    def redemptions_now(self, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        """As `redemptions`, in the caller's thread."""
        return self.propensity.redemptions(occasion, coverage) if self.propensity is not None else None

    def by_session(self, session: Session, count: int) -> Scored:
        """What a visitor looks for, then where such sessions went on to; empty without sessions to compare with."""
        if self._sessions is None:
            return NOTHING_SCORED
        found, scores = self._sessions.score(self._rows(session.touched), count)
        if len(found) == 0:
            return NOTHING_SCORED
        wanted = self._rows(session.wanted)
        wanted = wanted[wanted >= 0]
        rows = np.concatenate([wanted, found])[:count]
        likely = np.concatenate([np.full(len(wanted), scores[0]), scores])[:count]
        return Scored(tuple(self.products[row] for row in rows.tolist()), likely, "session")

    def neighbours(self, product: str, kind: Kind, count: int) -> Affinities:
        """Products similar to one, or bought together with it, best first; empty where the model knows of none."""
        return self._neighbours.of(product, kind, count) if self._neighbours is not None else ()

    def candidates(self, history: WeightedHistory, count: int) -> Scored:
        """The best products for a weighted history by the candidate graph alone; for an empty one, popularity."""
        rows = self._rows(history.products)
        known = rows >= 0
        k = np.array([min(count, len(self.products))], dtype=np.int64)
        inputs = {"history": rows[known], "weights": history.weights[known], "k": k}
        best, scores = self._candidates.run(OUTPUTS, inputs)
        return Scored(tuple(self.products[row] for row in best.tolist()), scores)

    def _ranking(self, files: ModelFolder, threads: int) -> Ranker:
        try:
            facts = ProductFacts.from_bytes(files[FACTS], len(self.products))
        except InvalidFactsError as error:
            raise ModelCorruptError(files.path, f"{FACTS}: {error}") from error
        forests = {name: _session(files[name], threads) for name in (RANKER, EXPLORER) if name in files}
        for name, trees in forests.items():
            if trees.get_inputs()[0].shape[1] != len(feature_names(facts)):
                raise ModelCorruptError(files.path, f"{name} reads other features than this version computes")
        tables = CandidateTables(self._candidates, self._row, facts, self.tau)
        return Ranker(tables, forests[RANKER], forests.get(EXPLORER), self.products)

    def _propensity(self, files: ModelFolder, threads: int) -> Propensity:
        graph = _session(files[OFFERS], threads)
        if graph.get_inputs()[0].shape[1] != len(OFFER_FEATURES):
            raise ModelCorruptError(files.path, f"{OFFERS} reads other features than this version computes")
        return Propensity(graph, self.tau)

    def _rows(self, products: Sequence[str]) -> npt.NDArray[np.int64]:
        """The row of each product, -1 for one that the model does not know."""
        return np.array([self._row.get(product, -1) for product in products], dtype=np.int64)


def _newest(facts: ProductFacts, products: Sequence[str]) -> Mapping[str, float]:
    days = facts.column("days_on_sale")
    rows = np.argsort(days, kind="stable")[:MOST_NEW]
    return {products[row]: float(days[row]) for row in rows.tolist()}


def _tables(files: ModelFolder, products: Sequence[str]) -> Neighbours:
    try:
        return Neighbours.from_bytes(files[NEIGHBOURS], products)
    except InvalidNeighboursError as error:
        raise ModelCorruptError(files.path, f"{NEIGHBOURS}: {error}") from error


def _index(files: ModelFolder, products: int) -> SessionIndex:
    try:
        return SessionIndex.from_bytes(files[SESSIONS], products)
    except InvalidSessionsError as error:
        raise ModelCorruptError(files.path, f"{SESSIONS}: {error}") from error


def _reference(files: ModelFolder) -> Mapping[str, Spread]:
    try:
        return from_json(files[REFERENCE])
    except InvalidReferenceError as error:
        raise ModelCorruptError(files.path, f"{REFERENCE}: {error}") from error


def _session(graph: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(graph, options)
