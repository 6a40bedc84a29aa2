"""The model that decisions are made with."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from functions.adapters.once import Once

if TYPE_CHECKING:
    from functions.adapters.onnx import OnnxModel


class LiveModels:
    """Implements `Models` with the model of a folder, loaded when it is first asked for."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._model = Once(self._load)

    async def current(self) -> "OnnxModel":
        """The model; raises `ModelCorruptError`."""
        return await self._model()

    async def _load(self) -> "OnnxModel":
        return await asyncio.to_thread(_model, self._folder, self._threads)


def _model(folder: Path, threads: int) -> "OnnxModel":
    from functions.adapters.onnx import OnnxModel  # here, in a thread: ONNX Runtime takes a moment to import

    return OnnxModel(folder, threads)
