"""Function, host and master keys, for a host that is started with --enable-auth."""

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.host.errors import HostError
from local.host.functions import Function


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of this host: master opens all, host keys every function, function keys one."""

    master: str
    host: Mapping[str, str]
    functions: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the keys file, made with random keys and mode 0600 when there is none."""
        if not path.exists():
            _write(path)
        try:
            document = json.loads(path.read_text())
            return cls(document["masterKey"], document["functionKeys"], document.get("functions", {}))
        except (ValueError, KeyError) as error:
            raise HostError(f"{path} is no keys file ({error}); delete it to get new keys") from error

    def allow(self, given: str, function: Function) -> bool:
        """Whether a caller with this key may call the function."""
        level = function.trigger.text("authLevel", "function").lower()
        if level == "anonymous":
            return True
        accepted = [self.master]
        if level == "function":
            accepted += [*self.host.values(), *self.functions.get(function.name, {}).values()]
        return _matches(given, accepted)

    def allow_admin(self, given: str) -> bool:
        """Whether a caller with this key may use the admin API."""
        return _matches(given, [self.master])


def _matches(given: str, accepted: list[str]) -> bool:
    """Compare with every key, each in constant time."""
    return any([hmac.compare_digest(given.encode(), key.encode()) for key in accepted])  # noqa: C419


def _write(path: Path) -> None:
    keys = {
        "masterKey": secrets.token_urlsafe(40),
        "functionKeys": {"default": secrets.token_urlsafe(40)},
        "functions": {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(keys, file, indent=2)
