"""What is asked of an entity set: the system query options, checked."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from functions.usecases.metrics import Answer
from functions.usecases.odata.errors import InvalidQueryError, NotSupportedError
from functions.usecases.odata.filters import EVERYTHING, Filter, moment, parse_filter
from functions.usecases.odata.sets import EntitySet

MOST_SKIPPED, LONGEST_TOKEN = 100_000, 8_000
_REFUSED = frozenset({"expand", "search", "apply", "compute", "levels", "deltatoken", "schemaversion"})
"""Options that OData has besides."""


FILTER = Field(alias="$filter", description="Comparisons of properties with literals, `in`, `and`, `or`, `not`")


class SetOptions(Answer):
    """The options of a page of rows."""

    filter: Annotated[str | None, FILTER] = None
    select: Annotated[str | None, Field(alias="$select", description="Properties, by commas")] = None
    orderby: Annotated[str | None, Field(alias="$orderby", description="Properties, with `asc` or `desc`")] = None
    top: Annotated[int | None, Field(alias="$top", ge=0, lt=2**31)] = None
    skip: Annotated[int, Field(alias="$skip", ge=0, le=MOST_SKIPPED)] = 0
    count: Annotated[Literal["true", "false"], Field(alias="$count", description="Count all rows")] = "false"
    skiptoken: Annotated[
        str | None, Field(alias="$skiptoken", max_length=LONGEST_TOKEN, description="As `@odata.nextLink` has it")
    ] = None
    format: Annotated[str | None, Field(alias="$format", description="`json`, which `Accept` can say as well")] = None


class CountOptions(Answer):
    """Of which rows the number is asked."""

    filter: Annotated[str | None, FILTER] = None


type Token = tuple[Any, ...]
"""The key of the last row of a page, or the beginning of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to read of an entity set: `order` are properties with whether they descend, empty for the set's own."""

    filter: Filter = EVERYTHING
    select: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    after: Token = ()

    @classmethod
    def of(cls, options: SetOptions, of: EntitySet) -> "Question":
        """Raises `InvalidQueryError` and `NotSupportedError`."""
        return cls(
            filter=EVERYTHING if options.filter is None else parse_filter(options.filter, of.types),
            select=() if options.select is None else _selected(options.select, of),
            order=() if options.orderby is None else _order(options.orderby, of),
            top=options.top,
            skip=options.skip,
            count=options.count == "true",
            after=() if options.skiptoken is None else _token(options.skiptoken, of),
        )

    def most(self, size: int) -> int:
        """How many rows a page of at most `size` has at most."""
        return size if self.top is None else min(size, self.top)

    def following(self, shown: int, *, after: Sequence[Any] = (), skip: int = 0) -> Mapping[str, str] | None:
        """The options that ask for what follows once so many rows were shown; None where no more are wanted."""
        if self.top is not None and self.top <= shown:
            return None
        told = {"$skip": str(skip) if skip else "", "$skiptoken": _text(after) if after else ""}
        told["$top"] = "" if self.top is None else str(self.top - shown)
        return {name: value for name, value in told.items() if value}


def named(params: Mapping[str, str]) -> dict[str, str]:
    """The system query options of a request by their names; what is none is left out. Raises `NotSupportedError`."""
    known = {field.alias or name: name for name, field in SetOptions.model_fields.items()}
    found: dict[str, str] = {}
    for given, value in params.items():
        name = given.lower().removeprefix("$")
        if f"${name}" in known:
            if f"${name}" in found:
                raise InvalidQueryError(f"${name} is given twice.")
            found[f"${name}"] = value
        elif name in _REFUSED or given.startswith("$"):
            raise NotSupportedError(f"The option '{given[:64]}' is not supported.")
    return found


def _text(after: Sequence[Any]) -> str:
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in after])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _token(text: str, of: EntitySet) -> Token:
    try:
        start, *names = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        begin, after = moment(start), tuple(map(str, names))
    except (binascii.Error, ValueError, TypeError):
        raise InvalidQueryError("$skiptoken is not of this service.") from None
    if len(after) >= len(of.key):
        raise InvalidQueryError("$skiptoken is not of this entity set.")
    return (begin, *after)


def _selected(text: str, of: EntitySet) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")]
    if "*" in names:
        return ()
    return tuple(dict.fromkeys(_known(name, of) for name in names))


def _order(text: str, of: EntitySet) -> tuple[tuple[str, bool], ...]:
    """The order that is asked for; none when the set's own is in that order."""
    wanted: list[tuple[str, bool]] = []
    for part in text.split(","):
        name, *direction = part.split() or [""]
        if direction not in ([], ["asc"], ["desc"]):
            raise NotSupportedError("$orderby takes properties, each with 'asc' or 'desc'.")
        wanted.append((_known(name, of), direction == ["desc"]))
    own = [(name, False) for name in of.key]
    return () if wanted == own[: len(wanted)] else tuple(wanted)


def _known(name: str, of: EntitySet) -> str:
    if name not in of.types:
        raise InvalidQueryError(f"There is no property '{name[:64]}'.")
    return name
