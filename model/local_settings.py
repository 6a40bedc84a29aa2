"""The app's settings, as the commands that run beside it find them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from functions.settings import Settings

FILES = (Path("local.settings.json"), Path("local.settings.sample.json"))
"""The settings of the app's folder; its sample stands for those that are not there yet."""


class UnreadableSettingsError(Exception):
    """A file of settings is not one."""

    def __init__(self, file: Path, fault: object) -> None:
        super().__init__(
            f"{file} is not a file of settings ({fault}): mend it, or delete it, and the sample's settings are taken."
        )


def read() -> Settings:
    """The environment wins over the file; raises `UnreadableSettingsError` and what `Settings.read` raises."""
    file = next((path for path in FILES if path.exists()), None)
    return Settings.read({**(_values(file) if file else {}), **os.environ})


def _values(file: Path) -> Mapping[str, str]:
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))["Values"]
        return {str(name): str(value) for name, value in values.items()}
    except (OSError, ValueError) as error:
        raise UnreadableSettingsError(file, error) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableSettingsError(file, "it has no object `Values`") from error
