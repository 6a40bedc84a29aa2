"""What an HTTP function promises: the one description from which its contract is published and enforced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

type Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the HTTP API.

    - `name`: the function's name, unique; `route`: below `/api/`, such as `v1/recommendations/{list}`
    - `query`, `body`: what it takes, validated at the door; `answers`: by status, None for an empty body; the problem
      documents that every operation may answer with are not listed
    - `publishable`: whether the key that browsers hold may call it
    """

    name: str
    method: Method
    route: str
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    publishable: bool = False
