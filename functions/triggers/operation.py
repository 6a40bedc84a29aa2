"""What an HTTP function promises: the one description from which its contract is published and enforced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import azure.functions as func
from pydantic import BaseModel

type Method = Literal["GET", "POST", "PUT", "DELETE"]

SMALL = 16 * 1024
"""Bytes; few requests need more."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the HTTP API.

    - `name`: the function's name, unique; `route`: such as `api/v1/recommendations/{list}`. A field of
      `query` or `body` that has the name of a route's parameter describes that parameter
    - `path`: what parameters of the route mean that no field describes
    - `query`, `body`: what it takes, validated at the door; `max_body` is in bytes, more is answered with 413
    - `answers`: by status; None for an empty body or, with `media`, for one that is not JSON; a model with `media`
      is answered in either of both, as the caller likes
    - `problems`: the statuses that it answers with a problem document besides those that its description implies
      (400, 401, 413, 429, 500, 503)
    - `errors`: what it tells errors by, where that is no problem document
    - `publishable`: whether the key that browsers hold may call it; `anonymous`: whether it needs no key at all
    """

    name: str
    method: Method
    route: str
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    publishable: bool = False
    anonymous: bool = False
    max_body: int = SMALL
    problems: tuple[int, ...] = ()
    media: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    errors: type[BaseModel] | None = None

    @property
    def auth_level(self) -> func.AuthLevel:
        """What Azure has to check; it does not know the publishable key, which `serve` checks."""
        open_to_azure = self.publishable or self.anonymous
        return func.AuthLevel.ANONYMOUS if open_to_azure else func.AuthLevel.FUNCTION
