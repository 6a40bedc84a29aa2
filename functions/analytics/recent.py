"""What recent events tell of a model: counted as they come by, so that none of them is kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from functions.analytics.drift import Calibration, calibration
from functions.events import DecisionEvent, Event, InteractionEvent, InvalidEventError, PromotionEvent, parse_message

WINDOW = timedelta(hours=1)
RIPE = timedelta(seconds=30)
"""Age from which on a decision counts: who was shown an offer a moment ago may still click it. A busy shop fills the
events that are looked at within a minute."""
CLICKS = frozenset({"select_promotion", "coupon_redeemed"})


class Recent:
    """Events of the last hour before `now`: who acted, what was touched, and what became of a version's offers."""

    def __init__(self, version: str, now: datetime) -> None:
        self._version = version
        self._since, self._ripe = now - WINDOW, now - RIPE
        self._chances: dict[str, float] = {}
        self._clicked: set[str | None] = set()
        self.events = 0
        self.shoppers: set[str] = set()
        self.touched: list[str] = []
        """Products, each as often as it was touched."""

    def add(self, bodies: Iterable[bytes]) -> None:
        """Count the events of messages; what is none is passed over, as the aggregation reports it."""
        for event in chain.from_iterable(map(parse_message, bodies)):
            if not isinstance(event, InvalidEventError) and event.time >= self._since:
                self._count(event)

    @property
    def calibration(self) -> Calibration | None:
        """Redemptions foreseen, each decision once, against the clicks that came; None when nothing was foreseen."""
        return calibration(list(self._chances.values()), len(self._chances.keys() & self._clicked))

    def _count(self, event: Event) -> None:
        self.events += 1
        self.shoppers.add(event.subject)
        if isinstance(event, InteractionEvent):
            self.touched += [item.item_id for item in event.data.items]
        elif isinstance(event, PromotionEvent) and event.type in CLICKS:
            self._clicked.add(event.data.decision_id)
        elif isinstance(event, DecisionEvent) and event.time <= self._ripe:
            self._foresee(event)

    def _foresee(self, decision: DecisionEvent) -> None:
        """Keep with what probability the offer was to be redeemed, when this version said so."""
        data = decision.data
        if data.model != self._version or data.scored_by != "redemption":
            return
        for each in data.considered:
            if each.offer == data.offer:
                self._chances[decision.id] = min(max(each.score, 0.0), 1.0)
