"""Money that moved before we heard of it: booked once, by what was owed when it was paid, in any order of words."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.book_notice import Notice
from mizan.application.ports_books import CommitOutcome
from mizan.domain.accounts import PLATFORM_AGENCY
from mizan.domain.errors import BusyError, InvalidCallbackError
from mizan.domain.fees import FeeBearer, FeeRule
from mizan.domain.invoices import Customer, InvoiceEvent, InvoiceState, changed
from mizan.domain.ledger import trial_balance
from mizan.domain.payments import Disposition, Payment, PaymentMethod, PaymentState
from mizan.domain.suspense import SuspenseState
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, an_invoice
from tests.fakes.terms_samples import a_basket, with_terms

BANK = replace(
    ACCOUNT, account_id="bank-1", gateway="mfep", agency=PLATFORM_AGENCY, method="bank_app", token="tok-bank"
)
KIOSK = replace(BANK, account_id="kiosks-1", gateway="kiosk", method="kiosk", token="tok-kiosk")
PAYER = Customer("Ahmed Ali", cpr="800101123")


@pytest.fixture
def platform() -> Platform:
    return Platform()


def a_notice(reference: str, amount: int = 12_500, **changes: Any) -> Notice:
    notice = Notice(
        account=BANK,
        reference=reference,
        amount=amount,
        currency="BHD",
        transaction="trx-1",
        paid_at=NOON - timedelta(minutes=1),
        correlation_id="corr-n",
    )
    return replace(notice, **changes)


def stored(platform: Platform, **changes: Any) -> str:
    invoice = an_invoice(**changes)
    platform.invoices.rows[invoice.reference] = invoice
    return invoice.reference


def booked(platform: Platform, notice: Notice) -> Payment:
    payment = platform.notice_book().book(notice)
    assert payment is not None
    return payment


def shares(payment: Payment) -> list[tuple[Disposition, int]]:
    return [(share.disposition, share.amount) for share in payment.shares]


def balances(platform: Platform) -> dict[str, int]:
    found = trial_balance(platform.journal.rows.values())
    assert sum(row.balance for row in found) == 0
    return {row.account: row.balance for row in found if row.balance}


def test_a_notice_of_what_is_owed_pays_the_invoice_at_once(platform: Platform) -> None:
    """Attempt, invoice and journal in one transaction; nobody has to ask anybody afterwards."""
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, rrn="000000000077", payer=PAYER))

    assert (payment.state, payment.is_final, payment.is_open) == (PaymentState.SUCCEEDED, True, False)
    assert (payment.amount, payment.method, payment.gateway) == (12_500, PaymentMethod.BANK_APP, "mfep")
    assert (payment.capture.rrn if payment.capture else "", payment.payer) == ("000000000077", PAYER)
    assert platform.invoices.rows[reference].state is InvoiceState.PAID
    assert balances(platform) == {"gateway_clearing:mfep:bank-1": 12_500, "agency_payable:moic": -12_500}
    assert platform.books.commit_count == 1


def test_the_same_notice_again_changes_nothing(platform: Platform) -> None:
    """A bank repeats itself until it hears an answer."""
    reference = stored(platform)
    first = booked(platform, a_notice(reference))

    again = booked(platform, a_notice(reference))

    assert again == first
    assert len(platform.journal.rows) == 1


def test_a_second_transaction_for_a_paid_invoice_is_a_visible_overpayment(platform: Platform) -> None:
    """The payer paid twice: money of the payer's, not the agency's."""
    reference = stored(platform)
    booked(platform, a_notice(reference))

    second = booked(platform, a_notice(reference, transaction="trx-2"))

    assert shares(second) == [(Disposition.OVERPAID, 12_500)]
    assert balances(platform)["overpayment:moic"] == -12_500


def test_one_transaction_cannot_pay_two_invoices(platform: Platform) -> None:
    """The rail's id belongs to what it paid first; the other is for people to look at."""
    first, second = stored(platform), stored(platform, number=2)
    booked(platform, a_notice(first))

    with pytest.raises(InvalidCallbackError, match="transaction_paid_something_else"):
        platform.notice_book().book(a_notice(second))

    assert platform.invoices.rows[second].state is InvoiceState.ISSUED
    assert len(platform.journal.rows) == 1


@pytest.mark.parametrize("amount", [10_000, 12_499, 1])
def test_less_than_what_is_owed_lies_in_suspense_where_no_parts_are_allowed(platform: Platform, amount: int) -> None:
    """10.000 for 12.500: the money is real, the invoice is not paid."""
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, amount))

    assert shares(payment) == [(Disposition.SUSPENDED, amount)]
    assert platform.invoices.rows[reference].state is InvoiceState.ISSUED
    assert balances(platform) == {"gateway_clearing:mfep:bank-1": amount, "suspense:mfep": -amount}


