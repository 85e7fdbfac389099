"""Vouchers: cash at a kiosk becomes a code, the code pays one bill, once, and what it leaves is a new code."""

from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.pay_by_voucher import PayByVoucher, VoucherPayment
from mizan.application.ports_books import CommitOutcome
from mizan.application.ports_vouchers import IssueVoucher
from mizan.domain.errors import (
    BusyError,
    FieldError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.invoices import InvoiceState
from mizan.domain.ledger import trial_balance
from mizan.domain.payments import PaymentMethod, PaymentState
from mizan.domain.terms import PartialRule
from mizan.domain.vouchers import LIFETIME, Voucher, VoucherState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import CALLER, an_invoice
from tests.fakes.terms_samples import with_terms
from tests.unit.application.test_book_notice import KIOSK, a_notice

CPR = "cpr:800101123"


@pytest.fixture
def platform() -> Platform:
    return Platform()


def issue(platform: Platform, amount: int = 20_000, **changes: Any) -> tuple[Voucher, str, bool]:
    values: dict[str, Any] = {
        "account": KIOSK,
        "transaction": "cash-1",
        "identifier": CPR,
        "amount": amount,
        "currency": "BHD",
        "paid_at": NOON,
        "correlation_id": "corr-v",
    }
    return platform.voucher_desk().issue(IssueVoucher(**(values | changes)))


def pay(platform: Platform, reference: str, code: str, key: str = "key-1", **changes: Any) -> VoucherPayment:
    return platform.voucher_payments().pay(PayByVoucher(reference, code, key, "corr-p", **changes), caller=CALLER)


def stored(platform: Platform, **changes: Any) -> str:
    invoice = an_invoice(**changes)
    platform.invoices.rows[invoice.reference] = invoice
    return invoice.reference


def balances(platform: Platform) -> dict[str, int]:
    found = trial_balance(platform.journal.rows.values())
    assert sum(row.balance for row in found) == 0
    return {row.account: row.balance for row in found if row.balance}


def held(platform: Platform) -> int:
    (holding,) = platform.books.holdings.values()
    return holding.amount


def test_cash_becomes_a_code_that_the_operator_owes_for(platform: Platform) -> None:
    """Who holds it is stored as a digest; the code not at all."""
    voucher, code, is_new = issue(platform)

    assert (voucher.state, voucher.amount, voucher.expires_at, is_new) == (
        VoucherState.ISSUED,
        20_000,
        NOON + LIFETIME,
        True,
    )
    assert (len(code), code.isdigit(), code in repr(platform.books.vouchers)) == (16, True, False)
    assert balances(platform) == {"operator_receivable:kiosks-1": 20_000, "vouchers_outstanding": -20_000}
    assert (held(platform), CPR in repr(list(platform.books.vouchers))) == (20_000, False)


def test_the_same_transaction_is_the_same_voucher_and_another_amount_is_a_conflict(platform: Platform) -> None:
    """A machine repeats itself until it hears the code."""
    first = issue(platform)

    again = issue(platform)
    with pytest.raises(IdempotencyConflictError):
        issue(platform, 10_000)

    assert (again[:2], again[2]) == (first[:2], False)
    assert (held(platform), len(platform.journal.rows)) == (20_000, 1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": 99}, FieldError("amount", "below_minimum")),
        ({"amount": 2_500_001}, FieldError("amount", "above_holding_cap")),
        ({"currency": "KWD"}, FieldError("currency", "unsupported_currency")),
        ({"identifier": "phone:33000000"}, FieldError("identifier", "bad_format")),
    ],
)
def test_what_may_not_be_issued_is_refused_by_name(
    platform: Platform, changes: dict[str, Any], error: FieldError
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        issue(platform, **changes)

    assert raised.value.fields == (error,)
    assert platform.journal.rows == {}


def test_one_holder_has_no_more_than_the_prepaid_rules_allow(platform: Platform) -> None:
    """BHD 2,500 for a person, in however many vouchers; BHD 10,000 for a company."""
    issue(platform, 2_400_000)

    with pytest.raises(InvalidInputError):
        issue(platform, 100_001, transaction="cash-2")
    issue(platform, 100_000, transaction="cash-3")
    company, _, _ = issue(platform, 10_000_000, transaction="cash-4", identifier="cr:12345-1")

    assert company.state is VoucherState.ISSUED


def test_a_code_pays_a_bill_at_once_and_what_it_leaves_is_a_new_code(platform: Platform) -> None:
    """20.000 for 12.500: paid, final, and 7.500 under a code of its own, as long as the first."""
    reference = stored(platform)
    voucher, code, _ = issue(platform)

    paid = pay(platform, reference, code)

    assert (paid.payment.state, paid.payment.is_final, paid.payment.method) == (
        PaymentState.SUCCEEDED,
        True,
        PaymentMethod.VOUCHER,
    )
    assert platform.invoices.rows[reference].state is InvoiceState.PAID
    assert paid.change is not None
    assert (paid.change.amount, paid.change.parent, paid.change.expires_at) == (
        7_500,
        voucher.voucher_id,
        voucher.expires_at,
    )
    assert balances(platform) == {
        "operator_receivable:kiosks-1": 20_000,
        "agency_payable:moic": -12_500,
        "vouchers_outstanding": -7_500,
    }
    assert (held(platform), platform.books.vouchers[voucher.voucher_id].state) == (7_500, VoucherState.SPENT)


def test_the_change_pays_the_next_bill_to_the_last_fils(platform: Platform) -> None:
    first, second = stored(platform), stored(platform, number=2, amount=7_500)
    change = pay(platform, first, issue(platform)[1]).change_code
    assert change is not None

    last = pay(platform, second, change, "key-2")

    assert (last.change, last.change_code) == (None, None)
    assert (held(platform), balances(platform)["agency_payable:moic"]) == (0, -20_000)


def test_the_same_request_again_is_the_same_payment_and_the_same_change(platform: Platform) -> None:
    reference = stored(platform)
    _, code, _ = issue(platform)
    first = pay(platform, reference, code)

    again = pay(platform, reference, code)

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.payment, again.change, again.change_code) == (first.payment, first.change, first.change_code)
    assert len(platform.journal.rows) == 2


