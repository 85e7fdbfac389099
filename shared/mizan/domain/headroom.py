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
    """What was promised is gone."""
    return _moved(payment, portions, lambda share, amount: replace(share, reserved=share.reserved - amount))


def spend(payment: Payment, portions: Iterable[Portion]) -> Lines:
    """What is free is gone at once. Raises HeadroomError where less is left."""
    return consume(replace(payment, lines=reserve(payment, portions := tuple(portions))), portions)


def remaining(payment: Payment) -> tuple[Portion, ...]:
    """Everything that has not gone yet, promised or not."""
    return tuple(
        Portion(line.reference, share.disposition, share.left + share.reserved)
        for line in payment.lines
        for share in line.shares
        if share.left + share.reserved > 0
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
    if portion.amount <= 0 or moved.left < 0 or moved.reserved < 0 or moved.left + moved.reserved > moved.amount:
        raise HeadroomError(f"the {portion.disposition} share does not have {portion.amount} fils")
    return replace(line, shares=tuple(moved if one is share else one for one in line.shares))
