"""How much memory this process may still take."""

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")


def memory_left(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Bytes: the least of what the machine and the container have left; None where Linux does not tell."""
    found = [left for left in (_machine(meminfo), _container(cgroup)) if left is not None]
    return min(found, default=None)


def _machine(meminfo: Path) -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def _container(cgroup: Path) -> int | None:
    try:
        limit, used = ((cgroup / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return int(limit) - int(used)
    except (OSError, ValueError):  # `max`: no limit
        return None