def test_a_used_code_pays_nothing_else(platform: Platform) -> None:
    first, second = stored(platform), stored(platform, number=2)
    _, code, _ = issue(platform)
    pay(platform, first, code)

    with pytest.raises(IllegalTransitionError, match="voucher is spent"):
        pay(platform, second, code, "key-2")

    assert platform.invoices.rows[second].state is InvoiceState.ISSUED


def test_of_two_bills_paid_with_one_code_at_once_one_wins(platform: Platform) -> None:
    """Both saw it unspent: the second finds it gone when it writes, and nothing of it is done."""
    first, second = stored(platform), stored(platform, number=2)
    _, code, _ = issue(platform)
    original = platform.books.commit
    is_raced: list[bool] = []

    def commit(*args: Any, **values: Any) -> CommitOutcome:
        if not is_raced:
            is_raced.append(True)
            pay(platform, first, code, "key-first")
        return original(*args, **values)

    platform.books.commit = commit  # type: ignore[method-assign]  # the other one comes just before the write
    with pytest.raises(IllegalTransitionError):
        pay(platform, second, code, "key-second")

    assert platform.invoices.rows[first].state is InvoiceState.PAID
    assert platform.invoices.rows[second].state is InvoiceState.ISSUED
    assert held(platform) == 7_500


def test_a_voucher_that_is_too_small_pays_a_part_only_where_parts_are_taken(platform: Platform) -> None:
    whole = stored(platform)
    parts = with_terms(2, partial=PartialRule(1_000, 6_000))
    platform.invoices.rows[parts.reference] = parts
    _, code, _ = issue(platform, 5_000)

    with pytest.raises(InvalidInputError) as raised:
        pay(platform, whole, code)
    part = pay(platform, parts.reference, code, "key-2", amount=5_000)

    assert raised.value.fields == (FieldError("voucher_code", "voucher_too_small"),)
    assert (part.change, platform.invoices.rows[parts.reference].outstanding) == (None, 7_500)


