"""A browser: found on the machine, and what tests ask of it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / ".local" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "BROWSER_REQUIRED"
"""Where this is set, tests fail without a browser instead of being skipped."""


def chromium() -> str:
    """Path of the machine's Chromium; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        why = f"no browser: none of {', '.join(NAMES)} is installed (see scripts/setup.sh)"
        if os.environ.get(REQUIRED):
            pytest.fail(why)
        pytest.skip(why)
    return found


def screenshot(page: Page, name: str) -> Path:
    """Keep what the page looks like, once it is quiet."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state("networkidle")
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path


def barriers(page: Page) -> list[str]:
    """What keeps people out, by axe-core: rule and elements of everything but what is minor."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: {json.dumps([node['target'] for node in rule['nodes']][:3])}"
        for rule in found["violations"]
        if rule["impact"] != "minor"
    ]


def products(page: Page, shown: str) -> list[str]:
    """Ids of the products that a list shows."""
    ids: list[str] = page.locator(f"[data-list={shown}] .tile").evaluate_all(
        "tiles => tiles.map(tile => tile.dataset.id)"
    )
    return ids
