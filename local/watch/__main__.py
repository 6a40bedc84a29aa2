"""python -m local.watch: decisions, offers, clicks, latency and lag, live."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from rich.console import Console
from rich.live import Live

from local.watch import view
from local.watch.figures import PATH, Figures, NoFiguresError, ask

OFFERS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Show until Ctrl-C (or SIGTERM); with --once, exit with 1 when there is nothing to show."""
    signal.signal(signal.SIGTERM, _interrupt)
    options = _options(arguments)
    console = Console()
    try:
        if options.once:
            return _show_line(console, options)
        (_live if console.is_terminal else _lines)(console, options)
    except KeyboardInterrupt:
        pass  # that is how one leaves
    return 0


def _live(console: Console, options: argparse.Namespace) -> None:
    urls = [options.url, options.url + PATH]
    with Live(view.trouble(f"asking {options.url} ...", urls), console=console, auto_refresh=False) as live:
        while True:
            try:
                live.update(view.picture(_ask(options), urls), refresh=True)
            except NoFiguresError as error:
                live.update(view.trouble(str(error), urls), refresh=True)
            time.sleep(options.interval)


def _lines(console: Console, options: argparse.Namespace) -> None:
    while True:
        _show_line(console, options)
        time.sleep(options.interval)


def _show_line(console: Console, options: argparse.Namespace) -> int:
    try:
        text, status = view.line(_ask(options)), 0
    except NoFiguresError as error:
        text, status = str(error), 1
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    return status


def _ask(options: argparse.Namespace) -> Figures:
    return ask(options.url, options.key, OFFERS)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.watch", description=__doc__)
    url = os.environ.get("FUNCTIONS_URL", "http://127.0.0.1:7071")
    parser.add_argument("--url", default=url, type=_url, help="the functions host (%(default)s)")
    parser.add_argument("--key", default=os.environ.get("FUNCTIONS_KEY"), help="function key, for an app in Azure")
    parser.add_argument("--interval", default=2.0, type=_seconds, help="seconds between two looks (%(default)g)")
    parser.add_argument("--once", action="store_true", help="print one line and leave")
    return parser.parse_args(arguments)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"'{text}' does not begin with http:// or https://")
    return text.rstrip("/")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3_600:
        raise argparse.ArgumentTypeError("it must be between 0.1 and 3600")
    return seconds


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
