"""What alerts are judged from, read from fakes of the stores."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from functions.lake.blobs import LakeUnavailableError
from functions.lake.manifest import InvalidManifestError
from functions.lake.rows import Message
from functions.usecases.archive_events import ArchiveEvents
from functions.usecases.archive_progress import ArchiveProgress, Progress
from functions.usecases.read_alerts import MAX_AGE, ReadAlerts
from functions.usecases.read_metrics import ReadMetrics
from functions.usecases.stream_ports import Parked
from tests.unit.analytics.shop_events import view
from tests.unit.usecases.lake_fakes import FakeLake
from tests.unit.usecases.stream_fakes import FakeMetrics

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Noted:
    """Notes how often it is asked."""

    asked = 0

    async def parked(self, since: datetime) -> Parked:
        self.asked += 1
        return Parked(1, since, "not JSON")


def messages(first: int, last: int, at: datetime) -> list[Message]:
    return [Message(number, at, view(str(number), minute=int(at.timestamp()) // 60)) for number in range(first, last)]


async def test_the_lake_tells_how_far_it_is() -> None:
    """Each partition by its newest manifest, though others have newer ones."""
    lake = FakeLake(NOW)
    archive = ArchiveEvents(lake, lambda: 0.0)
    await archive.archive("0", messages(0, 5, NOW - timedelta(days=3)))
    await archive.archive("1", messages(0, 3, NOW - timedelta(days=1)))
    await archive.archive("1", messages(3, 9, NOW))
    assert await ArchiveProgress(lake)(2) == {"0": Progress(4, NOW), "1": Progress(8, NOW)}
    assert await ArchiveProgress(FakeLake(NOW))(2) == {}


async def test_what_moves_slowly_is_read_now_and_then() -> None:
    """However many pages ask at the same moment; and an empty shop is told of as one."""
    now, parked = NOW, Noted()
    reading = ReadAlerts(ReadMetrics(FakeMetrics(), lambda: now), ArchiveProgress(FakeLake(NOW)), parked, lambda: now)
    for _ in range(3):
        answer = await reading()
    assert [alert.kind for alert in answer.alerts] == ["aggregation", "parked"]
    assert answer.archive == []
    assert parked.asked == 1
    now += MAX_AGE * 2
    await reading()
    assert parked.asked == 2


@pytest.mark.parametrize("error", [LakeUnavailableError("away"), InvalidManifestError("it is damaged")])
async def test_a_lake_that_does_not_tell_is_an_alert(error: Exception) -> None:
    """Not a failure of everything else."""

    async def away(_: int) -> Mapping[str, Progress]:
        raise error

    answer = await ReadAlerts(ReadMetrics(FakeMetrics(), lambda: NOW), away, Noted(), lambda: NOW)()
    assert answer.archive is None
    assert "archive" in [alert.kind for alert in answer.alerts]
