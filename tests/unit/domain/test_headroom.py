"""One counter for everything that goes back: left + reserved + gone = amount, whatever is asked in whatever order."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mizan.domain.headroom import (
    HeadroomError,
    Lines,
    Portion,
    consume,
    emptied,
    pay_out,
    portions_of,
    release,
    reserve,
    spend,
    takeable,
)
from mizan.domain.payments import Disposition, Payment, Share
from tests.fakes.samples import a_line, a_payment, an_invoice

ONE, TWO = an_invoice(1), an_invoice(2)
ALLOCATED, OVERPAID, SUSPENDED = Disposition.ALLOCATED, Disposition.OVERPAID, Disposition.SUSPENDED


def captured(allocated: int = 10_000, overpaid: int = 2_500, second: int = 4_000) -> Payment:
    """A payment of two lines: the first is split, the second is allocated whole."""
    first = (Share(ALLOCATED, allocated, allocated), Share(OVERPAID, overpaid, overpaid))
    lines = (replace(a_line(ONE), shares=first), replace(a_line(TWO), shares=(Share(ALLOCATED, second, second),)))
    return a_payment(ONE, lines=lines)


def figures(payment: Payment) -> list[tuple[int, int, int]]:
    return [(share.amount, share.left, share.reserved) for share in payment.shares]


def of(amount: int, disposition: Disposition = ALLOCATED, reference: str = ONE.reference) -> Portion:
    return Portion(reference, disposition, amount)


def test_a_reservation_moves_from_left_to_reserved_and_back() -> None:
    """BHD 3.000 of the allocated share; nothing else moves."""
    payment = captured()

    reserved = replace(payment, lines=reserve(payment, [of(3_000)]))
    released = replace(reserved, lines=release(reserved, [of(3_000)]))

    assert figures(reserved) == [(10_000, 7_000, 3_000), (2_500, 2_500, 0), (4_000, 4_000, 0)]
    assert (payment.refundable, reserved.refundable) == (16_500, 13_500)
    assert released == payment


def test_what_is_consumed_is_gone() -> None:
    """Neither left nor reserved any more, and it cannot come back."""
    payment = captured()
    reserved = replace(payment, lines=reserve(payment, [of(3_000), of(2_500, OVERPAID)]))

    gone = replace(reserved, lines=consume(reserved, [of(3_000), of(2_500, OVERPAID)]))

    assert figures(gone) == [(10_000, 7_000, 0), (2_500, 0, 0), (4_000, 4_000, 0)]
    with pytest.raises(HeadroomError):
        release(gone, [of(1)])


def test_spending_is_reserving_and_consuming_at_once() -> None:
    """For what a rail never has to be asked about."""
    assert figures(replace(captured(), lines=spend(captured(), [of(2_500, OVERPAID)])))[1] == (2_500, 0, 0)


@pytest.mark.parametrize(
    ("move", "portion"),
    [
        (reserve, of(10_001)),
        (spend, of(10_001)),
        (reserve, of(2_501, OVERPAID)),
        (reserve, of(1, SUSPENDED)),
        (release, of(1)),
        (consume, of(1)),
        (reserve, of(-1)),
        (release, of(-1)),
        (consume, of(-1)),
        (spend, of(0)),
    ],
)
def test_more_than_there_is_is_refused(move: Callable[[Payment, list[Portion]], Lines], portion: Portion) -> None:
    """Of what is free, of what is promised, of a share that there is none of, and of less than nothing."""
    with pytest.raises(HeadroomError):
        move(captured(), [portion])


def test_two_portions_of_one_share_count_together() -> None:
    """Each alone would fit: 6.000 and 5.000 of 10.000."""
    with pytest.raises(HeadroomError):
        reserve(captured(), [of(6_000), of(5_000)])


def test_the_rail_can_take_back_all_but_what_it_gave_back_itself() -> None:
    """3.000 went back through the rail; the overpayment and 1.000 went out another way, and 2.000 are promised."""
    payment = captured()
    payment = replace(payment, lines=reserve(payment, [of(5_000)]))
    payment = replace(payment, lines=consume(payment, [of(3_000)]))
    payment = replace(payment, lines=spend(payment, [of(2_500, OVERPAID), of(1_000, ALLOCATED, TWO.reference)]))

    assert takeable(payment) == (of(7_000), of(2_500, OVERPAID), of(4_000, ALLOCATED, TWO.reference))
    assert takeable(replace(payment, lines=emptied(payment))) == ()


def test_an_amount_is_taken_from_what_is_allocated_to_nothing_first() -> None:
    """The overpaid 2.500, then the first line's, then the second's."""
    assert portions_of(captured(), 2_000) == (of(2_000, OVERPAID),)
    assert portions_of(captured(), 13_000) == (
        of(2_500, OVERPAID),
        of(10_000),
        of(500, ALLOCATED, TWO.reference),
    )
    with pytest.raises(HeadroomError, match="1 fils more"):
        portions_of(captured(), 16_501)


MOVES = {"reserve": reserve, "release": release, "consume": consume, "pay_out": pay_out, "spend": spend}
PORTIONS = st.tuples(
    st.sampled_from([(ONE.reference, ALLOCATED), (ONE.reference, OVERPAID), (TWO.reference, ALLOCATED)]),
    st.integers(1, 6_000),
)


@given(st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.lists(PORTIONS, min_size=1, max_size=3)), max_size=25))
def test_whatever_is_asked_the_counter_adds_up_and_never_goes_below_nothing(
    asked: list[tuple[str, list[tuple[tuple[str, Disposition], int]]]],
) -> None:
    """left + reserved + gone = amount for each share after every step; a refused step moves nothing; what went back
    in all is never more than was captured.
    """
    payment, gone, given_back = captured(), 0, 0
    for name, wanted in asked:
        portions = [Portion(reference, kind, amount) for (reference, kind), amount in wanted]
        try:
            lines = MOVES[name](payment, portions)
        except HeadroomError:
            continue
        moved = sum(portion.amount for portion in portions)
        gone += moved if name in {"consume", "pay_out", "spend"} else 0
        given_back += moved if name == "consume" else 0
        payment = replace(payment, lines=lines)
        assert all(share.left >= 0 and share.reserved >= 0 for share in payment.shares)
        assert sum(share.left + share.reserved for share in payment.shares) + gone == 16_500
    assert gone <= 16_500
    assert sum(portion.amount for portion in takeable(payment)) == 16_500 - given_back
