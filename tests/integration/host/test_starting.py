"""How a host starts: chosen functions, a quiet log and settings from the sample."""

import json
from collections.abc import Iterator

import pytest

from tests.integration.host.running import RunningApp, running_app, write_app

APP = """
    @app.route("one")
    def one(req: func.HttpRequest) -> str:
        logging.info("chatter")
        logging.warning("problem")
        return os.environ["FROM_FILE"] + os.environ["FROM_BOTH"]

    @app.route("two")
    def two(req: func.HttpRequest) -> str:
        return "2"
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A quiet host on one of two functions, in a folder as a fresh clone has it."""
    folder = write_app(tmp_path_factory.mktemp("starting"), APP)
    sample = {"Values": {"FROM_FILE": "file ", "FROM_BOTH": "file"}}
    (folder / "local.settings.sample.json").write_text(json.dumps(sample))
    with running_app(folder, {"FROM_BOTH": "environment"}, ["--functions", "one", "--quiet"]) as running:
        yield running


def test_only_the_chosen_functions_run(app: RunningApp) -> None:
    """`--functions` picks by name."""
    assert (app.get("/api/one").status, app.get("/api/two").status) == (200, 404)


def test_a_quiet_host_shows_functions_and_problems_only(app: RunningApp) -> None:
    """The list at start and warnings, but no line for each invocation."""
    app.get("/api/one")
    log = app.wait_for("problem")
    assert f"{app.process.connection}/api/one" in log
    assert "chatter" not in log
    assert "one ok" not in log


def test_settings_come_from_the_sample_at_first(app: RunningApp) -> None:
    """The sample is copied, which the log says, and the environment wins over it."""
    assert app.get("/api/one").body == b"file environment"
    assert "made local.settings.json from local.settings.sample.json" in app.log()
