"""A simulation run, and the names that tie a shopper's messages to it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.contracts import EVENT_SOURCE
from functions.events import VisitEvent

SOURCE = f"{EVENT_SOURCE}/simulation"


class NotSimulatedError(Exception):
    """The message does not belong to a simulated session."""


@dataclass(frozen=True, slots=True)
class Run:
    """A named run. Starting a name again replaces it: `started` (epoch milliseconds) tells the two apart."""

    name: str
    started: int
    seed: int
    steps: int
    """Actions that each shopper takes before it leaves."""


@dataclass(frozen=True, slots=True)
class Session:
    """One shopper's part in a run; written as `run.started.shopper` in the `session` of every event."""

    run: str
    started: int
    shopper: str

    def __str__(self) -> str:
        return f"{self.run}.{self.started}.{self.shopper}"

    @classmethod
    def parse(cls, text: str | None) -> "Session":
        """The session that the text names, or `NotSimulatedError`."""
        parts = (text or "").split(".", 2)
        if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit()):
            raise NotSimulatedError("the session is not of the form run.started.shopper")
        return cls(parts[0], int(parts[1]), parts[2])


def arrivals(run: Run, shoppers: Sequence[str], count: int, now: datetime) -> list[VisitEvent]:
    """The first messages of a run: `count` shoppers, drawn without repetition by the run's seed."""
    drawn = random.Random(run.seed).sample(sorted(shoppers), min(count, len(shoppers)))
    sessions = [Session(run.name, run.started, shopper) for shopper in drawn]
    return [
        VisitEvent(
            id=f"{session}-0", source=SOURCE, subject=session.shopper, time=now, session=str(session), sequence=0
        )
        for session in sessions
    ]


def dice(run: Run, shopper: str, step: int) -> random.Random:
    """The randomness of one step: the same run seed, shopper and step roll the same."""
    return random.Random(f"{run.seed}:{shopper}:{step}")
