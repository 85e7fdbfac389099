"""One transfer is booked once, on the invoice that it names, by its own time; what names nothing waits for a person."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mizan.application.take_credit import CreditOutcome
from mizan.domain.invoices import InvoiceState
from mizan.domain.payments import Disposition, Payment, PaymentMethod, PaymentState
from mizan.domain.suspense import SuspenseReason, SuspenseState
from mizan.domain.terms import EarlyDiscount, PartialRule, Terms
from tests.fakes.clock import NOON
from tests.fakes.samples import AGENCY, AMOUNT, an_invoice
from tests.fakes.transfers import (
    BANK,
    CLEARING,
    REMITTER,
    SUSPENSE,
    TransferPlatform,
    a_credit,
    to_virtual,
    with_creditor_reference,
    with_text,
)

PAYABLE = f"agency_payable:{AGENCY}"
OVERPAID = f"overpayment:{AGENCY}"


@pytest.fixture
def platform() -> TransferPlatform:
    return TransferPlatform()


def _only_payment(platform: TransferPlatform) -> Payment:
    (payment,) = platform.payments.rows.values()
    return payment


def test_a_transfer_to_the_virtual_iban_pays_the_invoice(platform: TransferPlatform) -> None:
    """One attempt, captured and final, with clearing → agency in the journal and nothing in suspense."""
    invoice = platform.with_invoice()

    outcome = platform.credit_desk().take(BANK, to_virtual(invoice.reference))

    payment = _only_payment(platform)
    assert outcome is CreditOutcome.BOOKED
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    assert (payment.state, payment.method, payment.is_final) == (
        PaymentState.SUCCEEDED,
        PaymentMethod.BANK_TRANSFER,
        True,
    )
    assert (payment.amount, payment.amount_of(Disposition.ALLOCATED)) == (AMOUNT, AMOUNT)
    assert payment.payer is not None
    assert payment.payer.name == "Maryam Ali"
    assert platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}
    assert platform.books.cases == {}


@pytest.mark.parametrize("how", ["creditor reference", "free text", "virtual iban in text", "arabic digits"])
def test_whatever_names_the_invoice_pays_it(platform: TransferPlatform, how: str) -> None:
    invoice = platform.with_invoice()
    virtual = to_virtual(invoice.reference).credited_iban
    arabic = "".join(chr(ord(digit) - ord("0") + 0x660) for digit in invoice.reference)
    credit = {
        "creditor reference": with_creditor_reference(invoice.reference),
        "free text": with_text(f"bill {invoice.reference[:6]}-{invoice.reference[6:12]} {invoice.reference[12:]}"),
        "virtual iban in text": with_text(f"to {virtual}"),
        "arabic digits": with_text(f"فاتورة {arabic}"),
    }[how]

    assert platform.credit_desk().take(BANK, credit) is CreditOutcome.BOOKED
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


def test_the_account_credited_counts_more_than_what_is_written(platform: TransferPlatform) -> None:
    """A payer may copy the last bill's number; the account is this bill's alone."""
    invoice, other = platform.with_invoice(), platform.with_invoice(an_invoice(2))

    platform.credit_desk().take(BANK, to_virtual(invoice.reference, remittance=other.reference))

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    assert platform.invoices.rows[other.reference].state is InvoiceState.ISSUED


def test_the_same_credit_told_again_by_the_statement_is_one_credit(platform: TransferPlatform) -> None:
    """The statement writes other words, days alone and no virtual account: the bank's reference is the same."""
    invoice = platform.with_invoice()
    desk = platform.credit_desk()
    first = to_virtual(invoice.reference)
    again = replace(a_credit(remittance="TRF MARYAM"), booked_at=None)

    outcomes = [desk.take(BANK, first), desk.take(BANK, again), desk.take(BANK, first)]

    assert outcomes == [CreditOutcome.BOOKED, CreditOutcome.KNOWN, CreditOutcome.KNOWN]
    assert len(platform.payments.rows) == 1
    assert platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}


