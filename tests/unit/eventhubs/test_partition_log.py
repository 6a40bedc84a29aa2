"""The log of a partition: what was acknowledged is there, in order, whatever happened in between."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from local.eventhubs.log.cursor import Cursor
from local.eventhubs.log.partition import LogOptions, PartitionLog
from local.eventhubs.log.position import BEGINNING, LATEST, By, Position, PositionError
from local.eventhubs.log.segment import CorruptSegmentError

SMALL = LogOptions(segment_bytes=400, retention_ms=1000, retention_bytes=10**9)
BATCHES = st.lists(st.lists(st.binary(max_size=60), min_size=1, max_size=6), min_size=1, max_size=14)


@pytest.fixture(autouse=True, scope="module")
def _without_waiting_for_the_disk() -> Iterator[None]:
    """What fsync protects from is a power cut, which no test here makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda descriptor: None)
        yield


@contextmanager
def opened(directory: Path, options: LogOptions = SMALL) -> Iterator[PartitionLog]:
    log = PartitionLog(directory, options)
    try:
        yield log
    finally:
        log.close()


def read_all(log: PartitionLog, sequence: int | None = None, limit: int = 7) -> list[bytes]:
    cursor = Cursor(log, log.begin_sequence if sequence is None else sequence)
    data: list[bytes] = []
    while records := cursor.read(limit):
        data += (record.data for record in records)
    return data


def flat(batches: list[list[bytes]]) -> list[bytes]:
    return [record for batch in batches for record in batch]


@given(batches=BATCHES, segment_bytes=st.integers(1, 2000), limit=st.integers(1, 50))
def test_everything_comes_back_in_order_also_after_a_restart(
    batches: list[list[bytes]], segment_bytes: int, limit: int
) -> None:
    """Any batches over any number of segments are read back, from any place, before and after reopening."""
    with TemporaryDirectory() as name:
        options = LogOptions(segment_bytes=segment_bytes)
        with opened(Path(name), options) as log:
            for number, batch in enumerate(batches):
                log.append(batch, now_ms=number)
            assert read_all(log, limit=limit) == flat(batches)
            end = (log.end_sequence, log.last_offset, log.last_enqueued_ms, log.size_bytes)
        with opened(Path(name), options) as log:
            assert (log.end_sequence, log.last_offset, log.last_enqueued_ms, log.size_bytes) == end
            assert log.dropped == 0
            for start in range(len(flat(batches)) + 1):
                assert read_all(log, start, limit) == flat(batches)[start:]


@given(batches=BATCHES, cut=st.integers(0, 10**6), garbage=st.binary(max_size=40))
def test_a_crash_at_any_byte_leaves_whole_batches(batches: list[list[bytes]], cut: int, garbage: bytes) -> None:
    """A tail cut at any byte, with any garbage after it, leaves a prefix of the batches that goes on working."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        with opened(directory, LogOptions()) as log:
            ends = [log.size_bytes]
            for batch in batches:
                log.append(batch, now_ms=5)
                ends.append(log.size_bytes)
        file = next(directory.glob("*.segment"))
        size = ends[0] + cut % (ends[-1] - ends[0] + 1)
        written = file.read_bytes()
        assume(not (written[size:] and written[size:].startswith(garbage[:1] or b"?")))
        file.write_bytes(written[:size] + garbage)
        kept = flat([batch for batch, end in zip(batches, ends[1:], strict=True) if end <= size])
        with opened(directory, LogOptions()) as log:
            assert read_all(log) == kept
            log.append([b"after"], now_ms=6)
            assert read_all(log) == [*kept, b"after"]


@given(batches=BATCHES, data=st.data())
def test_every_position_finds_its_event(batches: list[list[bytes]], data: st.DataObject) -> None:
    """Offset, sequence number and time, inclusive or not, start at the event that the words say."""
    with TemporaryDirectory() as name, opened(Path(name)) as log:
        for number, batch in enumerate(batches):
            log.append(batch, now_ms=1000 + 10 * number)
        records = Cursor(log, 0).read(10**6)
        chosen = data.draw(st.sampled_from(records))
        sequence = chosen.sequence
        assert log.seek(Position(By.SEQUENCE, sequence, inclusive=True)) == sequence
        assert log.seek(Position(By.SEQUENCE, sequence)) == sequence + 1
        assert log.seek(Position(By.OFFSET, chosen.offset, inclusive=True)) == sequence
        assert log.seek(Position(By.OFFSET, chosen.offset)) == sequence + 1
        moment = data.draw(st.integers(990, 1000 + 10 * len(batches)))
        at_or_after = [record.sequence for record in records if record.enqueued_ms >= moment]
        after = [record.sequence for record in records if record.enqueued_ms > moment]
        end = log.end_sequence
        assert log.seek(Position(By.TIME, moment, inclusive=True)) == min(at_or_after, default=end)
        assert log.seek(Position(By.TIME, moment)) == min(after, default=end)
        assert log.seek(BEGINNING) == 0
        assert log.seek(LATEST) == end


def test_offsets_grow_and_the_last_one_is_known_after_a_restart(tmp_path: Path) -> None:
    """An offset is a byte position: no two events share one, across segments and restarts."""
    with opened(tmp_path) as log:
        for number in range(50):
            log.append([b"x" * number, b"y"], now_ms=1)
        offsets = [record.offset for record in Cursor(log, 0).read(1000)]
        assert offsets == sorted(set(offsets))
        assert log.last_offset == offsets[-1]
    with opened(tmp_path) as log:
        assert log.last_offset == offsets[-1]


def test_a_position_after_the_end_is_refused_as_azure_words_it(tmp_path: Path) -> None:
    """A checkpoint of another log must not be taken for a place in this one."""
    with opened(tmp_path) as log:
        log.append([b"a", b"b"], now_ms=1)
        with pytest.raises(PositionError, match=r"sequence number '7' is invalid\. .* system is '1'"):
            log.seek(Position(By.SEQUENCE, 7))
        with pytest.raises(PositionError, match="offset '99999' is invalid"):
            log.seek(Position(By.OFFSET, 99999, inclusive=True))
        assert log.seek(Position(By.SEQUENCE, 2, inclusive=True)) == 2


def test_the_clock_never_runs_backwards_in_a_log(tmp_path: Path) -> None:
    """Enqueued times do not decrease when the system's clock does."""
    with opened(tmp_path) as log:
        log.append([b"a"], now_ms=100)
        log.append([b"b"], now_ms=50)
        assert [record.enqueued_ms for record in Cursor(log, 0).read(9)] == [100, 100]


