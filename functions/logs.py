"""The form of log lines. Whose host it is made the handlers, and keeps them: only what they write is changed."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

type Ids = Callable[[], tuple[str, str] | None]
"""Trace and span that are current."""


class JsonLines(logging.Formatter):
    """Each record as a JSON object on a line, with the ids of its trace and of its invocation."""

    def __init__(self, ids: Ids) -> None:
        super().__init__()
        self._ids = ids

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if tag := str(getattr(record, "tag", "")).strip(" []"):
            line["invocation"] = tag
        if found := self._ids():
            line["trace_id"], line["span_id"] = found
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class WithTrace(logging.Formatter):
    """What another formatter writes, and the id of the trace, while there is one."""

    def __init__(self, form: logging.Formatter, ids: Ids) -> None:
        super().__init__()
        self._form, self._ids = form, ids

    def format(self, record: logging.LogRecord) -> str:
        """The other's line or lines, the id at the end of the first."""
        found, text = self._ids(), self._form.format(record)
        if found is None:
            return text
        first, newline, rest = text.partition("\n")
        return f"{first} trace={found[0]}{newline}{rest}"


def shape(handlers: list[logging.Handler], ids: Ids, *, as_json: bool) -> None:
    """Let handlers write JSON, or else their own lines with the trace's id; done again it changes nothing."""
    for handler in handlers:
        if not isinstance(handler.formatter, JsonLines | WithTrace):
            handler.setFormatter(JsonLines(ids) if as_json else WithTrace(handler.formatter or PLAIN, ids))


PLAIN = logging.Formatter()
"""What a handler without a formatter writes."""
