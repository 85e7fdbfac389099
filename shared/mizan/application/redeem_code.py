"""A payer with no card gets a refund in cash: an operator hands it out against a code, once, to the one it is bound
to.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace

from mizan.application.ports import Clock, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.posting import entry_of
from mizan.application.work_refund import CASH_CODE, claim_of_code, digest_of_code
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.errors import BusyError, InvalidInputError, NotFoundError
from mizan.domain.headroom import consume
from mizan.domain.ledger import Posting, TransactionKind, operator_payable, refunds_in_transit
from mizan.domain.payments import CAPTURED_STATES, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.refunds import REFUND_STATES, Refund, RefundEvent, RefundState, changed

RETRY_COUNT_MAX = 8
CODE = re.compile(r"[0-9]{16}")


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """`identifier` (`cpr:…`, `passport:…`) as read off the document that the payer showed."""

    code: str
    identifier: str
    idempotency_key: str


def redeem_code(
    command: RedeemCode,
    *,
    caller: Caller,
    payments: PaymentRepository,
    refunds: RefundRepository,
    books: Books,
    clock: Clock,
) -> tuple[Refund, bool]:
    """The refund that was handed out, and whether by this call (False: a repeat of the same operator's own call).

    Raises NotFoundError alike for a code that does not exist and for one that is another person's,
    IllegalTransitionError where it was used or has expired, BusyError.
    """
    transaction = f"cash:{caller.key_id}:{hashlib.sha256(command.idempotency_key.encode()).hexdigest()[:16]}"
    for _ in range(RETRY_COUNT_MAX):
        refund = _bound_refund(command, refunds, books)
        if refund.transaction == transaction:
            return refund, False
        now = clock.now()
        if refund.expires_at is not None and now >= refund.expires_at:
            raise REFUND_STATES.refusal(RefundState.FAILED, RefundEvent.COMPLETE)
        after = changed(refund, RefundEvent.COMPLETE, now, actor=maker_of(caller), transaction=transaction)
        payment = payments.get(refund.payment_id)
        if payment is None:
            raise NotFoundError("refund")
        moves = [Move(refund, after)]
        if payment.state in CAPTURED_STATES:
            lines = consume(payment, [refund.portion])
            moves.append(
                Move(payment, changed_payment(payment, PaymentEvent.REFUND, now, amount=refund.amount, lines=lines))
            )
        posting = Posting(refunds_in_transit(CASH_CODE), operator_payable(caller.key_id), refund.amount)
        entry = entry_of(payment, f"rfc_{refund.refund_id}", TransactionKind.REFUND_COMPLETED, [posting], now)
        entry = replace(entry, agency=refund.agency, gateway_transaction=transaction, refund_id=refund.refund_id)
        if books.commit(moves, transaction=entry) is CommitOutcome.COMMITTED:
            return after, True
    raise BusyError("the refund kept changing")


def _bound_refund(command: RedeemCode, refunds: RefundRepository, books: Books) -> Refund:
    if CODE.fullmatch(command.code) is None:
        raise InvalidInputError.of("code", "bad_format")
    refund_id = books.holder(claim_of_code(digest_of_code(command.code)))
    refund = refunds.get(refund_id) if refund_id else None
    identifier = refund.beneficiary.identifier if refund and refund.beneficiary else None
    if refund is None or identifier is None or not hmac.compare_digest(identifier, command.identifier):
        raise NotFoundError("cash-out")
    return refund