def test_retention_by_time_removes_whole_segments_and_keeps_counting(tmp_path: Path) -> None:
    """Old events go, also the last of them; the numbers go on where they were, also after a restart."""
    with opened(tmp_path) as log:
        for number in range(40):
            log.append([b"x" * 50], now_ms=number)
        assert log.expire(now_ms=1000) == 0
        assert log.expire(now_ms=1020) > 0
        assert 0 < log.begin_sequence <= 20
        assert read_all(log) == [b"x" * 50] * (40 - log.begin_sequence)
        log.expire(now_ms=5000)
        assert (log.begin_sequence, log.end_sequence, log.empty) == (40, 40, True)
        last = (log.last_offset, log.last_enqueued_ms)
    with opened(tmp_path) as log:
        assert (log.begin_sequence, log.end_sequence, log.last_offset, log.last_enqueued_ms) == (40, 40, *last)
        log.append([b"next"], now_ms=5001)
        assert [(record.sequence, record.data) for record in Cursor(log, 40).read(9)] == [(40, b"next")]
        assert log.last_offset > last[0]


def test_retention_by_size_keeps_the_newest(tmp_path: Path) -> None:
    """The oldest segments go until what is left fits; the one being written always stays."""
    options = LogOptions(segment_bytes=400, retention_bytes=1500)
    with opened(tmp_path, options) as log:
        for number in range(100):
            log.append([bytes([number]) * 40], now_ms=1)
        log.expire(now_ms=1)
        assert log.size_bytes <= 1500
        assert read_all(log) == [bytes([number]) * 40 for number in range(log.begin_sequence, 100)]


def test_a_position_that_retention_has_removed_starts_at_the_beginning(tmp_path: Path) -> None:
    """A reader that was away too long goes on with the oldest event there is."""
    with opened(tmp_path) as log:
        for number in range(40):
            log.append([b"x" * 50], now_ms=number)
        log.expire(now_ms=1020)
        begin = log.begin_sequence
        assert log.seek(Position(By.SEQUENCE, 0, inclusive=True)) == begin
        assert log.seek(Position(By.OFFSET, 3)) == begin
        assert log.seek(Position(By.TIME, 1)) == begin


def test_a_reader_that_retention_overtakes_goes_on_at_the_beginning(tmp_path: Path) -> None:
    """A slow reader misses what is gone and gets all that is left."""
    with opened(tmp_path) as log:
        for number in range(40):
            log.append([b"x" * 50], now_ms=number)
        cursor = Cursor(log, 0)
        assert [record.sequence for record in cursor.read(1)] == [0]
        log.expire(now_ms=1020)
        rest = [record.sequence for _ in range(60) for record in cursor.read(1)]
        assert rest[-1] == 39
        assert rest[-(40 - log.begin_sequence) :] == list(range(log.begin_sequence, 40))


