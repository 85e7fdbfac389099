"""Stories of money that goes back: a paid invoice, the people who decide, and the check that every story ends with."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mizan.application.open_dispute import OpenDispute
from mizan.application.posting import source_account
from mizan.application.refund_rails import transit_of
from mizan.application.refund_rules import RequestRefund
from mizan.application.use_overpayment import CreditOverpayment
from mizan.domain.accounts import Caller
from mizan.domain.disputes import DisputeState
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import trial_balance
from mizan.domain.payments import CAPTURED_STATES, Disposition, Payment
from mizan.domain.references import track_id
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination, RefundState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AGENCY, AMOUNT, CALLER, a_payment, an_invoice, captured

CLEARING = "gateway_clearing:fake:acc-1"
PAYABLE = f"agency_payable:{AGENCY}"
OVERPAYMENT = f"overpayment:{AGENCY}"
TRANSIT = "refunds_in_transit:fake"
IBAN = "BH67BMAG00001299123456"
PAYEE = Beneficiary("Maryam Ali", iban=IBAN, identifier="cpr:900101123")

MAKER = replace(CALLER, key_id="sub:amal", person="amal")
CHECKER = replace(CALLER, key_id="sub:badr", person="badr")
FINANCE = replace(CHECKER, agency="*", role="finance", key_id="sub:dana", person="dana")
KIOSK = Caller(agency="*", role="kiosk", key_id="key-kiosk", scopes=frozenset({"cashouts:redeem"}))

HELD_STATES = frozenset(RefundState) - {
    RefundState.REJECTED,
    RefundState.WITHDRAWN,
    RefundState.COMPLETED,
    RefundState.FAILED,
}
OUT_STATES = frozenset({RefundState.SENDING, RefundState.UNKNOWN, RefundState.REDEEMABLE})


def a_paid_invoice(
    platform: Platform, number: int = 1, serial: int = 0, *, is_final: bool = True, **changes: Any
) -> tuple[Invoice, Payment]:
    """BHD 12.500 captured, booked, and confirmed by a second look. Twice on one number: the second is overpaid."""
    invoice = platform.invoices.rows.get(an_invoice(number).reference) or platform.with_invoice(
        an_invoice(number, **changes)
    )
    payment = platform.with_payment(a_payment(invoice, serial))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    payment = platform.resolver().resolve(payment)
    if is_final:
        platform.clock.advance(timedelta(minutes=3))
        payment = platform.resolver().resolve(payment)
    return platform.invoices.rows[invoice.reference], payment


def a_request(payment: Payment, **changes: Any) -> RequestRefund:
    """BHD 5.000 of the 12.500, back to the instrument."""
    command = RequestRefund(
        payment_id=payment.payment_id,
        seen_refundable=AMOUNT,
        reason="Paid for the wrong branch",
        fingerprint="body-1",
        idempotency_key="refund-1",
        correlation_id="corr-7",
        amount=5_000,
    )
    return replace(command, **changes)


def a_refund(platform: Platform, payment: Payment, *, caller: Caller = MAKER, **changes: Any) -> Refund:
    return platform.refund_requests().request(a_request(payment, **changes), caller=caller)[0]


def a_cash_code(platform: Platform, payment: Payment, **changes: Any) -> Refund:
    """Asked for, approved by rule and offered."""
    refund = a_refund(platform, payment, destination=RefundDestination.CASH_CODE, beneficiary=PAYEE, **changes)
    return platform.refund_worker().work(refund.refund_id)


def a_notice(payment: Payment, **changes: Any) -> OpenDispute:
    command = OpenDispute(
        payment_id=payment.payment_id,
        case_number="CASE-1",
        reason="10.4",
        respond_by=NOON + timedelta(days=10),
        fingerprint="case-body",
        correlation_id="corr-8",
    )
    return replace(command, **changes)


def a_credit(payment: Payment, to: Invoice, **changes: Any) -> CreditOverpayment:
    command = CreditOverpayment(
        payment_id=payment.payment_id,
        reference=payment.reference,
        to_reference=to.reference,
        amount=AMOUNT,
        seen_refundable=AMOUNT,
        idempotency_key="credit-1",
    )
    return replace(command, **changes)


def stored(platform: Platform, payment: Payment) -> Payment:
    return platform.payments.rows[payment.payment_id]


def balances(platform: Platform) -> dict[str, int]:
    """Debit less credit of every account that is not at zero, in fils."""
    found = {row.account: row.balance for row in trial_balance(platform.journal.rows.values())}
    return {account: balance for account, balance in found.items() if balance}


def assert_sound(platform: Platform) -> None:
    """The rules that hold after every step of every story, and the books against the records, account by account."""
    for entry in platform.journal.rows.values():
        assert sum(row.balance for row in trial_balance([entry])) == 0
    for payment in platform.payments.rows.values():
        _assert_shares(payment)
    assert balances(platform) == _expected_balances(platform)


def _assert_shares(payment: Payment) -> None:
    """captured = allocated + overpaid + suspended; what went, is promised and is left add up, share by share."""
    if payment.capture is None:
        return
    assert payment.capture.amount == sum(payment.amount_of(disposition) for disposition in Disposition)
    for share in payment.shares:
        assert share.left >= 0
        assert share.reserved >= 0
        assert share.left + share.reserved <= share.amount


def _expected_balances(platform: Platform) -> dict[str, int]:
    """From the records alone: money lies where its shares are, in transit, or outside; and all of it was captured."""
    expected: Counter[str] = Counter()
    for payment in platform.payments.rows.values():
        for line in payment.lines:
            for share in line.shares:
                expected[source_account(payment, line, share)] -= share.left + share.reserved
        for entry in payment.history:
            if entry.event == "credit":
                expected[PAYABLE] -= entry.amount or 0
        expected[CLEARING] += payment.capture.amount if payment.capture and payment.state in CAPTURED_STATES else 0
    for refund in platform.books.refunds.values():
        _add_refund(expected, platform, refund)
    for dispute in platform.books.disputes.values():
        expected[CLEARING] -= dispute.amount if dispute.state is DisputeState.LOST else 0
    _assert_reserved(platform)
    return {account: balance for account, balance in expected.items() if balance}


def _add_refund(expected: "Counter[str]", platform: Platform, refund: Refund) -> None:
    payment = platform.payments.rows[refund.payment_id]
    line = next(line for line in payment.lines if line.reference == refund.portion.reference)
    share = line.share(refund.portion.disposition)
    assert share is not None
    if refund.state in OUT_STATES:
        expected[source_account(payment, line, share)] += refund.amount
        expected[transit_of(refund, payment)] -= refund.amount
    if refund.state is RefundState.COMPLETED:
        operator = (refund.transaction or "").removeprefix("cash:").rpartition(":")[0]
        outside = {
            RefundDestination.INSTRUMENT: CLEARING,
            RefundDestination.IBAN: "payout_bank:payout_bank",
            RefundDestination.CASH_CODE: f"operator_payable:{operator}",
        }
        expected[outside[refund.destination]] -= refund.amount


def _assert_reserved(platform: Platform) -> None:
    """What is promised on a payment is what its open refunds and its open disputes hold, to the fils."""
    for payment in platform.payments.rows.values():
        held = sum(
            refund.amount
            for refund in platform.books.refunds.values()
            if refund.payment_id == payment.payment_id and refund.state in HELD_STATES
        )
        held += sum(
            dispute.amount
            for dispute in platform.books.disputes.values()
            if dispute.payment_id == payment.payment_id and dispute.state not in (DisputeState.WON, DisputeState.LOST)
        )
        if payment.state in CAPTURED_STATES:
            assert sum(share.reserved for share in payment.shares) == held
