"""Items: only the types that the table holds, whole numbers only."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.adapters.dynamodb.items import pack, pack_value, unpack, unpack_value

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


def without_nones(value: Any) -> Any:
    """What is stored: an attribute that is None is left out; a None in a list keeps its place."""
    if isinstance(value, dict):
        return {name: without_nones(inner) for name, inner in value.items() if inner is not None}
    return [without_nones(inner) for inner in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=6))
def test_what_is_packed_unpacks_to_the_same(attributes: dict[str, Any]) -> None:
    """Integers of any size stay integers, bytes stay bytes, and True is not 1."""
    unpacked = unpack(pack(attributes))

    assert unpacked == without_nones(attributes)
    assert repr(unpacked) == repr(without_nones(attributes))


@pytest.mark.parametrize(
    "value", [1.5, 0.0, Decimal("1.5"), date(2026, 3, 1), {1, 2}, object(), [1, [2.0]], {"a": 1.0}]
)
def test_what_the_table_does_not_hold_is_refused(value: Any) -> None:
    """A float above all: it would be rounded in silence. Also deep inside."""
    with pytest.raises(TypeError, match="is not stored"):
        pack_value(value)


@pytest.mark.parametrize("typed", [{"SS": ["a"]}, {"NS": ["1"]}, {}, {"S": "a", "N": "1"}])
def test_what_the_table_never_held_does_not_read(typed: dict[str, Any]) -> None:
    """An unknown type is an error, not a guess."""
    with pytest.raises((KeyError, ValueError)):
        unpack_value(typed)


def test_a_fraction_in_the_table_does_not_read_as_an_amount() -> None:
    """Somebody else's 12.5 is not rounded to fils."""
    with pytest.raises(ValueError, match="invalid literal"):
        unpack({"amount": {"N": "12.5"}})
