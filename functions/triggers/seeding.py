"""A shop that nobody filled yet is no error of those who look after it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from functions.usecases.ports import NotSeededError

log = logging.getLogger(__name__)


@contextmanager
def once_seeded() -> Iterator[None]:
    """Around what needs a filled shop: before, it is left undone, and the log says once what to do."""
    try:
        yield
    except NotSeededError as error:
        _say(str(error))


@cache
def _say(what: str) -> None:
    log.warning("Nothing is done yet: %s", what)
