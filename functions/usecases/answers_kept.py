"""Answers that are the same for everyone, kept for a moment: a busy shop asks for the same lists all the time."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import is_

MAX_AGE = timedelta(seconds=5)
"""As old as the trends and the rules may be that they are made of."""
CAPACITY = 1_000
"""Answers that are kept, the last asked for; each takes about 10 kB."""


@dataclass(slots=True)
class AnswersKept[Question, Answer]:
    """Answers by their question, for as long as they are made of the very same things."""

    max_age: timedelta = MAX_AGE
    capacity: int = CAPACITY
    _made_of: tuple[object, ...] = ()
    _kept: OrderedDict[Question, tuple[datetime, Answer]] = field(default_factory=OrderedDict)

    def find(self, question: Question, made_of: tuple[object, ...], now: datetime) -> Answer | None:
        """The answer that is kept; None when there is none, and whenever one of `made_of` is another object."""
        if not self._is_made_of(made_of):
            self._made_of = made_of
            self._kept.clear()
        if (kept := self._kept.get(question)) is None or not timedelta(0) <= now - kept[0] < self.max_age:
            return None
        self._kept.move_to_end(question)
        return kept[1]

    def keep(self, question: Question, made_of: tuple[object, ...], now: datetime, answer: Answer) -> None:
        """Keep an answer, unless somebody has asked since with something else to make it of."""
        if not self._is_made_of(made_of):
            return
        self._kept[question] = (now, answer)
        self._kept.move_to_end(question)
        if len(self._kept) > self.capacity:
            self._kept.popitem(last=False)

    def _is_made_of(self, made_of: tuple[object, ...]) -> bool:
        return len(made_of) == len(self._made_of) and all(map(is_, made_of, self._made_of))
