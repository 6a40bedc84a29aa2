"""What is deployed: `make package` prints what the package holds and how large it is, and fails when it is too large.

The package is made as `azd` makes it, of what .funcignore leaves; Azure adds the packages of requirements.txt, which
are taken here from those that are installed.   python -m scripts.package --out app.zip   keeps it.
"""

import argparse
import io
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from pathspec import GitIgnoreSpec

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ".python_packages/lib/site-packages"
MOST_BYTES = 100_000_000
"""Of the zip with everything in it: a new instance downloads it before it answers."""


def deployed(root: Path = ROOT) -> list[Path]:
    """The files that .funcignore leaves, relative to the root, sorted."""
    ignored = GitIgnoreSpec.from_lines((root / ".funcignore").read_text().splitlines())
    return sorted(Path(name) for name in ignored.match_tree_files(root, negate=True))


def zipped(files: Iterable[tuple[Path, str]]) -> bytes:
    """A zip of these files (path, name in the zip)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in files:
            archive.write(path, name)
    return buffer.getvalue()


def main() -> int:
    """Print sizes; 1 when the package is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where to write the package, with everything in it")
    out: Path | None = parser.parse_args().out
    files = deployed()
    for room, count in sorted(Counter(file.parts[0] for file in files).items()):
        size = sum((ROOT / file).stat().st_size for file in files if file.parts[0] == room)
        print(f"  {room:28}{count:5} files {size / 1e6:7.2f} MB")
    ours = [(ROOT / file, str(file)) for file in files]
    code, package = len(zipped(ours)), zipped([*ours, *_installed()])
    told = f"{code / 1e6:.1f} MB of ours, {(len(package) - code) / 1e6:.1f} MB of packages"
    print(f"zip: {told}; {MOST_BYTES / 1e6:.0f} MB is the most")
    if out:
        out.write_bytes(package)
    return 0 if len(package) <= MOST_BYTES else 1


def _installed() -> Iterator[tuple[Path, str]]:
    """The files of the packages that requirements.txt names, each one pinned, where Azure puts them."""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            for file in distribution(Requirement(line).name).files or ():
                path = Path(str(file.locate()))
                if path.is_file() and "__pycache__" not in path.parts and ".." not in file.parts:
                    yield path, f"{PACKAGES}/{file}"


if __name__ == "__main__":
    sys.exit(main())