def test_a_part_is_taken_where_the_invoice_takes_parts(platform: Platform) -> None:
    """Within its bounds; below them it is suspended as any other amount that nobody asked for."""
    invoice = with_terms(partial=PartialRule(1_000, 6_000))
    platform.invoices.rows[invoice.reference] = invoice

    part = booked(platform, a_notice(invoice.reference, 5_000))
    crumb = booked(platform, a_notice(invoice.reference, 999, transaction="trx-2"))

    assert (shares(part), shares(crumb)) == ([(Disposition.ALLOCATED, 5_000)], [(Disposition.SUSPENDED, 999)])
    assert platform.invoices.rows[invoice.reference].outstanding == 7_500


def test_a_leg_of_a_plan_is_recognised_by_its_amount(platform: Platform) -> None:
    """Nobody can name a plan at a bank's counter."""
    plan = Plan("halves", (Leg(6_500, date(2026, 3, 15)), Leg(6_000, date(2026, 4, 15))))
    invoice = with_terms(plans=(plan,))
    platform.invoices.rows[invoice.reference] = invoice

    payment = booked(platform, a_notice(invoice.reference, 6_500))

    paid = platform.invoices.rows[invoice.reference]
    assert (payment.lines[0].plan, paid.plan, paid.legs_paid, paid.outstanding) == ("halves", "halves", (0,), 6_000)


def test_a_note_without_change_pays_what_is_owed_and_the_rest_is_the_payers(platform: Platform) -> None:
    """BHD 20 into a machine for BHD 12.500: 7.500 stay the payer's, to be credited or given back."""
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, 20_000, account=KIOSK))

    assert shares(payment) == [(Disposition.ALLOCATED, 12_500), (Disposition.OVERPAID, 7_500)]
    assert payment.refundable == 20_000
    assert platform.invoices.rows[reference].state is InvoiceState.PAID
    assert balances(platform) == {
        "operator_receivable:kiosks-1": 20_000,
        "agency_payable:moic": -12_500,
        "overpayment:moic": -7_500,
    }


@pytest.mark.parametrize(("owed", "paid", "rounding"), [(12_503, 12_505, 2), (12_502, 12_500, -2), (12_500, 12_500, 0)])
def test_cash_rounds_to_five_fils_and_the_agency_gets_what_it_is_owed(
    platform: Platform, owed: int, paid: int, rounding: int
) -> None:
    """The difference has an account of its own, either way."""
    reference = stored(platform, amount=owed)

    payment = booked(platform, a_notice(reference, paid, account=KIOSK))

    found = balances(platform)
    assert (payment.rounding, shares(payment)) == (rounding, [(Disposition.ALLOCATED, owed)])
    assert platform.invoices.rows[reference].state is InvoiceState.PAID
    assert found["agency_payable:moic"] == -owed
    assert found["operator_receivable:kiosks-1"] == paid
    assert found.get("cash_rounding", 0) == -rounding
    assert next(iter(platform.journal.rows.values())).clearing_movement == paid


def test_a_bank_does_not_round(platform: Platform) -> None:
    """12.505 for 12.503 by bank app is 2 fils too much, and they are the payer's."""
    reference = stored(platform, amount=12_503)

    payment = booked(platform, a_notice(reference, 12_505))

    assert shares(payment) == [(Disposition.ALLOCATED, 12_503), (Disposition.OVERPAID, 2)]


def test_money_for_a_cancelled_invoice_lies_in_suspense(platform: Platform) -> None:
    reference = stored(platform)
    platform.invoices.rows[reference] = changed(platform.invoices.rows[reference], InvoiceEvent.CANCEL, NOON)

    payment = booked(platform, a_notice(reference))

    assert shares(payment) == [(Disposition.SUSPENDED, 12_500)]


def test_another_currency_is_never_added_to_fils(platform: Platform) -> None:
    """The invoice stays owed; the foreign units lie in suspense under their own currency."""
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, currency="KWD"))

    (entry,) = platform.journal.rows.values()
    assert (shares(payment), entry.currency) == ([(Disposition.SUSPENDED, 12_500)], "KWD")
    assert platform.invoices.rows[reference].state is InvoiceState.ISSUED


