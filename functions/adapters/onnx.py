"""The model that scores products, run by ONNX Runtime."""

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from functions.personalization.features import WeightedHistory
from functions.personalization.recommendations import Scored

GRAPH = "candidates.onnx"
OUTPUTS = ["products", "scores"]


class ModelCorruptError(Exception):
    """A model folder is not complete, or a file is not the one that its manifest names."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"The model in {folder} cannot be used: {fault}.")


class OnnxScorer:
    """Implements `Scorer`: weighted history in, best products out, in a pool of `threads` threads."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Read and verify a model folder, which takes a moment; raises `ModelCorruptError`."""
        manifest = _Manifest(folder)
        self.version = manifest.version
        self.tau = manifest.tau
        self.products: tuple[str, ...] = tuple(json.loads(manifest.verified(manifest.products)))
        self._row = {product: row for row, product in enumerate(self.products)}
        self._session = ort.InferenceSession(manifest.verified(GRAPH), _options(threads))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scoring")

    async def score(self, history: WeightedHistory, count: int) -> Scored:
        """The best products, at most as many as the model knows; products of the history it does not know are
        dropped, and with none left the answer is popularity."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.score_now, history, count)

    def score_now(self, history: WeightedHistory, count: int) -> Scored:
        """The same in the caller's thread."""
        rows = np.array([self._row.get(product, -1) for product in history.products], dtype=np.int64)
        known = rows >= 0
        k = np.array([min(count, len(self.products))], dtype=np.int64)
        inputs = {"history": rows[known], "weights": history.weights[known], "k": k}
        best, scores = self._session.run(OUTPUTS, inputs)
        return Scored(tuple(self.products[row] for row in best.tolist()), scores)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Manifest:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            content: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
            self.version = str(content["version"])
            self.tau = float(content["tau"])
            self.products = str(content["products"])
            self._hashes: dict[str, str] = dict(content["files"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelCorruptError(folder, f"manifest.json: {error!r}") from error

    def verified(self, name: str) -> bytes:
        """The file's bytes, which are those that were hashed."""
        try:
            content = (self._folder / name).read_bytes()
        except OSError as error:
            raise ModelCorruptError(self._folder, f"{name}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != self._hashes.get(name):
            raise ModelCorruptError(self._folder, f"{name} does not have the hash that the manifest names")
        return content


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options
