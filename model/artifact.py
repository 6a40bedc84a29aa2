"""A model's folder: the graph, the product ids by row, and the manifest that says what they are."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

DEFAULT_FOLDER = Path(__file__).parent / "artifacts"
MANIFEST, GRAPH, PRODUCTS = "manifest.json", "candidates.onnx", "products.json"


class InvalidArtifactError(Exception):
    """A model folder lacks a file, or a file is not the one that the manifest names."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is. `tau` is in days; `files` maps each file's name to its sha256."""

    version: str
    created: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float]]
    tau: float
    products: str
    files: Mapping[str, str]


def version_of(graph: bytes, products: Sequence[str], created: datetime) -> str:
    """The day, and the beginning of the hash of what the model answers."""
    return f"{created:%Y-%m-%d}-{_hash(graph + _listed(products))[:8]}"


def write(folder: Path, graph: bytes, products: Sequence[str], manifest: Mapping[str, Any]) -> Manifest:
    """Write the folder; the manifest comes last, so that a folder with a manifest is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {GRAPH: graph, PRODUCTS: _listed(products)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    whole = Manifest(**manifest, products=PRODUCTS, files={name: _hash(content) for name, content in files.items()})
    (folder / MANIFEST).write_text(json.dumps(asdict(whole), indent=2) + "\n")
    return whole


def read(folder: Path) -> Manifest:
    """The manifest of a folder whose files are verified against it, or `InvalidArtifactError`."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_bytes()))
        for name, expected in manifest.files.items():
            if _hash((folder / name).read_bytes()) != expected:
                raise InvalidArtifactError(f"{folder / name} is not the file that {MANIFEST} names: train again")
    except (OSError, ValueError, TypeError) as error:
        raise InvalidArtifactError(
            f"{folder} holds no usable model ({error}): run `python -m model.train`"
        ) from error
    return manifest


def _listed(products: Sequence[str]) -> bytes:
    return json.dumps(list(products), separators=(",", ":")).encode()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
