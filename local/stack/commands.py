"""The verbs of the stack: run, up, down, status, env, clean."""

import shlex
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from local.stack import app, background, config, display, guard, ports, signals, state
from local.stack.config import Stack
from local.stack.errors import UpError
from local.stack.state import State, Status
from local.stack.supervisor import Supervisor, lock_file, state_file

GIVE_UP_AFTER = 3  # failures of one service in a row, while the stack starts

console = Console(highlight=False)


def run(stack: Stack, port_offset: int) -> None:
    """Run the stack in the foreground until Ctrl-C or until the app's view ends. Raises `UpError`."""
    _prepare(stack, "run")
    signals.interrupt()
    with Supervisor(stack, _say, port_offset) as supervisor:
        try:
            _bring_up(stack, supervisor.state)
            app.run(stack, stack.start, supervisor.state())
            if stack.view is None:
                console.print("Ctrl-C stops everything.")
                threading.Event().wait()
            app.run(stack, stack.view, supervisor.state())
        except KeyboardInterrupt:
            console.print()
        finally:
            console.print("stopping ...")


def up(stack: Stack, path: Path, port_offset: int) -> None:
    """Start the stack in the background; returns when it is healthy and seeded. Raises `UpError`."""
    if running := state.read(state_file(stack.folder)):
        console.print("already running")
        return _show(running)
    _prepare(stack, "up")
    process = background.start(stack, path, port_offset)
    try:
        signals.interrupt()
        _bring_up(stack, lambda: background.current(stack, process))
    except BaseException:  # also Ctrl-C: either the stack is up, or nothing is left
        background.end(process.pid)
        guard.sweep(str(stack.folder))
        raise


def supervise(stack: Stack, port_offset: int) -> None:
    """What `up` leaves in the background: run the stack until SIGTERM, saying what happens in a log."""
    signals.interrupt()
    with Supervisor(stack, _say_with_time, port_offset):
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _say_with_time("stopping")


def down(folder: Path) -> None:
    """Stop the stack, in the background or in another terminal, and whatever an earlier crash left over."""
    running = state.read(state_file(folder))
    if running:
        with console.status("stopping"):
            background.end(running.pid)
    left = guard.sweep(str(folder))
    console.print("stopped" if running or left else "not running")


def status(folder: Path) -> bool:
    """Show the services and their addresses; False when the stack is not up and healthy."""
    running = state.read(state_file(folder))
    if running is None:
        console.print("not running; start it with: make up")
        return False
    _show(running)
    return running.healthy


def env(path: Path) -> None:
    """Print the connection strings of the stack that runs, on whichever ports, as a shell reads them.

    Raises `UpError` when none runs.
    """
    running = state.read(state_file(config.folder_of(path)))
    if running is None:
        raise UpError("not running; start it with: make up")
    for service in config.read(path, running.port_offset).services:
        print(f"export {service.setting}={shlex.quote(service.connection)}")


def clean(folder: Path) -> None:
    """Stop the stack and delete its data, logs and state."""
    down(folder)
    if folder.exists():
        shutil.rmtree(folder)
    console.print(f"removed {folder}", soft_wrap=True)


def _bring_up(stack: Stack, current: Callable[[], State | None]) -> None:
    begun = time.monotonic()
    display.follow(console, current, _is_up)
    if now := current():
        app.run(stack, stack.seed, now)
        console.print(f"up in {time.monotonic() - begun:.1f} s", style="bold green")
        display.pages(console, now.pages)


def _is_up(now: State) -> bool:
    for service in now.services:
        if service.failures >= GIVE_UP_AFTER:
            raise UpError(f"{service.name} failed {service.failures} times in a row\n{service.message}")
    return now.healthy


def _prepare(stack: Stack, verb: str) -> None:
    """End what an earlier run left over; refuse to start on ports that others hold. Raises `UpError`."""
    stack.folder.mkdir(parents=True, exist_ok=True)
    with state.lock(lock_file(stack.folder)):
        guard.sweep(str(stack.folder))
        taken = ports.taken(stack.ports)
    if taken:
        way_out = f"stop it, or shift all ports: make {verb} PORT_OFFSET={ports.free_offset(stack.ports)}"
        raise UpError("\n".join([*map(str, taken), way_out]))


def _show(running: State) -> None:
    console.print(display.table(running))
    for service in running.services:
        if service.status is Status.RESTARTING:
            console.print(service.message, style="red", soft_wrap=True)
    display.pages(console, running.pages)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True)


def _say_with_time(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, flush=True)
