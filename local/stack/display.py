"""Shows a stack as it starts: a live table with spinners on a terminal, plain lines everywhere else."""

import time
from collections.abc import Callable, Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.stack.state import ServiceState, State, Status

REFRESH = 0.1
SPINNER = Spinner("dots", style="cyan")
STYLES = {
    Status.WAITING: "dim",
    Status.STARTING: "cyan",
    Status.HEALTHY: "green",
    Status.RESTARTING: "bold red",
    Status.STOPPED: "dim",
}


def follow(console: Console, state: Callable[[], State | None], done: Callable[[State], bool]) -> None:
    """Show the services until `done`; `state` is asked ten times a second and is None before there is one."""
    (_follow_live if console.is_terminal else _follow_lines)(console, state, done)


def table(state: State) -> RenderableType:
    """All services, one line each."""
    grid = Table.grid(padding=(0, 2))
    for service in state.services:
        grid.add_row(_mark(service), service.name, sentence(service), Text(service.address, style="dim"))
    return grid


def sentence(service: ServiceState) -> Text:
    """What a service is doing, such as `healthy after 0.8 s`."""
    match service.status:
        case Status.HEALTHY:
            text = f"healthy after {service.seconds:.1f} s"
        case Status.STARTING:
            text = f"starting, {service.seconds:.1f} s"
        case Status.RESTARTING:
            text = f"failed {service.failures} times, starting again" if service.failures > 1 else "failed"
        case _:
            text = str(service.status)
    return Text(text, style=STYLES[service.status])


def pages(console: Console, urls: Mapping[str, str]) -> None:
    """Print the named URLs, one a line."""
    width = max(map(len, urls), default=0)
    for name, url in urls.items():
        console.print(f"  {name:<{width}}  {url}", highlight=False)


def _mark(service: ServiceState) -> RenderableType:
    if service.status is Status.STARTING:
        return SPINNER
    return Text({Status.HEALTHY: "✔", Status.RESTARTING: "✘"}.get(service.status, "·"), STYLES[service.status])


def _follow_live(console: Console, state: Callable[[], State | None], done: Callable[[State], bool]) -> None:
    with Live(Group(), console=console, refresh_per_second=12) as live:
        while True:
            now = state()
            if now:
                live.update(table(now))
                if done(now):
                    return
            time.sleep(REFRESH)


def _follow_lines(console: Console, state: Callable[[], State | None], done: Callable[[State], bool]) -> None:
    said: dict[str, Status] = {}
    while True:
        now = state()
        for service in now.services if now else ():
            news = service.status in (Status.HEALTHY, Status.RESTARTING)
            if news and said.get(service.name) is not service.status:
                console.print(f"{service.name}: {sentence(service)}", highlight=False, soft_wrap=True)
            said[service.name] = service.status
        if now and done(now):
            return
        time.sleep(REFRESH)
