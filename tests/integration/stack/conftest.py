"""A small stack of one Valkey in a folder of its own, driven by the command line as a person would."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from local.stack import guard, state
from local.stack.ports import free_ports
from local.stack.state import State

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class App:
    """The folder of an app with a `stack.toml`."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        return self.folder / "stack.toml"

    def add(self, table: str) -> None:
        """Append a table to the `stack.toml`."""
        self.config.write_text(f"{self.config.read_text()}\n{table}\n")

    def stack(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Carry out a verb and wait for its end."""
        return subprocess.run(self.command(verb, *options), cwd=ROOT, capture_output=True, text=True, check=False)

    def start(self, verb: str) -> subprocess.Popen[str]:
        """Start a verb in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            self.command(verb), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
        )

    def command(self, verb: str, *options: str) -> list[str]:
        return [sys.executable, "-m", "local.stack", verb, "--config", str(self.config), *options]

    def state(self) -> State:
        """What the running supervisor says."""
        running = state.read(self.folder / ".local" / "stack.json")
        assert running, "no supervisor runs"
        return running

    def processes(self) -> list[psutil.Process]:
        """Everything that the stack has started and that still runs."""
        return guard.marked(str(self.folder / ".local"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An app whose stack is one Valkey on a free port; whatever a test leaves running is ended."""
    [port] = free_ports(1)
    app = App(tmp_path.resolve(), port)
    app.config.write_text(f"[services.valkey]\nport = {port}\n")
    yield app
    if running := state.read(app.folder / ".local" / "stack.json"):
        os.kill(running.pid, 9)
    guard.sweep(str(app.folder / ".local"), grace=1.0)
