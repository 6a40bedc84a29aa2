"""One seeded system for all end-to-end tests: seeding takes longer than each of them."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browsing import chromium
from tests.e2e.figures import Figures, settled
from tests.stack import SeededStack, seeded_stack

type Look = tuple[int, Literal["light", "dark"]]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededStack]:
    """Everything running and seeded; a test that stops a server starts it again."""
    with seeded_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def before(stack: SeededStack) -> Figures:
    """The figures before the test, with nothing under way."""
    return settled(stack)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, without a window; its event loop runs in this thread, and no other could beside it."""
    executable = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new visitor's page: 1280 wide and light, or as an indirect parameter (width, scheme) says.

    At the end nothing may have gone wrong in it, and nothing may have been asked of another host.
    """
    look: Look = getattr(request, "param", (1280, "light"))
    width, scheme = look
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    faults: list[str] = []
    hosts: set[str] = set()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    opened.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
    yield opened
    context.close()
    assert faults == []
    assert len(hosts) <= 1, hosts
