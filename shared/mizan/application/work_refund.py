"""Carry a refund out: sent once, ever; what nobody knows is asked about until somebody does.

The step to `sending` is written, with the money in transit, before the rail is asked: whoever wins that write is the
one who asks. Anyone who finds it written only inquires.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mizan.application.giving_back import account_of
from mizan.application.ports import AccountDirectory, Clock, GatewayRegistry, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds import PayoutBank, PayoutRequest, RefundOutcome, RefundRequest, RefundResult
from mizan.application.ports_refunds_store import RefundRepository
from mizan.application.posting import entry_of
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import BusyError, GatewayError, GatewayUnavailableError, NotFoundError
from mizan.domain.headroom import consume, release
from mizan.domain.ledger import (
    LedgerTransaction,
    Posting,
    TransactionKind,
    gateway_clearing,
    payout_bank,
    refunds_in_transit,
)
from mizan.domain.payments import CAPTURED_STATES, Decline, Payment, PaymentEvent, inquiry_delay
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import track_id
from mizan.domain.refunds import (
    CODE_LIFETIME,
    NOT_FOUND_GRACE,
    Refund,
    RefundDestination,
    RefundEvent,
    RefundState,
    changed,
)

PAYOUT_BANK = "payout_bank"
CASH_CODE = "cash_code"
UNCONFIRMED_DELAY = timedelta(minutes=1)

GONE = Decline(
    "payment_gone",
    "The payment itself was taken back by the gateway: there is nothing to refund.",
    "استردت البوابة عملية الدفع نفسها: لا يوجد ما يُعاد.",
)
NEVER_ARRIVED = Decline(
    "never_arrived",
    "The refund never reached the rail. Nothing was sent back; it may be requested again.",
    "لم يصل طلب الاسترداد إلى القناة. لم يُرد أي مبلغ، ويمكن تقديم طلب جديد.",
)
UNAVAILABLE = Decline(
    "rail_unavailable",
    "The rail could not be reached. Nothing was sent back; it may be requested again.",
    "تعذر الوصول إلى القناة. لم يُرد أي مبلغ، ويمكن تقديم طلب جديد.",
)
EXPIRED = Decline(
    "code_expired",
    "The cash-out code was not used in time. The money is kept; a refund may be requested again.",
    "لم يُستخدم رمز الصرف في موعده. المبلغ محفوظ، ويمكن تقديم طلب استرداد جديد.",
)

CodeMaker = Callable[[str], str]
"""The cash-out code of a refund id: derived, so that it can be shown again and is stored nowhere."""


class RefundWorker:
    def __init__(
        self,
        *,
        payments: PaymentRepository,
        refunds: RefundRepository,
        books: Books,
        accounts: AccountDirectory,
        gateways: GatewayRegistry,
        bank: PayoutBank,
        code_of: CodeMaker,
        clock: Clock,
    ) -> None:
        self._payments, self._refunds, self._books, self._accounts = payments, refunds, books, accounts
        self._gateways, self._bank, self._code_of, self._clock = gateways, bank, code_of, clock

    def work(self, refund_id: str) -> Refund:
        """The refund after its next step, if one is due. Safe to repeat, and to run twice at once.

        Raises NotFoundError, GatewayError (no readable answer; asked again later), BusyError.
        """
        refund = self._refunds.get(refund_id)
        if refund is None:
            raise NotFoundError("refund")
        now = self._clock.now()
        if refund.next_step_at is None or refund.next_step_at > now:
            return refund
        payment = self._payments.get(refund.payment_id)
        if payment is None:
            raise NotFoundError("payment")
        if refund.state is RefundState.APPROVED:
            return self._begin(refund, payment, now)
        if refund.state is RefundState.REDEEMABLE:
            return self._expire(refund, payment, now)
        return self._inquire(refund, payment, now)

    # -- the first step -----------------------------------------------------------------------------------------------

    def _begin(self, refund: Refund, payment: Payment, now: datetime) -> Refund:
        if payment.state not in CAPTURED_STATES:
            return self._write([Move(refund, changed(refund, RefundEvent.FAIL, now, decline=GONE))], refund)
        if not payment.is_final:  # the rail may still take the capture back by itself
            return self._postpone(refund, now, now + UNCONFIRMED_DELAY)
        if refund.destination is RefundDestination.CASH_CODE:
            return self._offer_code(refund, payment, now)
        sending = changed(refund, RefundEvent.SEND, now, sent_at=now, next_inquiry_at=now + inquiry_delay(0))
        if not self._commit([Move(refund, sending)], self._sent_entry(refund, payment, now)):
            return self._read(refund.refund_id)  # another worker has it
        return self._send(sending, payment)

    def _send(self, refund: Refund, payment: Payment) -> Refund:
        try:
            result = self._ask_rail(refund, payment)
        except GatewayUnavailableError:
            return self._fail(refund, payment, UNAVAILABLE, self._clock.now())
        except GatewayError:
            result = RefundResult(RefundOutcome.UNKNOWN, refund.track_id)
        return self._apply(refund, payment, result, self._clock.now())

    def _ask_rail(self, refund: Refund, payment: Payment) -> RefundResult:
        who = refund.beneficiary
        if refund.destination is RefundDestination.IBAN and who is not None and who.iban is not None:
            text = f"Refund {payment.reference}"
            request = PayoutRequest(refund.track_id, who.iban, who.name, refund.amount, refund.currency, text)
            return self._bank.pay(request)
        if payment.capture is None:
            raise GatewayUnavailableError("nothing was captured")
        original = RefundRequest(
            refund.track_id, refund.amount, refund.currency, payment.capture, track_id(payment.payment_id)
        )
        return self._gateways.refunds_of(payment.gateway).refund(self._account(payment), original)

    def _offer_code(self, refund: Refund, payment: Payment, now: datetime) -> Refund:
        digest = digest_of_code(self._code_of(refund.refund_id))
        expires_at = now + CODE_LIFETIME
        offered = changed(
            refund,
            RefundEvent.OFFER_CODE,
            now,
            sent_at=now,
            expires_at=expires_at,
            next_inquiry_at=expires_at,
            code_digest=digest,
        )
        claims = {claim_of_code(digest): refund.refund_id}
        done = self._commit([Move(refund, offered)], self._sent_entry(refund, payment, now), claims)
        return offered if done else self._read(refund.refund_id)

    # -- finding out --------------------------------------------------------------------------------------------------

    def _inquire(self, refund: Refund, payment: Payment, now: datetime) -> Refund:
        try:
            if refund.destination is RefundDestination.IBAN:
                result = self._bank.inquire(refund.track_id)
            else:
                result = self._gateways.refunds_of(payment.gateway).inquire_refund(
                    self._account(payment), track_id=refund.track_id, amount=refund.amount, currency=refund.currency
                )
        except GatewayError:
            self._postpone(refund, now, now + inquiry_delay(refund.inquiry_count))
            raise
        return self._apply(refund, payment, result, now)

    def _apply(self, refund: Refund, payment: Payment, result: RefundResult, now: datetime) -> Refund:
        is_ours = result.track_id == refund.track_id
        if is_ours and result.outcome is RefundOutcome.COMPLETED:
            return self._complete(refund, payment, result, now)
        if is_ours and result.outcome is RefundOutcome.FAILED and result.decline is not None:
            return self._fail(refund, payment, result.decline, now)
        is_late = refund.sent_at is not None and now >= refund.sent_at + NOT_FOUND_GRACE
        if is_ours and result.outcome is RefundOutcome.NOT_FOUND and is_late:
            return self._fail(refund, payment, NEVER_ARRIVED, now)
        is_lost = not is_ours or result.outcome is RefundOutcome.UNKNOWN
        return self._postpone(refund, now, now + inquiry_delay(refund.inquiry_count), is_lost=is_lost)

    def _complete(self, refund: Refund, payment: Payment, result: RefundResult, now: datetime) -> Refund:
        moved_at = result.completed_at or now
        rail, target = self._rail(refund, payment)

        def entry(seen: Payment) -> LedgerTransaction:
            posting = Posting(refunds_in_transit(rail), target, refund.amount)
            made = entry_of(seen, f"rfc_{refund.refund_id}", TransactionKind.REFUND_COMPLETED, [posting], now)
            return replace(
                made,
                captured_at=moved_at,
                agency=refund.agency,
                gateway_transaction=result.transaction,
                rrn=result.rrn,
                refund_id=refund.refund_id,
            )

        after = changed(refund, RefundEvent.COMPLETE, now, transaction=result.transaction or None)
        return self._conclude(refund, after, payment, PaymentEvent.REFUND, entry)

    def _fail(self, refund: Refund, payment: Payment, decline: Decline, now: datetime) -> Refund:
        after = changed(refund, RefundEvent.FAIL, now, decline=decline)
        return self._conclude(refund, after, payment, PaymentEvent.RESTORE, lambda seen: self._back(refund, seen, now))

    def _expire(self, refund: Refund, payment: Payment, now: datetime) -> Refund:
        after = changed(refund, RefundEvent.EXPIRE, now, decline=EXPIRED)
        return self._conclude(refund, after, payment, PaymentEvent.RESTORE, lambda seen: self._back(refund, seen, now))

    def _conclude(
        self,
        refund: Refund,
        after: Refund,
        payment: Payment,
        event: PaymentEvent,
        entry: Callable[[Payment], LedgerTransaction],
    ) -> Refund:
        """The refund's end, its payment's headroom and the journal in one transaction, until it is written once."""
        for _ in range(RETRY_COUNT_MAX):
            moves = [Move(refund, after)]
            if payment.state in CAPTURED_STATES:
                move = consume if event is PaymentEvent.REFUND else release
                lines = move(payment, [refund.portion])
                moves.append(
                    Move(payment, changed_payment(payment, event, after.updated_at, amount=refund.amount, lines=lines))
                )
            if self._commit(moves, entry(payment)):
                return after
            stored = self._read(refund.refund_id)
            if (stored.state, stored.inquiry_count) != (refund.state, refund.inquiry_count):
                return stored  # another worker found out, or is at it: its word stands
            payment = self._payments.get(refund.payment_id) or payment
        raise BusyError("the refund kept changing")

    # -- parts --------------------------------------------------------------------------------------------------------

    def _sent_entry(self, refund: Refund, payment: Payment, now: datetime) -> LedgerTransaction:
        posting = Posting(account_of(payment, refund.portion), self._transit(refund, payment), refund.amount)
        made = entry_of(payment, f"rfs_{refund.refund_id}", TransactionKind.REFUND_SENT, [posting], now)
        return replace(made, agency=refund.agency, refund_id=refund.refund_id)

    def _back(self, refund: Refund, payment: Payment, now: datetime) -> LedgerTransaction:
        posting = Posting(self._transit(refund, payment), account_of(payment, refund.portion), refund.amount)
        made = entry_of(payment, f"rff_{refund.refund_id}", TransactionKind.REFUND_FAILED, [posting], now)
        return replace(made, agency=refund.agency, refund_id=refund.refund_id)

    def _transit(self, refund: Refund, payment: Payment) -> str:
        return refunds_in_transit(self._rail(refund, payment)[0])

    def _rail(self, refund: Refund, payment: Payment) -> tuple[str, str]:
        """Through which rail it goes, and the account that pays for it there."""
        if refund.destination is RefundDestination.IBAN:
            return PAYOUT_BANK, payout_bank(PAYOUT_BANK)
        if refund.destination is RefundDestination.CASH_CODE:
            return CASH_CODE, ""
        return payment.gateway, gateway_clearing(payment.gateway, payment.account_id)

    def _postpone(self, refund: Refund, now: datetime, next_at: datetime, *, is_lost: bool = False) -> Refund:
        moved = changed(refund, RefundEvent.LOSE, now) if is_lost and refund.state is RefundState.SENDING else refund
        after = replace(moved, next_inquiry_at=next_at, inquiry_count=refund.inquiry_count + 1)
        return self._write([Move(refund, after)], refund)

    def _write(self, moves: list[Move], refund: Refund) -> Refund:
        after = moves[0].after
        done = self._books.commit(moves) is CommitOutcome.COMMITTED
        return after if done and isinstance(after, Refund) else self._read(refund.refund_id)

    def _commit(
        self, moves: list[Move], transaction: LedgerTransaction, claims: Mapping[str, str] | None = None
    ) -> bool:
        outcome = self._books.commit(moves, transaction=transaction, claims=claims)
        return outcome is CommitOutcome.COMMITTED

    def _account(self, payment: Payment) -> MerchantAccount:
        account = self._accounts.by_token(payment.account_token)
        if account is None:
            raise NotFoundError("merchant account")
        return account

    def _read(self, refund_id: str) -> Refund:
        refund = self._refunds.get(refund_id)
        if refund is None:
            raise NotFoundError("refund")
        return refund


RETRY_COUNT_MAX = 8


def digest_of_code(code: str) -> str:
    """What is kept of a code that was derived under a key: a hash, and nothing that gives it away."""
    return hashlib.sha256(f"cash-out\x1f{code}".encode()).hexdigest()


def claim_of_code(digest: str) -> str:
    return f"COC#{digest}"
