"""Asking the app for its figures."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

PATH = "/api/v1/metrics"
TIMEOUT = 5.0
"""Seconds that an answer may take."""
MAX_ANSWER = 4 * 1024 * 1024
RECENT_MINUTES = 2
"""Minutes, the current one included, whose decisions make the present rate."""


class NoFiguresError(Exception):
    """There is no answer, or not one that can be shown; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer's line; `ctr` is None when it was never made."""

    name: str
    made: int
    clicked: int
    ctr: float | None
    margin: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown: the range's totals, and the present rate. Latencies in milliseconds, None without decisions."""

    rate: float
    decisions: int
    degraded: int
    warm: int
    cold: int
    p50: float | None
    p99: float | None
    scoring_p99: float | None
    clicked: int
    lag: int
    checked: datetime | None
    """When the aggregation last looked at the partition that it neglects most."""
    asked: datetime
    lost: int
    """Events that could not be counted: invalid, too late, or gone."""
    offers: tuple[Offer, ...]


def ask(url: str, key: str | None, top: int) -> Figures:
    """The app's present figures; raises `NoFiguresError`."""
    try:
        status, body = _get(url, f"{PATH}?top={top}", {"x-functions-key": key} if key else {})
    except (OSError, http.client.HTTPException) as error:
        raise NoFiguresError(f"{url}{PATH} does not answer: {error}") from error
    if status != HTTPStatus.OK:
        raise NoFiguresError(f"{url}{PATH} answers with status {status}")
    try:
        return figures_of(json.loads(body), datetime.now(UTC))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoFiguresError(f"{url}{PATH} answers with something that is not the metrics ({error!r})") from error


def _get(url: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", parts.path + path, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read(MAX_ANSWER)
    finally:
        connection.close()


def figures_of(answer: Mapping[str, Any], asked: datetime) -> Figures:
    """What is shown of an answer; raises KeyError, TypeError or ValueError when it is not one."""
    totals, paths, partitions = answer["totals"], answer["paths"], answer["lag"]["partitions"]
    return Figures(
        rate=_rate(answer["minutes"], datetime.fromisoformat(answer["to"])),
        decisions=totals["decisions"],
        degraded=totals["degraded"],
        warm=paths.get("warm", 0),
        cold=paths.get("cold", 0),
        p50=answer["totalMs"]["p50"],
        p99=answer["totalMs"]["p99"],
        scoring_p99=answer["scoringMs"]["p99"],
        clicked=totals["clicked"],
        lag=answer["lag"]["messages"],
        checked=min((datetime.fromisoformat(one["checked"]) for one in partitions), default=None),
        asked=asked,
        lost=sum(one["invalid"] + one["late"] + one["missed"] for one in partitions),
        offers=tuple(map(_offer, answer["offers"])),
    )


def _rate(minutes: list[Mapping[str, Any]], end: datetime) -> float:
    """Decisions per second over the last minutes of the range; none in them is none per second."""
    recent = [one for one in minutes if (end - datetime.fromisoformat(one["start"])).total_seconds() <= 120]
    seconds = sum(one["seconds"] for one in recent[-RECENT_MINUTES:])
    return sum(one["decisions"] for one in recent[-RECENT_MINUTES:]) / seconds if seconds else 0.0


def _offer(one: Mapping[str, Any]) -> Offer:
    low, high = one["ctrLow"], one["ctrHigh"]
    margin = None if low is None or high is None else (float(low), float(high))
    return Offer(one["offer"], one["made"], one["clicked"], one["ctr"], margin)
