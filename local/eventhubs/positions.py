"""Starting positions as readers ask for them: a filter such as `amqp.annotation.x-opt-offset > '42'`."""

import re
from collections.abc import Mapping
from typing import Any

from local.eventhubs.amqp.decode import Described
from local.eventhubs.log.position import BEGINNING, LATEST, By, Position
from local.eventhubs.refusals import InvalidPositionError

_FILTER = re.compile(
    r"\s*(?:amqp\.annotation\.)?(x-opt-[a-z-]+)\s*(>=?)\s*'?(@latest|-?\d{1,19})'?\s*", re.IGNORECASE
)
_FIELDS = {
    "x-opt-offset": By.OFFSET,
    "x-opt-sequence-number": By.SEQUENCE,
    "x-opt-enqueued-time": By.TIME,
    "x-opt-enqueuedtimeutc": By.TIME,
}


def start_position(filters: Mapping[Any, Any]) -> Position:
    """The position that the filters of a source ask for; the beginning when there is none.

    Raises InvalidPositionError for any other filter.
    """
    position = BEGINNING
    for value in filters.values():
        position = parse_filter(value.value if isinstance(value, Described) else value)
    return position


def parse_filter(expression: object) -> Position:
    text = expression.decode(errors="replace") if isinstance(expression, bytes) else str(expression)
    matched = _FILTER.fullmatch(text)
    by = _FIELDS.get(matched[1].lower()) if matched else None
    if matched is None or by is None:
        raise InvalidPositionError(f"The filter {text[:200]!r} is not supported.")
    if matched[3].lower() == "@latest":
        return LATEST
    value = int(matched[3])
    if value < 0:
        return BEGINNING
    return Position(by, value, inclusive=matched[2] == ">=")
