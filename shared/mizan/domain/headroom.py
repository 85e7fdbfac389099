"""What of a capture may still go back: one counter, shared by refunds, credits and chargebacks, inside the attempt.

Reserved first, then gone (consumed) or free again (released): so the sum of what goes back never exceeds the capture.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from mizan.domain.payments import Disposition, Payment, PaymentLine, Share


@dataclass(frozen=True, slots=True)
class Portion:
    """`amount` fils of what went one way (`disposition`) on one line (`reference`, the invoice's) of a payment."""

    reference: str
    disposition: Disposition
    amount: int


class HeadroomError(ValueError):
    """The share does not have so much."""


Lines = tuple[PaymentLine, ...]


def reserve(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """Promise what is free. Raises HeadroomError where less is left."""
    return _moved(
        payment,
        portions,
        lambda share, amount: replace(share, left=share.left - amount, reserved=share.reserved + amount),
    )


def release(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """What was promised is free again."""
    return _moved(
        payment,
        portions,
        lambda share, amount: replace(share, left=share.left + amount, reserved=share.reserved - amount),
    )


def consume(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """What was promised is gone, back through the rail that took it."""
    return _moved(payment, portions, lambda share, amount: replace(share, reserved=share.reserved - amount))


def pay_out(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """What was promised is gone by another way: to an IBAN, in cash, to another invoice."""
    return _moved(
        payment,
        portions,
        lambda share, amount: replace(share, reserved=share.reserved - amount, elsewhere=share.elsewhere + amount),
    )


def spend(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """What is free is gone to another invoice at once. Raises HeadroomError where less is left."""
    return pay_out(replace(payment, lines=reserve(payment, portions := tuple(portions))), portions)


def takeable(payment: Payment) -> tuple[Portion, ...]:
    """What the rail takes back when it takes the whole capture back: all but what it gave back itself. What went out
    another way is then owed by whoever it was taken from: that account turns negative, and finance sees it.
    """
    return tuple(
        Portion(line.reference, share.disposition, amount)
        for line in payment.lines
        for share in line.shares
        if (amount := share.left + share.reserved + share.elsewhere) > 0
    )


def emptied(payment: Payment) -> Lines:
    """Nothing of the capture is here any more."""
    return tuple(
        replace(line, shares=tuple(replace(share, left=0, reserved=0, elsewhere=0) for share in line.shares))
        for line in payment.lines
    )


def portions_of(payment: Payment, amount: int) -> tuple[Portion, ...]:
    """`amount` fils taken from what is free: what is allocated to nothing first, then line by line. Raises
    HeadroomError.
    """
    free = [
        (share, line.reference)
        for disposition in (Disposition.SUSPENDED, Disposition.OVERPAID, Disposition.ALLOCATED)
        for line in payment.lines
        for share in line.shares
        if share.disposition is disposition and share.left > 0
    ]
    portions, missing = [], amount
    for share, reference in free:
        part = min(share.left, missing)
        if part:
            portions.append(Portion(reference, share.disposition, part))
        missing -= part
    if missing:
        raise HeadroomError(f"{missing} fils more than is left")
    return tuple(portions)


def _moved(payment: Payment, portions: Iterable[Portion], move: Callable[[Share, int], Share]) -> Lines:
    lines = payment.lines
    for portion in portions:
        lines = tuple(
            _moved_line(line, portion, move) if line.reference == portion.reference else line for line in lines
        )
    return lines


def _moved_line(line: PaymentLine, portion: Portion, move: Callable[[Share, int], Share]) -> PaymentLine:
    share = line.share(portion.disposition)
    if share is None:
        raise HeadroomError(f"nothing of it is {portion.disposition}")
    moved = move(share, portion.amount)
    there = moved.left + moved.reserved + moved.elsewhere
    if portion.amount <= 0 or moved.left < 0 or moved.reserved < 0 or there > moved.amount:
        raise HeadroomError(f"the {portion.disposition} share does not have {portion.amount} fils")
    return replace(line, shares=tuple(moved if one is share else one for one in line.shares))