def test_told_first_without_a_reference_and_then_with_one_it_stays_in_suspense(platform: TransferPlatform) -> None:
    """What is booked is booked; a person moves it."""
    invoice = platform.with_invoice()
    desk = platform.credit_desk()

    outcomes = [desk.take(BANK, a_credit()), desk.take(BANK, to_virtual(invoice.reference))]

    assert outcomes == [CreditOutcome.SUSPENDED, CreditOutcome.KNOWN]
    assert platform.balances() == {CLEARING: AMOUNT, SUSPENSE: -AMOUNT}


def test_a_bank_that_uses_a_reference_again_means_another_credit(platform: TransferPlatform) -> None:
    """Another amount, or the same amount a month later: money is never taken for what came before."""
    desk = platform.credit_desk()
    later = {"booked_on": date(2026, 4, 1), "value_date": date(2026, 4, 1), "booked_at": NOON + timedelta(days=31)}

    outcomes = [
        desk.take(BANK, a_credit()),
        desk.take(BANK, a_credit(amount=7_000)),
        desk.take(BANK, a_credit(**later)),
        desk.take(BANK, a_credit(**later)),
        desk.take(BANK, a_credit(amount=7_000)),
    ]

    assert outcomes == [CreditOutcome.SUSPENDED] * 3 + [CreditOutcome.KNOWN] * 2
    assert platform.balances() == {CLEARING: 32_000, SUSPENSE: -32_000}


def test_a_notification_without_a_banks_reference_waits_for_the_statement(platform: TransferPlatform) -> None:
    platform.with_invoice()

    assert platform.credit_desk().take(BANK, a_credit(bank_reference="")) is CreditOutcome.WAITING
    assert platform.payments.rows == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("for the family", SuspenseReason.NO_REFERENCE),
        ("482019374650192796", SuspenseReason.UNKNOWN_REFERENCE),
    ],
)
def test_money_that_names_no_invoice_is_a_case(platform: TransferPlatform, text: str, reason: SuspenseReason) -> None:
    """Suspended whole, under a reference of its own that no invoice can ever have."""
    outcome = platform.credit_desk().take(BANK, with_text(text))

    payment, case = _only_payment(platform), platform.only_case()
    assert outcome is CreditOutcome.SUSPENDED
    assert payment.amount_of(Disposition.SUSPENDED) == AMOUNT
    assert (case.payment_id, case.reason, case.state, case.amount) == (
        payment.payment_id,
        reason,
        SuspenseState.OPEN,
        AMOUNT,
    )
    assert (case.remitter, case.remittance, case.agency) == (REMITTER, text, "*")
    assert payment.reference in platform.invoices.reserved
    assert platform.balances() == {CLEARING: AMOUNT, SUSPENSE: -AMOUNT}


def test_a_text_that_names_two_invoices_pays_neither(platform: TransferPlatform) -> None:
    one, two = platform.with_invoice(), platform.with_invoice(an_invoice(2))

    platform.credit_desk().take(BANK, with_text(f"{one.reference} and {two.reference}"))

    assert platform.only_case().reason is SuspenseReason.AMBIGUOUS


def test_an_agencys_account_takes_no_other_agencys_money(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()

    platform.credit_desk().take(replace(BANK, agency="health"), to_virtual(invoice.reference))

    assert (platform.only_case().reason, platform.only_case().agency) == (SuspenseReason.ANOTHER_AGENCY, "health")
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.ISSUED


def test_too_little_lies_in_suspense_on_the_invoices_own_attempt(platform: TransferPlatform) -> None:
    """100 fils less than due where no parts are allowed: a case that names the invoice and tells who paid."""
    invoice = platform.with_invoice()

    outcome = platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=AMOUNT - 100))

    case = platform.only_case()
    assert outcome is CreditOutcome.SUSPENDED
    assert (case.reference, case.reason, case.amount) == (invoice.reference, SuspenseReason.WRONG_AMOUNT, 12_400)
    assert case.remitter == REMITTER
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.ISSUED
    assert platform.balances() == {CLEARING: 12_400, SUSPENSE: -12_400}


