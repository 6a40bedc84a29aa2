"""Pages and what belongs to them, read once into memory: what was not there then does not exist, wherever it lies."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Media types that must not depend on what the machine has registered; all are UTF-8."""
INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served; `etag` is of its content."""

    content: bytes
    media_type: str
    etag: str


class StaticFiles:
    """All files below a folder, by their path with slashes: what is asked for is only compared, never opened."""

    def __init__(self, folder: Path) -> None:
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}

    def find(self, site: str, path: str) -> StaticFile | None:
        """The file of a site (a folder), its index when the path is empty; None when there is none."""
        return self._files.get(f"{site}/{path or INDEX}")


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    media_type = TYPES.get(path.suffix)
    kind = f"{media_type}; charset=utf-8" if media_type else mimetypes.guess_type(path.name)[0]
    return StaticFile(content, kind or "application/octet-stream", f'"{hashlib.sha256(content).hexdigest()[:20]}"')
