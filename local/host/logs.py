"""What the host and the app write: one readable line for each event, on standard error."""

import logging
import sys

from azure_functions_runtime import invocation_id_cv

STARTUP = 35
"""Level of the start-up list: above warnings, so that a quiet host still shows it."""

# The SDK repeats warnings while a service is away; the host says it once.
_NOISY = {"azure": "WARNING", "azure.eventhub": "ERROR"}


def configure(level: str, *, quiet: bool) -> None:
    """Send all logging to standard error, each line with the id of its invocation."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_with_invocation)
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)-7s %(tag)s%(message)s", "%H:%M:%S"))
    logging.basicConfig(level="WARNING" if quiet else _level(level), handlers=[handler], force=True)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(least)
    # The worker logs the user's exception as well; the host reports it with the function's name.
    logging.getLogger("azure.functions").addFilter(lambda record: not record.getMessage().startswith("Native "))


def _with_invocation(record: logging.LogRecord) -> bool:
    id_ = getattr(record, "invocation", None) or invocation_id_cv.get()
    record.tag = f"[{id_[:8]}] " if id_ else ""
    if record.levelno == STARTUP:
        record.levelname = "INFO"
    return True


def _level(name: str) -> str:
    """Python's name for one of .NET's log levels."""
    names = {"trace": "DEBUG", "debug": "DEBUG", "information": "INFO", "none": "CRITICAL"}
    python = names.get(name.lower(), name.upper())
    return python if python in logging.getLevelNamesMapping() else "INFO"