def test_a_part_that_the_terms_allow_is_allocated(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice(an_invoice(terms=Terms(partial=PartialRule(minimum=1_000))))

    platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=5_000))

    paid = platform.invoices.rows[invoice.reference]
    assert (paid.state, paid.outstanding) == (InvoiceState.PARTIALLY_PAID, 7_500)
    assert platform.balances() == {CLEARING: 5_000, PAYABLE: -5_000}


def test_more_than_was_due_is_a_visible_overpayment(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()

    outcome = platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=AMOUNT + 100))

    assert outcome is CreditOutcome.BOOKED
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    assert platform.balances() == {CLEARING: 12_600, PAYABLE: -AMOUNT, OVERPAID: -100}


def test_paying_twice_is_an_overpayment(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    desk = platform.credit_desk()

    desk.take(BANK, to_virtual(invoice.reference))
    desk.take(BANK, to_virtual(invoice.reference, bank_reference="BNK0002"))

    assert platform.balances() == {CLEARING: 2 * AMOUNT, PAYABLE: -AMOUNT, OVERPAID: -AMOUNT}


def test_a_transfer_is_judged_by_when_it_was_made(platform: TransferPlatform) -> None:
    """Ordered on the last day of a discount, told three days later: the discount counts."""
    terms = Terms(discount=EarlyDiscount(amount=500, until=date(2026, 3, 1)))
    invoice = platform.with_invoice(an_invoice(terms=terms))
    platform.clock.advance(timedelta(days=3))

    platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=12_000))

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


def test_a_transfer_made_after_the_discount_is_too_little(platform: TransferPlatform) -> None:
    terms = Terms(discount=EarlyDiscount(amount=500, until=date(2026, 2, 28)))
    invoice = platform.with_invoice(an_invoice(terms=terms))

    platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=12_000))

    assert platform.only_case().reason is SuspenseReason.WRONG_AMOUNT


