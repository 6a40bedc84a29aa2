"""The verbs of the stack: run, up, down, status, clean."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from rich.console import Console

from local.stack import display, guard, logs, ports, state
from local.stack.config import Stack
from local.stack.guard import ROOT
from local.stack.state import State
from local.stack.supervisor import Supervisor, lock_file, log_file, state_file

GIVE_UP_AFTER = 3  # failures of one service in a row, while the stack starts
DOWN_TIMEOUT = 60.0
COMMAND_GRACE = 3.0

console = Console(highlight=False)


class UpError(Exception):
    """The stack did not come up; the message says which part, why, and what to do."""


def run(stack: Stack, port_offset: int) -> None:
    """Run the stack in the foreground until Ctrl-C or until the app's view ends. Raises `UpError`."""
    _prepare(stack)
    _signals_interrupt()
    with Supervisor(stack, _say, port_offset) as supervisor:
        try:
            _bring_up(stack, supervisor.state)
            _command(stack, stack.start, supervisor.state())
            if stack.view is None:
                console.print("Ctrl-C stops everything.")
                threading.Event().wait()
            _command(stack, stack.view, supervisor.state())
        except KeyboardInterrupt:
            console.print()
        finally:
            console.print("stopping ...")


def up(stack: Stack, config: Path, port_offset: int) -> None:
    """Start the stack in the background; returns when it is healthy and seeded. Raises `UpError`."""
    if running := state.read(state_file(stack.folder)):
        console.print("already running")
        return _show(running)
    _prepare(stack)
    process = _start_supervisor(stack, config, port_offset)
    try:
        _signals_interrupt()
        _bring_up(stack, lambda: _state_of(stack, process))
    except BaseException:  # also Ctrl-C: either the stack is up, or nothing is left
        down(stack)
        raise


def supervise(stack: Stack, port_offset: int) -> None:
    """What `up` leaves in the background: run the stack until SIGTERM, saying what happens in a log."""
    _signals_interrupt()
    with Supervisor(stack, _say_with_time, port_offset):
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _say_with_time("stopping")


def down(stack: Stack) -> None:
    """Stop the stack, in the background or in another terminal, and whatever an earlier crash left over."""
    running = state.read(state_file(stack.folder))
    if running:
        _end(running.pid)
    left = guard.sweep(str(stack.folder))
    console.print("stopped" if running or left else "not running")


def status(stack: Stack) -> bool:
    """Show the services and their addresses; False when the stack is not up and healthy."""
    running = state.read(state_file(stack.folder))
    if running is None:
        console.print("not running; start it with: make up")
        return False
    _show(running)
    return running.healthy


def clean(stack: Stack) -> None:
    """Stop the stack and delete its data, logs and state."""
    down(stack)
    if stack.folder.exists():
        shutil.rmtree(stack.folder)
    console.print(f"removed {stack.folder}", soft_wrap=True)


def _bring_up(stack: Stack, current: Callable[[], State | None]) -> None:
    begun = time.monotonic()
    display.follow(console, current, _is_up)
    if now := current():
        _command(stack, stack.seed, now)
        console.print(f"up in {time.monotonic() - begun:.1f} s", style="bold green")
        display.pages(console, now.pages)


def _is_up(now: State) -> bool:
    for service in now.services:
        if service.failures >= GIVE_UP_AFTER:
            raise UpError(f"{service.name} failed {service.failures} times in a row\n{service.message}")
    return now.healthy


def _command(stack: Stack, command: Sequence[str] | None, now: State) -> None:
    """Run a command of the app in the foreground with the stack's settings. Raises `UpError`."""
    if command is None:
        return
    environment = os.environ | dict(stack.settings) | {guard.OWNER: now.owner}
    with subprocess.Popen(command, env=environment, cwd=stack.folder.parent) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            _let_end(process)
            raise
    if code:
        raise UpError(f"{' '.join(command)} ended with exit code {code}")


def _let_end(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C reached the command too: give it time to put the terminal in order."""
    try:
        process.wait(COMMAND_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()


def _prepare(stack: Stack) -> None:
    """End what an earlier run left over; refuse to start on ports that others hold. Raises `UpError`."""
    stack.folder.mkdir(parents=True, exist_ok=True)
    with state.lock(lock_file(stack.folder)):
        guard.sweep(str(stack.folder))
        taken = ports.taken(stack.ports)
    if taken:
        way_out = f"stop it, or shift all ports: make up PORT_OFFSET={ports.free_offset(stack.ports)}"
        raise UpError("\n".join([*map(str, taken), way_out]))


def _start_supervisor(stack: Stack, config: Path, port_offset: int) -> subprocess.Popen[bytes]:
    log = log_file(stack.folder, "stack")
    logs.rotate(log)
    arguments = ["supervise", "--config", str(config.resolve()), "--port-offset", str(port_offset)]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "local.stack", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _state_of(stack: Stack, process: subprocess.Popen[bytes]) -> State | None:
    if process.poll() is not None:
        tail = log_file(stack.folder, "stack").read_text()[-2000:]
        raise UpError(f"the supervisor ended with exit code {process.returncode}\n{tail}")
    return state.read(state_file(stack.folder))


def _show(running: State) -> None:
    console.print(display.table(running))
    display.pages(console, running.pages)


def _end(pid: int) -> None:
    process = psutil.Process(pid)
    process.terminate()
    with console.status("stopping"):
        try:
            process.wait(DOWN_TIMEOUT)
        except psutil.TimeoutExpired:
            process.kill()


def _signals_interrupt() -> None:
    """Treat SIGTERM and the closing of the terminal like Ctrl-C; ignore all three while stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True)


def _say_with_time(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, flush=True)
