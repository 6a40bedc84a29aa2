"""A model's folder, read once: nothing is used that does not have the hash its manifest names."""

import hashlib
import json
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


class ModelCorruptError(Exception):
    """A model folder is not complete, or a file is not the one that its manifest names."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"The model in {folder} cannot be used: {fault}.")


class ModelFolder:
    """The files of a model, all verified; `tau` is in days. Which files there are depends on the model."""

    def __init__(self, path: Path) -> None:
        """Read and verify every file that the manifest names; raises `ModelCorruptError`."""
        self.path = path
        try:
            content: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
            self.version = str(content["version"])
            self.tau = float(content["tau"])
            hashes = {str(name): str(digest) for name, digest in content["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelCorruptError(path, f"{MANIFEST}: {error!r}") from error
        self._files = {name: self._verified(name, digest) for name, digest in hashes.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def __getitem__(self, name: str) -> bytes:
        """The file's bytes, which are those that were hashed; raises `ModelCorruptError` when there is none."""
        if name not in self._files:
            raise ModelCorruptError(self.path, f"the manifest names no {name}")
        return self._files[name]

    def _verified(self, name: str, digest: str) -> bytes:
        if Path(name).name != name:
            raise ModelCorruptError(self.path, f"the manifest names '{name}', which is not a file of the folder")
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise ModelCorruptError(self.path, f"{name}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise ModelCorruptError(self.path, f"{name} does not have the hash that the manifest names")
        return content
