"""The data's days moved to the present by whole weeks, so that recency and validity mean something."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from model.datasets.dataset import DAYS_A_WEEK, Dataset

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of a data set as a shop that opens at its cut sees them; the cut is at midnight UTC."""

    day_zero: date
    shift: timedelta
    cut: int

    @classmethod
    def of(cls, dataset: Dataset, today: date) -> "Calendar":
        """The calendar by which the cut falls on `today` or on one of the six days before it."""
        return cls(dataset.day_zero, weeks_to(dataset.cut_date, today), dataset.cut)

    @property
    def first_epoch_day(self) -> int:
        """The day of the data numbered 0, in days since 1970."""
        return (self.day_zero + self.shift - EPOCH).days

    @property
    def cut_date(self) -> date:
        """The date of the cut in the present."""
        return self.day_zero + self.shift + timedelta(days=self.cut)

    def moment(self, day: date) -> datetime:
        """The beginning, in the present, of a date of the data."""
        return datetime.combine(day + self.shift, time(), UTC)


def weeks_to(cut: date, today: date) -> timedelta:
    """The shift of whole weeks that puts `cut` on `today` or on one of the six days before it."""
    return timedelta(days=(today - cut).days // DAYS_A_WEEK * DAYS_A_WEEK)
