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
        self._routes: list[Route] = []
        self._literal: dict[tuple[str, ...], list[Route]] = {}

    def add(self, template: str, methods: frozenset[str], function: Function) -> None:
        """Add a function's route; BindingError when the template is wrong."""
        route = Route(Template.parse(template), methods, function)
        self._routes.append(route)
        self._routes.sort(key=lambda candidate: candidate.template.precedence)
        literal = route.template.literal_path
        if literal is not None:
            self._literal.setdefault(literal, []).append(route)

    def find(self, method: str, raw_path: str) -> tuple[Function, dict[str, str]] | None:
        """The function and its route parameters; None when no route has this path and method."""
        path = [unquote(segment) for segment in raw_path.strip("/").split("/")] if raw_path.strip("/") else []
        # A route of literals only outranks every other one of its length, so it needs no search.
        for route in self._literal.get(tuple(segment.lower() for segment in path), ()):
            if route.allows(method):
                return route.function, {}
        for route in self._routes:
            if route.allows(method):
                values = route.template.match(path)
                if values is not None:
                    return route.function, values
        return None
