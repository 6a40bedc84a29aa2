"""`%setting%` and `{property}` in bindings."""

import pytest

from local.host.errors import ExpressionError
from local.host.expressions import expand_properties, expand_settings, json_members


def test_settings_are_filled_in() -> None:
    """Each `%name%` becomes the value of that setting; a colon stands for two underscores."""
    assert expand_settings("a-%Q%-%x:y%", {"Q": "1", "x__y": "2"}) == "a-1-2"


def test_a_missing_setting_is_named() -> None:
    """The message says which setting to set."""
    with pytest.raises(ExpressionError, match="Missing"):
        expand_settings("%Missing%", {})


def test_properties_are_filled_in_without_case() -> None:
    """`{Id}` finds `id`, dots go into objects and true is lower case as in .NET."""
    data = {"id": 7, "shopper": {"Name": "a"}, "ok": True}
    assert expand_properties("{Id}-{shopper.name}-{ok}", data) == "7-a-true"


def test_a_missing_property_is_named() -> None:
    """The message says which property the trigger did not have."""
    with pytest.raises(ExpressionError, match=r"shopper\.name"):
        expand_properties("{shopper.name}", {"shopper": 1})


def test_generated_values_differ() -> None:
    """`{rand-guid}` is a new one each time."""
    assert expand_properties("{rand-guid}", {}) != expand_properties("{rand-guid}", {})


@pytest.mark.parametrize("body", ["text", "{broken", "[1]", ""])
def test_only_objects_have_members(body: str) -> None:
    """Anything but a JSON object offers no properties, and is no error."""
    assert json_members(body) == {}
