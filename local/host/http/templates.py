"""ASP.NET route templates: parsing, matching and precedence.

https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-template-reference
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from local.host.errors import BindingError
from local.host.http.constraints import Check, parse_constraint

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Literal:
    """A segment of fixed text; case does not matter."""

    text: str
    precedence: int = 1

    def match(self, value: str) -> dict[str, str] | None:
        """An empty dict when the segment is this text."""
        return {} if value.lower() == self.text else None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A segment that is one parameter: `{id:int?}`, `{*rest}`, `{page=1}`."""

    name: str
    checks: tuple[Check, ...] = ()
    default: str | None = None
    optional: bool = False
    catch_all: bool = False

    @property
    def precedence(self) -> int:
        """The digit of this segment in the route's precedence; lower wins."""
        return (5 if self.catch_all else 3) - bool(self.checks)

    @property
    def may_be_absent(self) -> bool:
        """Whether the path may end before it."""
        return self.optional or self.catch_all or self.default is not None

    def match(self, value: str) -> dict[str, str] | None:
        """The parameter's value when all constraints hold."""
        return {self.name: value} if all(check(value) for check in self.checks) else None

    def absent(self) -> dict[str, str]:
        """What the parameter is when the path ends before it."""
        return {} if self.default is None else {self.name: self.default}


@dataclass(frozen=True, slots=True)
class Mixed:
    """A segment with text and parameters, such as `{name}.{format}`."""

    pattern: re.Pattern[str]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    precedence: int = 2

    def match(self, value: str) -> dict[str, str] | None:
        """The parameters' values when the text around them fits."""
        found = self.pattern.fullmatch(value)
        if found is None:
            return None
        values = found.groupdict()
        fits = all(self.parameters[name].match(part) is not None for name, part in values.items())
        return values if fits else None


type Segment = Literal | Parameter | Mixed


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed route template."""

    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Parse a template; BindingError says what is wrong with it."""
        parts = _split(text.strip("/")) if text.strip("/") else []
        segments = tuple(_segment(part) for part in parts)
        for segment in segments[:-1]:
            if isinstance(segment, Parameter) and segment.catch_all:
                raise BindingError(f"route '{text}': a catch-all parameter must come last")
        return cls(segments)

    @property
    def precedence(self) -> tuple[int, ...]:
        """Routes are tried in this order: literals before constrained before free parameters."""
        return tuple(segment.precedence for segment in self.segments)

    @property
    def stem(self) -> tuple[str, ...]:
        """The lower-case segments before the first that holds a parameter."""
        literals = takewhile(lambda segment: isinstance(segment, Literal), self.segments)
        return tuple(segment.text for segment in literals if isinstance(segment, Literal))

    def match(self, path: Sequence[str]) -> dict[str, str] | None:
        """The route parameters when the decoded path segments fit, otherwise None."""
        values: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            if isinstance(segment, Parameter) and segment.catch_all:
                found = segment.match("/".join(path[index:])) if path[index:] else segment.absent()
                return None if found is None else values | found
            found = segment.match(path[index]) if index < len(path) else _absent(segment)
            if found is None:
                return None
            values |= found
        return values if len(path) <= len(self.segments) else None


def _absent(segment: Segment) -> dict[str, str] | None:
    return segment.absent() if isinstance(segment, Parameter) and segment.may_be_absent else None


def _split(text: str) -> list[str]:
    """Split at slashes outside braces: a regex constraint may hold one."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if character == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if depth:
        raise BindingError(f"route '{text}': braces do not match")
    return parts


def _segment(part: str) -> Segment:
    pieces = list(_pieces(part))
    if len(pieces) == 1:
        only = pieces[0]
        return Literal(only.lower()) if isinstance(only, str) else only
    parameters = {piece.name: piece for piece in pieces if isinstance(piece, Parameter)}
    if not parameters:
        raise BindingError(f"route segment '{part}' is empty")
    if any(parameter.catch_all for parameter in parameters.values()):
        raise BindingError(f"route segment '{part}': a catch-all parameter must stand alone")
    pattern = "".join(re.escape(piece) if isinstance(piece, str) else f"(?P<{piece.name}>.+?)" for piece in pieces)
    return Mixed(re.compile(pattern, re.IGNORECASE), parameters)


def _pieces(part: str) -> Iterator[str | Parameter]:
    """Literal text and parameters of a segment, in their order."""
    start = depth = 0
    for index, character in enumerate(part):
        if character == "{":
            if depth == 0 and index > start:
                yield part[start:index]
            start = index if depth == 0 else start
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                yield _parameter(part[start + 1 : index])
                start = index + 1
    if start < len(part):
        yield part[start:]


def _parameter(text: str) -> Parameter:
    body = text.lstrip("*")
    optional = body.endswith("?")
    body = body.removesuffix("?")
    name, *rest = _outside_parentheses(body)
    default = None
    if "=" in (last := rest[-1] if rest else name) and "(" not in last:
        last, _, default = last.partition("=")
        if rest:
            rest[-1] = last
        else:
            name = last
    if not _NAME.fullmatch(name):
        raise BindingError(f"route parameter '{{{text}}}' has no valid name")
    checks = tuple(parse_constraint(constraint) for constraint in rest)
    return Parameter(name, checks, default, optional, catch_all=text.startswith("*"))


def _outside_parentheses(text: str) -> list[str]:
    """Split at colons that no parenthesis encloses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
