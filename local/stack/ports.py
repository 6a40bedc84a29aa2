"""TCP ports of the loopback interface: which are free, and who holds those that are not."""

import random
import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

import psutil

LOOPBACK = "127.0.0.1"
# Below the range that Linux (32768 up) and macOS (49152 up) give to outgoing connections: a server that is
# killed and started again in a test finds its port still free.
CANDIDATES = range(20_000, 32_000)
OFFSET_STEP = 100


@dataclass(frozen=True)
class TakenPort:
    """A port that a service needs and another process holds; `holder` names that process if we may see it."""

    service: str
    port: int
    holder: str

    def __str__(self) -> str:
        return f"port {self.port}, which {self.service} needs, is held by {self.holder}"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return _bind(probe, host, port)


def free_ports(n: int) -> list[int]:
    """Pick `n` different ports that are free now, at random, so that parallel test runs rarely meet."""
    with ExitStack() as held:
        found: list[int] = []
        for port in random.sample(CANDIDATES, len(CANDIDATES)):
            if len(found) == n:
                break
            probe = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            if _bind(probe, LOOPBACK, port):
                found.append(port)
        return found


def taken(ports: Mapping[int, str]) -> list[TakenPort]:
    """Those of `ports` (port -> the service that needs it) that are in use, with their holders."""
    return [TakenPort(service, port, holder_of(port)) for port, service in ports.items() if not is_free(port)]


def holder_of(port: int) -> str:
    """Name the process that listens on the port, such as `redis-server (pid 812)`."""
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        pid = next((c.pid for c in listening if getattr(c.laddr, "port", None) == port), None)
        return f"{psutil.Process(pid).name()} (pid {pid})" if pid else "a process of another user"
    except psutil.Error:  # macOS shows the connections of all processes only to root
        return "another process"


def free_offset(ports: Iterable[int]) -> int:
    """The smallest shift, in steps of 100, at which all of `ports` are free."""
    wanted = list(ports)
    return next(n for n in count(OFFSET_STEP, OFFSET_STEP) if all(is_free(port + n) for port in wanted))


def _bind(probe: socket.socket, host: str, port: int) -> bool:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free to a server
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True