def test_what_was_paid_in_time_counts_as_in_time_however_late_we_hear_of_it(platform: Platform) -> None:
    """Days after the discount ended, the late charge began and the invoice expired, by the rail's own time."""
    invoice = with_terms(
        discount=EarlyDiscount(1_000, date(2026, 3, 10)),
        late=LateCharge(500, date(2026, 3, 20)),
        expires_on=date(2026, 4, 30),
    )
    platform.invoices.rows[invoice.reference] = invoice
    platform.clock.advance(timedelta(days=90))

    payment = booked(platform, a_notice(invoice.reference, 11_500, paid_at=NOON))

    assert shares(payment) == [(Disposition.ALLOCATED, 11_500)]
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    (entry,) = platform.journal.rows.values()
    assert (entry.business_date, entry.posting_day) == (date(2026, 3, 1), date(2026, 5, 30))


def test_what_was_paid_after_the_invoice_expired_lies_in_suspense(platform: Platform) -> None:
    invoice = with_terms(expires_on=date(2026, 3, 20))
    platform.invoices.rows[invoice.reference] = invoice
    platform.clock.advance(timedelta(days=30))

    payment = booked(platform, a_notice(invoice.reference, paid_at=NOON + timedelta(days=25)))

    assert shares(payment) == [(Disposition.SUSPENDED, 12_500)]


@pytest.mark.parametrize("reference", ["253303587848868214", "253303587848868213", "12", ""])
def test_nothing_is_booked_under_a_reference_that_owes_nothing(platform: Platform, reference: str) -> None:
    """Unknown, wrong check digits, no reference at all: the caller keeps the money in suspense."""
    assert platform.notice_book().book(a_notice(reference)) is None
    assert platform.journal.rows == {}


def test_an_agencys_own_account_takes_nothing_for_another_agency(platform: Platform) -> None:
    reference = stored(platform)

    assert platform.notice_book().book(a_notice(reference, account=replace(BANK, agency="health"))) is None


def test_what_is_not_final_yet_becomes_so_by_a_later_word_of_the_same_transaction(platform: Platform) -> None:
    """New, then complete: news, not a duplicate; and no money moves twice."""
    reference = stored(platform)
    new = booked(platform, a_notice(reference, is_final=False))

    complete = booked(platform, a_notice(reference))

    assert (new.is_final, new.is_open, complete.is_final) == (False, False, True)
    assert [entry.event for entry in complete.history] == ["create", "capture", "confirm"]
    assert len(platform.journal.rows) == 1


def test_words_in_the_wrong_order_end_alike(platform: Platform) -> None:
    """Complete before new: it stays complete."""
    reference = stored(platform)
    booked(platform, a_notice(reference))

    late = booked(platform, a_notice(reference, is_final=False))

    assert late.is_final
    assert len(platform.journal.rows) == 1


def test_a_reversal_takes_the_payment_back_once(platform: Platform) -> None:
    reference = stored(platform)
    booked(platform, a_notice(reference))

    back = platform.notice_book().reverse(a_notice(reference))
    again = platform.notice_book().reverse(a_notice(reference))

    assert back is not None
    assert (back.state, again) == (PaymentState.REVERSED, back)
    assert platform.invoices.rows[reference].state is InvoiceState.ISSUED
    assert balances(platform) == {}


def test_a_reversal_that_comes_before_its_payment_is_remembered(platform: Platform) -> None:
    """The payment is booked and taken back: both are in the journal, and the invoice is owed."""
    reference = stored(platform)

    before = platform.notice_book().reverse(a_notice(reference))
    payment = booked(platform, a_notice(reference))

    assert (before, payment.state) == (None, PaymentState.REVERSED)
    assert platform.invoices.rows[reference].outstanding == 12_500
    assert (balances(platform), len(platform.journal.rows)) == ({}, 2)


