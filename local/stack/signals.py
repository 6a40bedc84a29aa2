"""One way to be told to stop, whoever says it."""

import signal


def interrupt() -> None:
    """Treat SIGTERM and the closing of the terminal like Ctrl-C; ignore all three while stopping."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, stop)
