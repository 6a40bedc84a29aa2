"""host.json as .NET reads it: flat names without case, overridden by the environment."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from local.host.errors import HostError
from local.host.timespan import InvalidTimeSpanError, parse_timespan

_OVERRIDE = "azurefunctionsjobhost__"


class Configuration:
    """Values by their path, such as `extensions:queues:batchSize`; names have no case."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = {path.lower(): (path, value) for path, value in values.items()}

    @classmethod
    def read(cls, app: Path, environment: Mapping[str, str]) -> Self:
        """Read host.json of the app; `AzureFunctionsJobHost__a__b` in the environment wins."""
        path = app / "host.json"
        if not path.exists():
            raise HostError(f"{path} is missing; is --app the folder of a function app?")
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise HostError(f"{path} is not valid JSON ({error})") from error
        overrides = {
            name[len(_OVERRIDE) :].replace("__", ":"): value
            for name, value in environment.items()
            if name.lower().startswith(_OVERRIDE)
        }
        flat = {path.lower(): (path, value) for path, value in _flatten("", document)}
        flat |= {path.lower(): (path, value) for path, value in overrides.items()}
        return cls(dict(flat.values()))

    def text(self, path: str, default: str) -> str:
        """The value as text."""
        value = self._values.get(path.lower(), ("", None))[1]
        return default if value is None else str(value)

    def integer(self, path: str, default: int, low: int, high: int = 2**31 - 1) -> int:
        """The value as a whole number between low and high, both included; HostError otherwise."""
        text = self.text(path, str(default))
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise HostError(f"host.json: {path} is {text}, but must be a whole number from {low} to {high}")
        return value

    def seconds(self, path: str, default: float) -> float:
        """The TimeSpan value in seconds; HostError when it is none."""
        text = self.text(path, "")
        try:
            return parse_timespan(text) if text else default
        except InvalidTimeSpanError as error:
            raise HostError(f"host.json: {path}: {error}") from error

    def section(self, path: str) -> dict[str, str]:
        """The names and values directly below a path, names in their own case."""
        prefix = path.lower() + ":"
        found = (
            (name[len(prefix) :], value) for key, (name, value) in self._values.items() if key.startswith(prefix)
        )
        return {name: str(value) for name, value in found if ":" not in name}


def _flatten(prefix: str, node: object) -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _flatten(f"{prefix}:{name}" if prefix else str(name), child)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _flatten(f"{prefix}:{index}", child)
    else:
        yield prefix, node
