"""What one peer may take, so that none can take everything. Sizes in bytes, times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The defaults follow Azure where Azure says a number."""

    connections: int = 500
    sessions: int = 256
    links: int = 64  # for each session
    frame_size: int = 1024 * 1024
    message_size: int = 1024 * 1024
    unread_output: int = 16 * 1024 * 1024
    waiting_replies: int = 100
    handshake_seconds: float = 10.0
    idle_seconds: float = 240.0
    tick_seconds: float = 1.0
