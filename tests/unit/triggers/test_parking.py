"""Failed queue messages: parked at once, or back to the queue."""

import logging

import azure.functions as func
import pytest
from azure.functions.queue import QueueMessage

from functions.events import InvalidEventError
from functions.triggers.parking import ATTEMPTS, FOR_GOOD, FOR_NOW, parking
from functions.usecases.make_offer import UnknownShopperError

BODY = b'["\xff not an event"]'


class Slot(func.Out[bytes]):
    """An output that remembers what was put in it."""

    def __init__(self) -> None:
        self.value = b""

    def set(self, val: bytes) -> None:
        self.value = val

    def get(self) -> bytes:
        return self.value


def message(dequeue_count: int = 1) -> QueueMessage:
    """A message of the queue."""
    return QueueMessage(id="m1", body=BODY, dequeue_count=dequeue_count)  # type: ignore[no-untyped-call]


def fail(error: Exception) -> None:
    """What a use case does that fails."""
    raise error


def test_a_message_that_succeeds_is_not_parked() -> None:
    """Nothing happens around it."""
    slot = Slot()
    with parking("user-actions", message(), slot):
        pass
    assert not slot.value


@pytest.mark.parametrize("error", FOR_GOOD)
def test_what_can_never_succeed_is_parked_at_once(error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    """Its original body is kept, byte for byte, and one line of the log says why."""
    slot = Slot()
    with parking("user-actions", message(), slot):
        fail(Exception.__new__(error, "a reason"))
    assert slot.value == BODY
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "m1 is parked" in caplog.text


def test_the_log_line_says_why(caplog: pytest.LogCaptureFixture) -> None:
    """In the words of the error."""
    with parking("user-actions", message(), Slot()):
        fail(UnknownShopperError())
    assert "there is no profile of the shopper" in caplog.text


@pytest.mark.parametrize("error", FOR_NOW)
@pytest.mark.parametrize("dequeue_count", [1, ATTEMPTS, 10 * ATTEMPTS])
def test_an_outage_returns_the_message_to_the_queue(error: type[Exception], dequeue_count: int) -> None:
    """However often: nothing is wrong with the message."""
    slot = Slot()
    with pytest.raises(error), parking("user-actions", message(dequeue_count), slot):
        fail(error("down"))
    assert not slot.value


def test_a_fault_of_ours_is_tried_again_and_parked_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """An unforeseen error may pass; one that does not must not block the queue for ever."""
    slot = Slot()
    with pytest.raises(ZeroDivisionError), parking("user-actions", message(ATTEMPTS - 1), slot):
        fail(ZeroDivisionError())
    assert not slot.value
    with parking("user-actions", message(ATTEMPTS), slot):
        fail(ZeroDivisionError())
    assert slot.value == BODY
    assert "ZeroDivisionError" in caplog.text


def test_an_invalid_event_is_for_good() -> None:
    """The most common of all."""
    assert InvalidEventError in FOR_GOOD
