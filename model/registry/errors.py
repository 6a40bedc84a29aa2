"""What can go wrong with versions; each text is one line with the way out."""

from datetime import date
from pathlib import Path

from functions.adapters.active_model import Version


class RegistryError(Exception):
    """Publishing, activating or rolling back is not possible."""


class UnknownVersionError(RegistryError):
    """No such version was published."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No version '{name[:80]}' was published: `python -m model.activate --list` shows all.")


class OtherContentError(RegistryError):
    """A version was published, or begun, with other content; versions never change."""

    def __init__(self, version: str, file: str) -> None:
        super().__init__(
            f"Version {version} was published with another {file}, and a version never changes: train again with"
            " `python -m model.train`, which gives another version."
        )


class NotPublishableError(RegistryError):
    """A version cannot have this name, or its folder cannot be read."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"The model in {folder} cannot be published: {fault}.")


class LostSwitchError(RegistryError):
    """Somebody else switched at the same moment, to `winner`."""

    def __init__(self, wanted: Version, winner: Version) -> None:
        self.winner = winner
        super().__init__(
            f"{winner} was activated by somebody else at the same moment, {wanted} was not: look whether that is"
            " still what you want, then run the command again."
        )


class NothingToRollBackError(RegistryError):
    """No other version was active before."""

    def __init__(self, active: Version) -> None:
        super().__init__(
            f"Nothing to roll back to: no version was active before {active}."
            " `python -m model.activate --list` shows what can be activated."
        )


class ListsNotRenewedError(RegistryError):
    """A version is active, but what newcomers get is still that of the version before."""

    def __init__(self, active: Version, fault: str) -> None:
        super().__init__(
            f"{active} is active, but newcomers still get the lists of the version before:"
            f" run `python -m model.activate {active}` to renew them. What failed: {fault}"
        )


class SeenDataError(RegistryError):
    """A version was trained on the very weeks on which it would be judged."""

    def __init__(self, version: str, trained: str, data: Path, cut: date) -> None:
        super().__init__(
            f"Version {version} was trained on data up to {trained}, {data} is cut at {cut}: it would foresee what it"
            " has seen. Give --data a folder that is cut no earlier than both versions."
        )