def test_a_transfer_made_before_the_invoice_expired_still_pays_it(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice(an_invoice(terms=Terms(expires_on=date(2026, 3, 1))))
    platform.clock.advance(timedelta(days=2))

    platform.credit_desk().take(BANK, to_virtual(invoice.reference))

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


@pytest.mark.parametrize("state", [InvoiceState.CANCELLED, InvoiceState.HELD])
def test_money_for_an_invoice_that_takes_none_is_a_case(platform: TransferPlatform, state: InvoiceState) -> None:
    invoice = platform.with_invoice(an_invoice(state=state))

    assert platform.credit_desk().take(BANK, to_virtual(invoice.reference)) is CreditOutcome.SUSPENDED
    assert platform.only_case().reason is SuspenseReason.NOT_PAYABLE


def test_another_currency_is_kept_in_its_own_units(platform: TransferPlatform) -> None:
    """USD 33.15 is 3,315 cents in suspense: never added to fils, never an invoice paid."""
    invoice = platform.with_invoice()

    platform.credit_desk().take(BANK, to_virtual(invoice.reference, amount=3_315, currency="USD"))

    case = platform.only_case()
    (entry,) = platform.journal.rows.values()
    assert (case.reason, case.amount, case.currency) == (SuspenseReason.WRONG_CURRENCY, 3_315, "USD")
    assert (entry.currency, entry.amount) == ("USD", 3_315)
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.ISSUED


def test_a_batch_is_booked_payment_by_payment_and_told_again_whole_is_known(platform: TransferPlatform) -> None:
    """The notification has the payments, the MT940 one line: one money."""
    one, two = platform.with_invoice(), platform.with_invoice(an_invoice(2))
    desk = platform.credit_desk()
    parts = [
        to_virtual(invoice.reference, part=number, part_count=2, entry_amount=2 * AMOUNT)
        for number, invoice in enumerate((one, two), start=1)
    ]

    outcomes = [desk.take(BANK, part) for part in [*parts, *parts]]
    again = desk.take(BANK, a_credit(amount=2 * AMOUNT, entry_amount=2 * AMOUNT))

    assert outcomes == [CreditOutcome.BOOKED] * 2 + [CreditOutcome.KNOWN] * 2
    assert again is CreditOutcome.KNOWN
    assert platform.balances() == {CLEARING: 2 * AMOUNT, PAYABLE: -2 * AMOUNT}


def test_a_batch_booked_whole_is_not_booked_again_in_parts(platform: TransferPlatform) -> None:
    desk = platform.credit_desk()
    whole = a_credit(amount=2 * AMOUNT)
    part = a_credit(part=1, part_count=2, entry_amount=2 * AMOUNT)

    assert [desk.take(BANK, whole), desk.take(BANK, part)] == [CreditOutcome.SUSPENDED, CreditOutcome.KNOWN]
    assert platform.balances() == {CLEARING: 2 * AMOUNT, SUSPENSE: -2 * AMOUNT}


# -- what the bank takes back -----------------------------------------------------------------------------------------


def test_a_reversed_credit_is_owed_again(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    desk = platform.credit_desk()
    desk.take(BANK, to_virtual(invoice.reference))

    outcomes = [desk.take(BANK, a_credit(is_reversal=True)) for _ in range(2)]

    assert outcomes == [CreditOutcome.REVERSED] * 2
    assert _only_payment(platform).state is PaymentState.REVERSED
    assert platform.invoices.rows[invoice.reference].outstanding == AMOUNT
    assert platform.balances() == {}


def test_a_reversal_that_comes_first_takes_its_credit_back_when_it_comes(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    desk = platform.credit_desk()

    outcomes = [desk.take(BANK, a_credit(is_reversal=True)), desk.take(BANK, to_virtual(invoice.reference))]

    assert outcomes == [CreditOutcome.REVERSAL_KEPT, CreditOutcome.REVERSED]
    assert platform.invoices.rows[invoice.reference].outstanding == AMOUNT
    assert platform.balances() == {}


def test_a_reversal_may_name_its_credit_by_another_reference(platform: TransferPlatform) -> None:
    """Banks give the reversal an own reference and quote the credit's."""
    desk = platform.credit_desk()
    desk.take(BANK, a_credit())

    reversal = a_credit(is_reversal=True, bank_reference="BNK0099", other_references=("BNK0001",))

    assert desk.take(BANK, reversal) is CreditOutcome.REVERSED
    assert platform.only_case().state is SuspenseState.TAKEN_BACK
    assert platform.balances() == {}


def test_a_reversal_of_another_amount_takes_nothing_back(platform: TransferPlatform) -> None:
    """It concerns something else: it is kept, and counted."""
    desk = platform.credit_desk()
    desk.take(BANK, a_credit())

    assert desk.take(BANK, a_credit(is_reversal=True, amount=5_000)) is CreditOutcome.REVERSAL_KEPT
    assert platform.balances() == {CLEARING: AMOUNT, SUSPENSE: -AMOUNT}


def test_a_batch_is_taken_back_whole(platform: TransferPlatform) -> None:
    one, two = platform.with_invoice(), platform.with_invoice(an_invoice(2))
    desk = platform.credit_desk()
    for number, invoice in enumerate((one, two), start=1):
        desk.take(BANK, to_virtual(invoice.reference, part=number, part_count=2, entry_amount=2 * AMOUNT))

    outcome = desk.take(BANK, a_credit(is_reversal=True, amount=2 * AMOUNT, booked_at=NOON + timedelta(days=20)))

    assert outcome is CreditOutcome.REVERSED
    assert platform.balances() == {}


def test_who_paid_from_which_account_is_remembered(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()

    platform.credit_desk().take(BANK, to_virtual(invoice.reference))

    assert platform.remitters.rows == {REMITTER.iban: {f"{NOON.isoformat()}#{invoice.reference}"}}


def test_days_alone_are_not_read_as_an_instant_of_our_own(platform: TransferPlatform) -> None:
    """A statement that tells days alone is dated from the first minute of the day in Bahrain."""
    platform.credit_desk().take(BANK, a_credit(booked_at=None))

    capture = _only_payment(platform).capture
    assert capture is not None
    assert capture.captured_at == datetime(2026, 2, 28, 21, 0, tzinfo=UTC)
