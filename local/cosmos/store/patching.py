"""Partial updates of a document: add, set, replace, remove, incr, move."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cosmos.errors import BadRequestError
from local.cosmos.sql.operators import finite
from local.cosmos.sql.values import UNDEFINED, is_number

MAX_OPERATIONS = 10
# Names that belong to the service.
_SYSTEM = frozenset({"_rid", "_self", "_etag", "_ts", "_attachments"})


def patched(document: Mapping[str, Any], operations: object) -> dict[str, Any]:
    """The document after the operations, in their order; the given one is not changed. Raises BadRequestError."""
    if not isinstance(operations, list) or not operations:
        raise BadRequestError("A patch needs at least one operation.")
    if len(operations) > MAX_OPERATIONS:
        raise BadRequestError(f"The number of patch operations can't exceed '{MAX_OPERATIONS}'.")
    result = copy.deepcopy(dict(document))
    for operation in operations:
        _apply(result, operation)
    return result


@dataclass(frozen=True, slots=True)
class _Place:
    """A property of an object or an element of an array, that may not exist yet."""

    parent: Any
    name: str
    path: str

    def index(self, last: int) -> int:
        """The array index, from 0 to `last`; `-` is the end."""
        end = len(self.parent)
        if self.name == "-" and last == end:
            return end
        if not (self.name.isascii() and self.name.isdigit()) or int(self.name) > last:
            raise BadRequestError(f"The array index of path '{self.path}' is invalid or out of bounds.")
        return int(self.name)

    def get(self) -> Any:
        """The value, or undefined."""
        if isinstance(self.parent, list):
            return self.parent[self.index(len(self.parent) - 1)]
        return self.parent.get(self.name, UNDEFINED)

    def put(self, value: Any) -> None:
        """Replace the value; it must exist if the parent is an array."""
        if isinstance(self.parent, list):
            self.parent[self.index(len(self.parent) - 1)] = value
        else:
            self.parent[self.name] = value

    def remove(self) -> Any:
        """Take the value out; it must exist."""
        if self.get() is UNDEFINED:
            raise BadRequestError(f"The path '{self.path}' does not exist in the document.")
        return self.parent.pop(self.index(len(self.parent) - 1) if isinstance(self.parent, list) else self.name)


def _place(document: dict[str, Any], path: object) -> _Place:
    if not isinstance(path, str) or not path.startswith("/") or path == "/":
        raise BadRequestError(f"The patch path '{path}' is invalid: it begins with '/' and names a property.")
    *parents, name = [part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/")]
    if (parents or [name])[0] in _SYSTEM:
        raise BadRequestError(f"The system property of path '{path}' cannot be patched.")
    parent: Any = document
    for part in parents:
        parent = _Place(parent, part, path).get()
        if not isinstance(parent, dict | list):
            raise BadRequestError(f"The parent of path '{path}' does not exist in the document.")
    return _Place(parent, name, path)


def _apply(document: dict[str, Any], operation: object) -> None:
    kind = operation.get("op") if isinstance(operation, dict) else None
    if not isinstance(operation, dict) or not isinstance(kind, str) or kind.lower() not in _OPERATIONS:
        raise BadRequestError(f"The patch operation '{kind}' is not supported.")
    _OPERATIONS[kind.lower()](document, operation)


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise BadRequestError("The patch operation needs a 'value'.")
    return copy.deepcopy(operation["value"])


def _add(document: dict[str, Any], operation: dict[str, Any]) -> None:
    place = _place(document, operation.get("path"))
    if isinstance(place.parent, list):
        place.parent.insert(place.index(len(place.parent)), _value(operation))
    else:
        place.put(_value(operation))


def _set(document: dict[str, Any], operation: dict[str, Any]) -> None:
    place = _place(document, operation.get("path"))
    if isinstance(place.parent, list) and place.index(len(place.parent)) == len(place.parent):
        place.parent.append(_value(operation))
    else:
        place.put(_value(operation))


def _replace(document: dict[str, Any], operation: dict[str, Any]) -> None:
    place = _place(document, operation.get("path"))
    if place.get() is UNDEFINED:
        raise BadRequestError(f"The path '{place.path}' does not exist in the document.")
    place.put(_value(operation))


def _remove(document: dict[str, Any], operation: dict[str, Any]) -> None:
    _place(document, operation.get("path")).remove()


def _increment(document: dict[str, Any], operation: dict[str, Any]) -> None:
    place, amount = _place(document, operation.get("path")), _value(operation)
    current = place.get()
    if not is_number(amount) or not (current is UNDEFINED or is_number(current)):
        raise BadRequestError(f"The increment of path '{place.path}' needs numbers.")
    total = finite(amount if current is UNDEFINED else current + amount)
    if total is UNDEFINED:
        raise BadRequestError(f"The increment of path '{place.path}' is out of range.")
    place.put(total)


def _move(document: dict[str, Any], operation: dict[str, Any]) -> None:
    source, target = operation.get("from"), operation.get("path")
    if isinstance(source, str) and isinstance(target, str) and f"{target}/".startswith(f"{source}/"):
        raise BadRequestError(f"The path '{target}' cannot be a child of the path '{source}' that is moved.")
    value = _place(document, source).remove()
    _add(document, {"path": target, "value": value})


_OPERATIONS: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "add": _add,
    "set": _set,
    "replace": _replace,
    "remove": _remove,
    "incr": _increment,
    "increment": _increment,
    "move": _move,
}
