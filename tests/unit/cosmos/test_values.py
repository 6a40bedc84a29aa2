"""JSON values have one total order, and equality that Python does not have."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.sql.compiler import compile_query
from local.cosmos.sql.scope import Parameters
from local.cosmos.sql.values import UNDEFINED, identical, rank, sort_key
from tests.unit.cosmos.json_values import values

with_undefined = values | st.just(UNDEFINED)


@given(with_undefined, with_undefined, with_undefined)
@settings(deadline=None)
def test_the_order_is_total(a: Any, b: Any, c: Any) -> None:
    """Any two values compare, transitively, and types come in the documented order."""
    keys = sort_key(a), sort_key(b), sort_key(c)
    low, middle, high = sorted(keys)
    assert low <= middle <= high
    assert low <= high
    assert (rank(a) < rank(b)) <= (keys[0] < keys[1])


@given(with_undefined, with_undefined)
@settings(deadline=None)
def test_equal_keys_mean_identical_values(a: Any, b: Any) -> None:
    """Neither compares before the other exactly if they are the same JSON value."""
    assert identical(a, b) == (sort_key(a) == sort_key(b))


def test_true_is_not_one_however_deep() -> None:
    """Booleans are no numbers, in arrays and objects either."""
    assert not identical(True, 1)
    assert not identical([{"a": True}], [{"a": 1}])
    assert identical([{"a": 1}], [{"a": 1.0}])


@given(st.lists(st.fixed_dictionaries({}, optional={"v": values}), max_size=8))
@settings(deadline=None)
def test_order_by_sorts_mixed_types(documents: list[dict[str, Any]]) -> None:
    """ORDER BY sorts whatever the property holds, and DESC is the same backwards."""
    ascending = list(compile_query("SELECT * FROM c ORDER BY c.v").run(documents, Parameters()))
    descending = list(compile_query("SELECT * FROM c ORDER BY c.v DESC").run(documents, Parameters()))
    keys = [sort_key(document.get("v", UNDEFINED)) for document in ascending]
    assert keys == sorted(keys)
    assert [sort_key(document.get("v", UNDEFINED)) for document in descending] == keys[::-1]
