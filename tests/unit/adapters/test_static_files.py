"""Pages in memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.static_files import StaticFiles
from functions.settings import WEB

FILES = StaticFiles(WEB)
SERVED = {path.read_bytes() for path in WEB.rglob("*") if path.is_file()}


@pytest.fixture
def site(tmp_path: Path) -> StaticFiles:
    """A site of three files, beside a secret."""
    (tmp_path / "secret.txt").write_text("secret")
    pages = tmp_path / "web" / "shop"
    pages.mkdir(parents=True)
    for name, content in {"index.html": "<p>", "main.js": "1", "data.bin": "x"}.items():
        (pages / name).write_text(content)
    return StaticFiles(tmp_path / "web")


def test_a_site_has_an_index(site: StaticFiles) -> None:
    """An empty path is the page itself."""
    found = site.find("shop", "")
    assert found is not None
    assert (found.content, found.media_type) == (b"<p>", "text/html; charset=utf-8")


def test_modules_are_javascript(site: StaticFiles) -> None:
    """Browsers refuse a module of any other type."""
    found, other = site.find("shop", "main.js"), site.find("shop", "data.bin")
    assert found is not None
    assert other is not None
    assert (found.media_type, other.media_type) == ("text/javascript; charset=utf-8", "application/octet-stream")
    assert found.etag != other.etag


@pytest.mark.parametrize("path", ["../secret.txt", "../../secret.txt", "/etc/passwd", "..", ".", "shop", "main.js/"])
def test_nothing_else_is_served(site: StaticFiles, path: str) -> None:
    """No way leads out of the site's folder."""
    assert site.find("shop", path) is None


@given(st.lists(st.sampled_from(["..", ".", "", "store", "till", "settings.py", "%2e%2e", "\\..", "index.html"])))
def test_no_path_leads_out(parts: list[str]) -> None:
    """However it is put together, a path finds a file of the sites or nothing."""
    found = FILES.find("store", "/".join(parts))
    assert found is None or found.content in SERVED