@pytest.mark.parametrize("code", ["0" * 16, "12", "", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦"])
def test_no_such_code_and_no_code_at_all_have_one_answer(platform: Platform, code: str) -> None:
    with pytest.raises(NotFoundError, match="no such voucher"):
        pay(platform, stored(platform), code)


def test_a_code_that_ran_out_pays_nothing_even_before_it_is_written_down(platform: Platform) -> None:
    reference = stored(platform)
    _, code, _ = issue(platform)
    platform.clock.advance(LIFETIME)

    with pytest.raises(IllegalTransitionError, match="voucher is expired"):
        pay(platform, reference, code)


def test_what_nobody_used_is_set_aside_in_time_and_not_before(platform: Platform) -> None:
    """Still the holder's: out of what can be spent, into what nobody asked for."""
    voucher, _, _ = issue(platform)
    early = platform.voucher_desk().expire(voucher.voucher_id)
    platform.clock.advance(LIFETIME)

    expired = platform.voucher_desk().expire(voucher.voucher_id)
    again = platform.voucher_desk().expire(voucher.voucher_id)

    assert (early.state, expired.state, again) == (VoucherState.ISSUED, VoucherState.EXPIRED, expired)
    assert (balances(platform), held(platform)) == ({"operator_receivable:kiosks-1": 20_000, "dormant:*": -20_000}, 0)


def test_cash_that_the_machine_gave_back_takes_the_voucher_back_once(platform: Platform) -> None:
    issue(platform)

    cancelled = platform.voucher_desk().cancel(KIOSK, "cash-1")
    again = platform.voucher_desk().cancel(KIOSK, "cash-1")

    assert (cancelled.state, again) == (VoucherState.CANCELLED, cancelled)
    assert (balances(platform), held(platform)) == ({}, 0)


def test_a_used_voucher_cannot_be_turned_into_cash(platform: Platform) -> None:
    _, code, _ = issue(platform)
    pay(platform, stored(platform), code)

    with pytest.raises(IllegalTransitionError, match="voucher is spent"):
        platform.voucher_desk().cancel(KIOSK, "cash-1")
    with pytest.raises(NotFoundError):
        platform.voucher_desk().cancel(KIOSK, "cash-2")


def test_nobody_waits_for_ever_for_a_holder_whose_vouchers_keep_changing(platform: Platform) -> None:
    platform.books.commit = lambda *_, **__: CommitOutcome.CHANGED  # type: ignore[method-assign]  # always somebody else

    with pytest.raises(BusyError):
        issue(platform)


def test_the_day_of_a_voucher_is_the_operators(platform: Platform) -> None:
    """Reconciled by when the machine took the cash, posted when we heard of it."""
    issue(platform, paid_at=NOON - timedelta(days=2))

    (entry,) = platform.journal.rows.values()
    assert (entry.business_date, entry.posting_day, entry.clearing_movement) == (
        date(2026, 2, 27),
        date(2026, 3, 1),
        20_000,
    )


def test_a_sale_that_comes_after_its_cancellation_is_refused(platform: Platform) -> None:
    """The machine gave up waiting and gave the cash back; its sale was still on the way."""
    with pytest.raises(NotFoundError):
        platform.voucher_desk().cancel(KIOSK, "cash-1")

    with pytest.raises(IllegalTransitionError, match="voucher is cancelled"):
        issue(platform)

    assert platform.journal.rows == {}


def test_a_cancelled_sale_told_again_is_no_voucher(platform: Platform) -> None:
    issue(platform)
    platform.voucher_desk().cancel(KIOSK, "cash-1")

    with pytest.raises(IllegalTransitionError, match="voucher is cancelled"):
        issue(platform)


def test_an_operator_cannot_take_back_a_code_that_its_payer_holds_for_long(platform: Platform) -> None:
    """Half an hour for a machine that gave the cash back; then the payer has the code, and the operator the cash."""
    issue(platform)
    platform.clock.advance(timedelta(minutes=31))

    with pytest.raises(InvalidInputError) as raised:
        platform.voucher_desk().cancel(KIOSK, "cash-1")

    assert raised.value.fields == (FieldError("transaction", "too_late_to_cancel"),)
    assert held(platform) == 20_000


def test_whoever_finds_a_used_slip_is_not_told_of_its_change(platform: Platform) -> None:
    """The change's code is money: only the request that spent the old one hears it again."""
    reference = stored(platform)
    _, code, _ = issue(platform)
    pay(platform, reference, code)

    with pytest.raises(IllegalTransitionError, match="voucher is spent"):
        pay(platform, reference, code, "another key")


def test_a_code_is_not_spent_on_a_bill_that_somebody_paid_a_moment_ago(platform: Platform) -> None:
    """No money had to move: the voucher stays as it was."""
    reference = stored(platform)
    voucher, code, _ = issue(platform)
    payables = platform.payables()
    quotes = payables.quotes
    desk = platform.voucher_payments()

    def paid_meanwhile(*args: Any, **values: Any) -> Any:
        found = quotes(*args, **values)
        platform.notice_book().book(a_notice(reference))
        return found

    payables.quotes = paid_meanwhile  # type: ignore[method-assign]  # the bank's notice comes just after the quote
    desk._payables = payables
    with pytest.raises(IllegalTransitionError):
        desk.pay(PayByVoucher(reference, code, "key-1", "corr-p"), caller=CALLER)

    assert platform.books.vouchers[voucher.voucher_id].state is VoucherState.ISSUED
    assert "overpayment:moic" not in balances(platform)
