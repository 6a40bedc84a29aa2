"""Frames are cut out of the stream wherever the network cuts the stream."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.amqp.frames import (
    AMQP_PROTOCOL,
    HEARTBEAT,
    Frame,
    FrameBuffer,
    FramingError,
    encode_frame,
)


@given(
    bodies=st.lists(st.binary(max_size=50), max_size=8),
    cuts=st.lists(st.integers(1, 30), min_size=1, max_size=20),
)
def test_frames_arrive_whole_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    """Any chunks of the stream give the same frames in the same order."""
    stream = b"".join(encode_frame(channel, body) for channel, body in enumerate(bodies))
    frames: list[Frame] = []
    buffer, at = FrameBuffer(1000), 0
    while at < len(stream):
        size = cuts[len(frames) % len(cuts)]
        buffer.feed(stream[at : at + size])
        at += size
        while (frame := buffer.frame()) is not None:
            frames.append(frame)
    assert frames == [Frame(0, channel, body) for channel, body in enumerate(bodies)]


def test_a_protocol_header_waits_for_its_eight_bytes() -> None:
    """Seven bytes are not enough, and what follows is left for the frames."""
    buffer = FrameBuffer(1000)
    buffer.feed(AMQP_PROTOCOL[:7])
    assert buffer.protocol_header() is None
    buffer.feed(AMQP_PROTOCOL[7:] + HEARTBEAT)
    assert buffer.protocol_header() == AMQP_PROTOCOL
    assert buffer.frame() == Frame(0, 0, b"")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (struct.pack(">IBBH", 2**32 - 1, 2, 0, 0), "4294967295 bytes"),
        (struct.pack(">IBBH", 1001, 2, 0, 0), "1001 bytes"),
        (struct.pack(">IBBH", 4, 2, 0, 0), "contradicts"),
        (struct.pack(">IBBH", 100, 1, 0, 0), "contradicts"),
        (struct.pack(">IBBH", 100, 255, 0, 0), "contradicts"),
    ],
)
def test_a_frame_header_that_cannot_be_right_is_refused_at_once(head: bytes, reason: str) -> None:
    """The broker does not wait for the 4 GiB that a header promises."""
    buffer = FrameBuffer(1000)
    buffer.feed(head)
    with pytest.raises(FramingError, match=reason):
        buffer.frame()
