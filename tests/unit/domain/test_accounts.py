"""Who acts: the person where there is one, the key where there is none."""

from dataclasses import replace

from mizan.domain.accounts import Caller, maker_of

KEY = Caller(agency="*", role="finance", key_id="key_1", scopes=frozenset({"refunds:write"}))


def test_a_maker_is_the_person_whatever_they_came_with() -> None:
    """Maker and checker are compared by this: the same subject is the same person under any key id."""
    first, second = (replace(KEY, key_id=key_id, person="p-1") for key_id in ("sub:p-1", "sub:other"))

    assert maker_of(first) == maker_of(second) == "p-1"


def test_a_key_that_makes_something_is_named_as_a_key() -> None:
    """It can never be taken for a person of that name."""
    assert maker_of(KEY) == "key:key_1"
    assert maker_of(KEY) != maker_of(replace(KEY, person="key_1"))
