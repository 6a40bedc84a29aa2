"""The one error of this client: an answer that is a problem document (RFC 9457)."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A field of the request, and what is wrong with it."""

    field: str
    detail: str


class ProblemError(Exception):
    """The API refused, and says why; `retry_after` is in seconds, None where trying again is no use."""

    def __init__(
        self, status: int, title: str, detail: str, errors: tuple[FieldFault, ...], retry_after: float | None
    ):
        faults = "; ".join(f"{fault.field}: {fault.detail}" for fault in errors)
        super().__init__(" ".join(part for part in (f"{status} {title}:", detail, faults) if part))
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after


def problem_of(response: httpx.Response) -> ProblemError:
    """The error of an answer that is none of success, whether or not it is a problem document."""
    document = _document(response)
    faults = document.get("errors", [])
    return ProblemError(
        status=response.status_code,
        title=str(document.get("title", response.reason_phrase)),
        detail=str(document.get("detail", "")),
        errors=tuple(FieldFault(str(fault["field"]), str(fault["detail"])) for fault in faults),
        retry_after=retry_after(response),
    )


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that the answer asks to wait; None when it does not say."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _document(response: httpx.Response) -> dict[str, Any]:
    if response.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
