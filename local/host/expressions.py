"""Binding expressions: `%setting%` and `{property}`."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from json import loads

from local.host.errors import ExpressionError

_SETTING = re.compile(r"%([^%]+)%")
_PROPERTY = re.compile(r"\{([^{}]+)\}")


def expand_settings(template: str, environment: Mapping[str, str]) -> str:
    """Replace each `%setting%` by its value; ExpressionError when a setting is missing."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        setting = environment.get(name) or environment.get(name.replace(":", "__"))
        if setting is None:
            raise ExpressionError(f"'%{name}%' does not resolve to a value; set {name} in local.settings.json")
        return setting

    return _SETTING.sub(value, template)


def expand_properties(template: str, data: Mapping[str, object]) -> str:
    """Replace each `{property}` from the trigger's data; names have no case, dots go into objects."""
    if "{" not in template:
        return template
    return _PROPERTY.sub(lambda found: _property(found[1], data), template)


def _property(name: str, data: Mapping[str, object]) -> str:
    generated = _generated(name.partition(":")[0].lower())
    if generated is not None:
        return generated
    node: object = data
    for part in name.split("."):
        members = {key.lower(): value for key, value in node.items()} if isinstance(node, Mapping) else {}
        if part.lower() not in members:
            raise ExpressionError(f"no value for named parameter '{name}'")
        node = members[part.lower()]
    return str(node).lower() if isinstance(node, bool) else str(node)


def _generated(name: str) -> str | None:
    if name in ("rand-guid", "sys.randguid"):
        return str(uuid.uuid4())
    if name in ("datetime", "sys.utcnow"):
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


def json_members(body: str) -> Mapping[str, object]:
    """The members of a JSON object, which binding expressions may name; empty for any other text."""
    if not body.lstrip().startswith("{"):
        return {}
    try:
        members = loads(body)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