def test_a_reader_at_the_end_gets_what_is_appended(tmp_path: Path) -> None:
    """Reading and appending in turn, over segment borders, loses and repeats nothing."""
    with opened(tmp_path) as log:
        cursor = Cursor(log, 0)
        seen = []
        for number in range(60):
            log.append([b"x" * number, b"y"], now_ms=1)
            seen += [record.sequence for record in cursor.read(3)]
            assert cursor.read(3) == []
        assert seen == list(range(120))


def test_a_block_larger_than_the_read_buffer_is_read_whole(tmp_path: Path) -> None:
    """A megabyte in one event, and small ones around it."""
    with opened(tmp_path, LogOptions()) as log:
        events = [b"before", b"x" * 1_000_000, b"after"]
        for event in events:
            log.append([event], now_ms=1)
        assert read_all(log) == events
        assert read_all(log, 2) == [b"after"]


def test_a_full_disk_stores_nothing_and_the_log_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that the disk takes only in part is taken back."""
    with opened(tmp_path) as log:
        log.append([b"kept"], now_ms=1)
        calls = iter([3])

        def full(descriptor: int, data: bytes, position: int) -> int:
            for size in calls:
                return size
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr("os.pwrite", full)
            with pytest.raises(OSError, match="No space"):
                log.append([b"lost"], now_ms=2)
        log.append([b"later"], now_ms=3)
        assert read_all(log) == [b"kept", b"later"]
    with opened(tmp_path) as log:
        assert read_all(log) == [b"kept", b"later"]


def test_damage_inside_the_log_is_told_and_not_read_over(tmp_path: Path) -> None:
    """A changed byte in a sealed segment is an error that names the file, not a shorter history."""
    with opened(tmp_path) as log:
        for _ in range(40):
            log.append([b"x" * 50], now_ms=1)
    oldest = min(tmp_path.glob("*.segment"))
    damaged = bytearray(oldest.read_bytes())
    damaged[100] ^= 1
    oldest.write_bytes(damaged)
    with opened(tmp_path) as log, pytest.raises(CorruptSegmentError, match=oldest.name):
        read_all(log)
    oldest.write_bytes(damaged[:200])
    with pytest.raises(CorruptSegmentError, match="too short"):
        PartitionLog(tmp_path, SMALL)
    oldest.write_bytes(b"\0" * 20)
    with pytest.raises(CorruptSegmentError, match="damaged header"):
        PartitionLog(tmp_path, SMALL)


def test_damage_before_whole_events_is_no_torn_tail(tmp_path: Path) -> None:
    """Acknowledged events behind a damaged one are not thrown away: the broker says where they are."""
    with opened(tmp_path, LogOptions()) as log:
        for body in (b"first", b"second", b"third"):
            log.append([body], now_ms=1)
    file = next(tmp_path.glob("*.segment"))
    written = file.read_bytes()
    file.write_bytes(written.replace(b"second", b"sXcond"))
    with pytest.raises(CorruptSegmentError, match="events follow from byte"):
        PartitionLog(tmp_path, LogOptions())
    file.write_bytes(written.replace(b"third", b"tXird"))
    with opened(tmp_path, LogOptions()) as log:
        assert read_all(log) == [b"first", b"second"]
        assert log.dropped > 0


def test_a_segment_that_was_only_begun_is_forgotten(tmp_path: Path) -> None:
    """A crash between making a new file and naming it leaves the log as it was."""
    with opened(tmp_path) as log:
        log.append([b"a"], now_ms=1)
    segment = next(tmp_path.glob("*.segment"))
    shutil.copy(segment, tmp_path / "00000000000000000001.new")
    with opened(tmp_path) as log:
        assert read_all(log) == [b"a"]
    assert list(tmp_path.glob("*.new")) == []


@pytest.mark.parametrize("fsync", [True, False])
def test_the_disk_is_waited_for_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: bool) -> None:
    """With fsync an append returns when the disk has it, without when the system has it."""
    synced: list[int] = []
    with opened(tmp_path, LogOptions(fsync=fsync)) as log:
        monkeypatch.setattr("os.fsync", synced.append)
        log.append([b"a"], now_ms=1)
        assert bool(synced) == fsync


def test_the_index_stays_small(tmp_path: Path) -> None:
    """Memory grows with the bytes stored divided by 64 KiB, not with the number of events."""
    with opened(tmp_path, LogOptions()) as log:
        for _ in range(3000):
            log.append([b"x" * 100], now_ms=1)
        segment = log.segment_with(0)
        entries = sum(len(value) for value in vars(segment).values() if hasattr(value, "typecode"))
        assert entries <= 3 * (1 + log.size_bytes // 65536)
