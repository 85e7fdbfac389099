"""Pay an invoice with the code of a voucher: at once, for good, and once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from mizan.application.bind_request import bind_request
from mizan.application.book_notice import Notice, NoticeBook
from mizan.application.issue_voucher import change_of, claim_of_code, holding_move, request_digest
from mizan.application.payables import Payable, Payables
from mizan.application.ports import Clock, Derivation, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, Move
from mizan.application.ports_vouchers import VoucherRepository
from mizan.application.pricing import FeeSchedule, price_of
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, Caller, MerchantAccount
from mizan.domain.cash_codes import is_code
from mizan.domain.errors import InvalidInputError, NotFoundError
from mizan.domain.invoices import Customer
from mizan.domain.ledger import VOUCHER_GATEWAY
from mizan.domain.payments import Payment, PaymentMethod
from mizan.domain.vouchers import VOUCHER_STATES, Voucher, VoucherEvent, VoucherState, changed


@dataclass(frozen=True, slots=True)
class PayByVoucher:
    """`reference` is an invoice's. `amount` in fils where it is a part of what is due; None: all that is due."""

    reference: str
    code: str
    idempotency_key: str
    correlation_id: str
    amount: int | None = None
    payer: Customer | None = None


@dataclass(frozen=True, slots=True)
class VoucherPayment:
    """`change` and `change_code`: the new voucher for what the old one left, where it left something."""

    payment: Payment
    is_new: bool
    change: Voucher | None = None
    change_code: str | None = None


VOUCHER_ACCOUNT = MerchantAccount(
    account_id="vouchers",
    token="",
    gateway=VOUCHER_GATEWAY,
    agency=PLATFORM_AGENCY,
    terminal_id="",
    method=PaymentMethod.VOUCHER,
    base_url="",
    cutoff=time(0, 0),
    is_active=True,
    secrets=AccountSecrets(password="", resource_key=""),
    effective_from=datetime(2019, 1, 1, tzinfo=UTC),
)
"""The platform's own, at no gateway: the money of a voucher is here already. It has no secrets, and nobody calls it."""


class VoucherPayments:
    def __init__(
        self,
        *,
        vouchers: VoucherRepository,
        notices: NoticeBook,
        payables: Payables,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        books: Books,
        fees: FeeSchedule,
        derivation: Derivation,
        clock: Clock,
    ) -> None:
        self._vouchers, self._notices, self._payables, self._invoices = vouchers, notices, payables, invoices
        self._payments, self._books, self._account = payments, books, VOUCHER_ACCOUNT
        self._fees, self._derivation, self._clock = fees, derivation, clock

    def pay(self, command: PayByVoucher, *, caller: Caller) -> VoucherPayment:
        """The payment; the same request again: the same one, with the same change.

        Raises NotFoundError (no such invoice, or no such code), IllegalTransitionError (the code was used or ran out,
        the invoice takes no money), InvalidInputError (the voucher is too small, an amount that the terms do not
        allow), IdempotencyConflictError, BusyError.
        """
        payable = self._payables.find(command.reference, caller=caller)
        if payable.is_basket:
            raise InvalidInputError.of("reference", "basket_paid_whole")
        voucher = self._voucher(command.code)
        action = request_digest("voucher", voucher.code_digest, str(command.amount or ""))
        bind_request(
            command.idempotency_key,
            action,
            reference=command.reference,
            caller=caller,
            invoices=self._invoices,
            clock=self._clock,
        )
        if voucher.state is VoucherState.SPENT and voucher.spent_by == _request(command, caller):
            return self._again(voucher, command)
        _require_spendable(voucher, self._clock)
        amount = self._asked(payable, command.amount)
        if amount > voucher.amount:
            raise InvalidInputError.of("voucher_code", "voucher_too_small")
        return self._spent(voucher, command, amount, _request(command, caller))

    def _asked(self, payable: Payable, part: int | None) -> int:
        """What is taken of the voucher, in fils: a part bears no fee of the payer's, as anywhere."""
        quotes, now = self._payables.quotes(payable, amount=part), self._clock.now()
        if part is not None and part != self._payables.quotes(payable)[0].amount:
            return quotes[0].amount
        method, gateway = PaymentMethod(self._account.method), self._account.gateway
        return price_of(quotes, method=method, gateway=gateway, fees=self._fees, at=now).amount

    def _spent(self, voucher: Voucher, command: PayByVoucher, amount: int, request: str) -> VoucherPayment:
        now = self._clock.now()
        notice = Notice(
            account=self._account,
            reference=command.reference,
            amount=amount,
            currency=voucher.currency,
            transaction=voucher.voucher_id,
            paid_at=now,
            correlation_id=command.correlation_id,
            payer=command.payer,
        )
        left = voucher.amount - amount
        change, code = change_of(voucher, left, self._derivation, now) if left else (None, None)
        claims = {claim_of_code(change.code_digest): change.voucher_id} if change else {}

        def moves(payment_id: str) -> Sequence[Move]:
            holding = self._vouchers.holding(voucher.holder)  # first: what the voucher can still pay is in it
            seen = self._vouchers.get(voucher.voucher_id)
            if seen is None or seen.sequence != voucher.sequence:
                raise VOUCHER_STATES.refusal(seen.state if seen else voucher.state, VoucherEvent.SPEND)
            spent = changed(seen, VoucherEvent.SPEND, now, payment_id=payment_id, spent_by=request)
            made = [Move(None, change)] if change else []
            return [Move(seen, spent), *made, holding_move(holding, seen.holder, -amount)]

        payment = self._notices.book(notice, moves=moves, claims=claims, must_fit=True)
        if payment is None:
            raise NotFoundError("invoice")
        return VoucherPayment(payment, True, change, code)

    def _again(self, voucher: Voucher, command: PayByVoucher) -> VoucherPayment:
        payment = self._payments.get(voucher.payment_id or "")
        if payment is None or payment.reference != command.reference:
            raise VOUCHER_STATES.refusal(voucher.state, VoucherEvent.SPEND)
        spent = payment.capture.amount if payment.capture else voucher.amount
        if spent == voucher.amount:
            return VoucherPayment(payment, False)
        change, code = change_of(voucher, voucher.amount - spent, self._derivation, payment.created_at)
        return VoucherPayment(payment, False, self._vouchers.get(change.voucher_id), code)

    def _voucher(self, code: str) -> Voucher:
        """No such code and a code that never was have the same answer."""
        digest = self._derivation.cash_code_digest(code) if is_code(code) else ""
        voucher_id = self._books.holder(claim_of_code(digest)) if digest else None
        voucher = self._vouchers.get(voucher_id) if voucher_id else None
        if voucher is None:
            raise NotFoundError("voucher")
        return voucher


def _request(command: PayByVoucher, caller: Caller) -> str:
    """Who asked for what under which key: only the same request again is told of the change."""
    return request_digest(caller.key_id, command.reference, command.idempotency_key, str(command.amount or ""))


def _require_spendable(voucher: Voucher, clock: Clock) -> None:
    """One that ran out is refused before the platform has written that it did."""
    if voucher.is_spendable(clock.now()):
        return
    state = VoucherState.EXPIRED if voucher.state is VoucherState.ISSUED else voucher.state
    raise VOUCHER_STATES.refusal(state, VoucherEvent.SPEND)
