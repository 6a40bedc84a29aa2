"""Finds the function for a method and a path."""

from dataclasses import dataclass
from urllib.parse import unquote

from local.host.functions import Function
from local.host.http.templates import Template


@dataclass(frozen=True, slots=True)
class Route:
    """One function's template and methods; no methods means all."""

    template: Template
    methods: frozenset[str]
    function: Function

    def allows(self, method: str) -> bool:
        """Whether the route answers this method."""
        return not self.methods or method in self.methods


class Router:
    """Routes in the order of precedence; among equals the first one added wins."""

    def __init__(self) -> None:
        self._by_stem: dict[tuple[str, ...], list[Route]] = {}
        self._longest = 0

    def add(self, template: str, methods: frozenset[str], function: Function) -> None:
        """Add a function's route; BindingError when the template is wrong."""
        route = Route(Template.parse(template), methods, function)
        stem = route.template.stem
        routes = self._by_stem.setdefault(stem, [])
        routes.append(route)
        routes.sort(key=lambda candidate: candidate.template.precedence)
        self._longest = max(self._longest, len(stem))

    def find(self, method: str, raw_path: str) -> tuple[Function, dict[str, str]] | None:
        """The function and its route parameters; None when no route has this path and method."""
        path = [unquote(segment) for segment in raw_path.strip("/").split("/")] if raw_path.strip("/") else []
        start = tuple(segment.lower() for segment in path[: self._longest])
        for length in range(len(start), -1, -1):  # a literal outranks every parameter in its place
            for route in self._by_stem.get(start[:length], ()):
                if route.allows(method) and (values := route.template.match(path)) is not None:
                    return route.function, values
        return None
