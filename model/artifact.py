"""A model's folder: the parts that training made, and the manifest that says what they are."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

DEFAULT_FOLDER = Path(__file__).parent / "artifacts"
MANIFEST, GRAPH, PRODUCTS = "manifest.json", "candidates.onnx", "products.json"


class InvalidArtifactError(Exception):
    """A model folder lacks a file, or a file is not the one that the manifest names."""


class NotAModelFolderError(Exception):
    """The folder to write holds something else, which training would delete."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty and holds no model: choose another folder, or empty it first.")


@dataclass(frozen=True, slots=True)
class Part:
    """What one step of training adds to the model: files by name, and what the manifest says of them.

    `features` maps a graph to the names of its input's columns.
    """

    files: Mapping[str, bytes]
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    features: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is. `tau` is in days; `files` maps each file's name to its sha256."""

    version: str
    created: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float]]
    tau: float
    features: Mapping[str, Sequence[str]]
    files: Mapping[str, str]
    products: str = PRODUCTS


def compose(parts: Sequence[Part]) -> Part:
    """All parts as one; a later part's word counts where two speak of the same thing."""
    return Part(
        files={name: content for part in parts for name, content in part.files.items()},
        settings={name: value for part in parts for name, value in part.settings.items()},
        metrics={name: figures for part in parts for name, figures in part.metrics.items()},
        features={graph: names for part in parts for graph, names in part.features.items()},
    )


def listed(products: Sequence[str]) -> bytes:
    """The product ids by row, as `products.json` holds them."""
    return json.dumps(list(products), separators=(",", ":")).encode()


def write(folder: Path, whole: Part, *, data: Mapping[str, Any], tau: float, created: datetime) -> Manifest:
    """Write a model's folder in place of the one that is there; nothing is left half done.

    The version is the day and the beginning of the hash of all files, so that the same model has the same version.
    Raises `NotAModelFolderError` when the folder holds something else.
    """
    check_writable(folder)
    hashes = {name: _hash(content) for name, content in sorted(whole.files.items())}
    manifest = Manifest(
        version=f"{created:%Y-%m-%d}-{_hash(json.dumps(hashes).encode())[:8]}",
        created=created.isoformat(timespec="seconds"),
        data=data,
        settings=whole.settings,
        metrics=whole.metrics,
        tau=tau,
        features={graph: list(names) for graph, names in whole.features.items()},
        files=hashes,
    )
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, content in whole.files.items():
        (partial / name).write_bytes(content)
    (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return manifest


def check_writable(folder: Path) -> None:
    """Raise `NotAModelFolderError` unless the folder is missing, empty, or a model's."""
    if folder.exists() and not (folder.is_dir() and ((folder / MANIFEST).exists() or not any(folder.iterdir()))):
        raise NotAModelFolderError(folder)


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


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