def test_a_reversal_that_cannot_be_remembered_is_not_done_with(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the store up for that long is told again: a reversal without its note would be lost."""
    reference = stored(platform)
    monkeypatch.setattr(platform.books, "commit", lambda *arguments, **named: CommitOutcome.CONFLICT)

    with pytest.raises(BusyError):
        platform.notice_book().reverse(a_notice(reference))


@pytest.mark.parametrize(("owed", "paid"), [(12_503, 12_505), (12_502, 12_500)])
def test_rounding_goes_back_with_a_reversal(platform: Platform, owed: int, paid: int) -> None:
    reference = stored(platform, amount=owed)
    booked(platform, a_notice(reference, paid, account=KIOSK))

    back = platform.notice_book().reverse(a_notice(reference, paid, account=KIOSK))

    assert back is not None
    assert (back.state, back.history[-1].amount) == (PaymentState.REVERSED, paid)
    assert balances(platform) == {}


def test_a_basket_is_paid_whole_or_lies_in_suspense_whole(platform: Platform) -> None:
    """An employer pays for several invoices of two agencies in one transfer."""
    one, other = an_invoice(1), an_invoice(2, agency="health", service="clinic-fees")
    platform.invoices.rows |= {one.reference: one, other.reference: other}
    basket = a_basket(one, other)
    platform.baskets.add(basket)

    short = booked(platform, a_notice(basket.reference, 24_000))
    whole = booked(platform, a_notice(basket.reference, 25_000, transaction="trx-2"))

    assert shares(short) == [(Disposition.SUSPENDED, 24_000)]
    assert shares(whole) == [(Disposition.ALLOCATED, 12_500), (Disposition.ALLOCATED, 12_500)]
    assert {row.state for row in platform.invoices.rows.values()} == {InvoiceState.PAID}
    assert balances(platform) == {
        "gateway_clearing:mfep:bank-1": 49_000,
        "suspense:mfep": -24_000,
        "agency_payable:moic": -12_500,
        "agency_payable:health": -12_500,
    }


def test_a_fee_that_the_payer_bears_is_asked_for_and_posted_apart(platform: Platform) -> None:
    """BHD 0.200 and its VAT beside 12.500: the agency gets all of what it is owed."""
    platform.fees[PaymentMethod.BANK_APP] = FeeRule(FeeBearer.PAYER, flat=200)
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, 12_720))

    assert shares(payment) == [(Disposition.ALLOCATED, 12_500)]
    assert balances(platform) == {
        "gateway_clearing:mfep:bank-1": 12_720,
        "agency_payable:moic": -12_500,
        "fees_collected:mfep": -200,
        "fee_vat": -20,
    }


@pytest.mark.parametrize(
    ("bearer", "debited"), [(FeeBearer.AGENCY, "agency_payable:moic"), (FeeBearer.TREASURY, "treasury_fees")]
)
def test_a_fee_that_others_bear_is_not_asked_for_and_goes_back_with_a_reversal(
    platform: Platform, bearer: FeeBearer, debited: str
) -> None:
    platform.fees[PaymentMethod.BANK_APP] = FeeRule(bearer, basis_points=100)
    reference = stored(platform)

    booked(platform, a_notice(reference))
    found = balances(platform)
    platform.notice_book().reverse(a_notice(reference))

    assert (found["fees_collected:mfep"], found["fee_vat"]) == (-125, -13)
    assert found[debited] == (138 - 12_500 if bearer is FeeBearer.AGENCY else 138)
    assert balances(platform) == {}


def test_no_fee_is_taken_of_money_that_does_not_fit(platform: Platform) -> None:
    """It lies in suspense whole."""
    platform.fees[PaymentMethod.BANK_APP] = FeeRule(FeeBearer.PAYER, flat=200)
    reference = stored(platform)

    payment = booked(platform, a_notice(reference, 12_000))

    assert balances(platform) == {"gateway_clearing:mfep:bank-1": 12_000, "suspense:mfep": -12_000}
    assert not payment.fees_taken


def test_money_in_suspense_is_allocated_without_moving_at_the_rail_again(platform: Platform) -> None:
    """It was booked when it came; now it pays an invoice from where it lies."""
    reference = stored(platform)

    payment = platform.notice_book().book(a_notice(reference), pays_from="suspense:mfep", is_news=False)

    (entry,) = platform.journal.rows.values()
    assert payment is not None
    assert payment.state is PaymentState.SUCCEEDED
    assert (entry.clearing_movement, balances(platform)) == (
        0,
        {"suspense:mfep": 12_500, "agency_payable:moic": -12_500},
    )


def test_what_was_allocated_out_of_suspense_is_owed_again_where_its_rail_takes_it_back(platform: Platform) -> None:
    """Two people had placed it on a bill; the bank takes its payment back: that bill is unpaid, its case over."""
    first, second = stored(platform), stored(platform, number=2)
    booked(platform, a_notice(first, 12_499))
    (case,) = platform.books.cases.values()
    paid = platform.notice_book().book(
        a_notice(second, transaction="trx-1#placed"),
        pays_from="suspense:mfep",
        is_news=False,
    )
    assert paid is not None
    platform.books.cases[case.case_id] = replace(case, allocated_to=paid.payment_id, state=SuspenseState.ALLOCATED)

    back = platform.notice_book().reverse(a_notice(first, 12_499))

    assert back is not None
    assert (back.payment_id, back.state) == (paid.payment_id, PaymentState.REVERSED)
    assert platform.invoices.rows[second].state is InvoiceState.ISSUED
    assert platform.books.cases[case.case_id].state is SuspenseState.TAKEN_BACK
