"""Notices from the wire to the books: kept before they are answered, booked once, in whatever order they come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports_billers import BillerOperation
from mizan.application.take_notice import TakenNotice
from mizan.domain.callbacks import BODY_BYTES_MAX
from mizan.domain.errors import NotFoundError
from mizan.domain.invoices import InvoiceState
from mizan.domain.ledger import trial_balance
from mizan.domain.payments import Disposition, PaymentMethod, PaymentState
from tests.fakes.samples import a_reference, an_invoice
from tests.unit.billers.switches import message, notification, transaction
from tests.unit.billers.world import REFERENCE, Billers

REVERSAL = "<Result><ErrorCode>701</ErrorCode></Result>"
OTHER = a_reference(77)


@pytest.fixture
def billers() -> Billers:
    return Billers()


def code_of(taken: TakenNotice) -> str:
    """The first error code of an MFEP answer that is not the header's 0."""
    codes = [part.partition("<")[0] for part in taken.answer.body.decode().split("<ErrorCode>")[1:]]
    return next((code for code in codes if code != "0"), "0")


def balances(billers: Billers) -> dict[str, int]:
    """What each account of the journal holds, in fils."""
    rows = trial_balance(billers.platform.journal.rows.values())
    return {row.account: row.balance for row in rows if row.balance}


def reasons(billers: Billers) -> list[str]:
    return [reason for _, reason in billers.platform.callbacks.quarantined.values()]


def test_a_payment_in_a_bank_app_pays_the_bill(billers: Billers) -> None:
    """PmtNew books: the bank debited the payer. It is not final before the bank says PmtComplt."""
    answer = billers.tell_mfep(PmtStatus="PmtNew")
    billers.work()

    payment = billers.payment()
    assert code_of(answer) == "0"
    assert (payment.state, payment.is_final, payment.method) == (PaymentState.SUCCEEDED, False, PaymentMethod.BANK_APP)
    assert (billers.invoice().state, billers.invoice().outstanding) == (InvoiceState.PAID, 0)
    assert balances(billers) == {"gateway_clearing:mfep:mfep-1": 12_500, "agency_payable:moic": -12_500}


@pytest.mark.parametrize(
    "order",
    [
        ("PmtNew", "PmtSent", "PmtComplt"),
        ("PmtComplt", "PmtSent", "PmtNew"),
        ("PmtNew", "PmtNew", "PmtComplt", "PmtComplt"),
        ("PmtComplt",),
    ],
)
def test_statuses_are_news_and_not_duplicates_in_any_order(billers: Billers, order: tuple[str, ...]) -> None:
    """Booked by whichever comes first, final by PmtComplt, and once."""
    answers = [code_of(billers.tell_mfep(PmtStatus=status)) for status in order]
    billers.work(again=True)
    billers.work()

    payment = billers.payment()
    assert set(answers) == {"0"}
    assert (payment.state, payment.is_final) == (PaymentState.SUCCEEDED, True)
    assert len(billers.platform.journal.rows) == 1
    assert billers.invoice().outstanding == 0


@pytest.mark.parametrize("reversed_first", [False, True])
def test_a_reversal_takes_the_payment_back_in_whatever_order_it_comes(billers: Billers, reversed_first: bool) -> None:
    """701: the bill is owed again, and nothing is left of it in the books."""
    told: list[Callable[[], TakenNotice]] = [
        lambda: billers.tell_mfep(PmtStatus="PmtNew"),
        lambda: billers.tell_mfep(PmtStatus="PmtNew", extra=REVERSAL),
    ]
    for tell in reversed(told) if reversed_first else told:
        assert code_of(tell()) == "0"
    billers.work()
    billers.tell_mfep(PmtStatus="PmtComplt")
    billers.work()

    assert billers.payment().state is PaymentState.REVERSED
    assert (billers.invoice().state, billers.invoice().outstanding) == (InvoiceState.ISSUED, 12_500)
    assert balances(billers) == {}


def test_the_same_message_again_is_the_same_answer_and_another_under_its_guid_is_refused(billers: Billers) -> None:
    """Our answer may be lost: the bank sends the very same again. Another body under that GUID is code 7, not
    booked.
    """
    first = billers.tell_mfep(guid="g-1")
    again = billers.tell_mfep(guid="g-1")
    other = billers.tell_mfep(guid="g-1", JOEBPPSTrx="9002", PaidAmt="1.000")
    billers.work()

    assert [code_of(answer) for answer in (first, again, other)] == ["0", "0", "7"]
    assert (billers.payment().amount, reasons(billers)) == (12_500, ["same_message_id"])


def test_a_message_that_is_sent_again_may_have_another_time_in_its_header(billers: Billers) -> None:
    """The header is not signed and decides nothing: it is the same message, and our answer is the same."""
    content = message(notification(transaction(reference=REFERENCE)), "BLRPMTNTFRQ")
    later = content.replace("2026-03-01T09:00:00", "2026-03-01T09:00:07")

    codes = [code_of(billers.take(billers.mfep, text.encode(), {"guid": "g-1"})) for text in (content, later)]
    billers.work()

    assert codes == ["0", "0"]
    assert (billers.payment().amount, reasons(billers)) == (12_500, [])


def test_a_transaction_number_is_one_payments(billers: Billers) -> None:
    """340: told again with other money, or for another bill, it is another payment under a used number."""
    billers.tell_mfep()
    other_amount = billers.tell_mfep(PaidAmt="1.000")
    other_bill = billers.tell_mfep(reference=OTHER)
    billers.work()

    assert [code_of(other_amount), code_of(other_bill)] == ["340", "340"]
    assert (billers.payment().amount, reasons(billers)) == (12_500, ["same_transaction", "same_transaction"])


def test_one_message_may_tell_of_several_bills(billers: Billers) -> None:
    """Each is booked on its own."""
    second = billers.store(an_invoice(2, amount=2_003, outstanding=2_003))
    one = transaction(reference=REFERENCE)
    two = transaction(JOEBPPSTrx="9002", reference=second, PaidAmt="2.003")
    billers.take(billers.mfep, message(notification(one, two), "BLRPMTNTFRQ").encode(), {"guid": "g-1"})

    billers.work()

    assert [billers.invoice(one).state for one in (REFERENCE, second)] == [InvoiceState.PAID, InvoiceState.PAID]
    assert balances(billers)["gateway_clearing:mfep:mfep-1"] == 14_503


@pytest.mark.parametrize(
    ("paid", "disposition", "owed"),
    [("10.500", Disposition.SUSPENDED, 12_500), ("12.500", Disposition.ALLOCATED, 0)],
)
def test_the_wrong_amount_is_kept_in_suspense(billers: Billers, paid: str, disposition: Disposition, owed: int) -> None:
    """10.500 for 12.500: real money, and not what was asked for."""
    billers.tell_mfep(PaidAmt=paid)
    billers.work()

    assert billers.payment().disposition is disposition
    assert billers.invoice().outstanding == owed


def test_a_second_payment_of_a_paid_bill_is_the_payers(billers: Billers) -> None:
    """Another transaction, whole: an overpayment that can be refunded or credited."""
    billers.tell_mfep()
    billers.tell_mfep(JOEBPPSTrx="9002")
    billers.work()

    assert balances(billers) == {
        "gateway_clearing:mfep:mfep-1": 25_000,
        "agency_payable:moic": -12_500,
        "overpayment:moic": -12_500,
    }


@pytest.mark.parametrize("reference", [OTHER, "123", "no number of ours"])
def test_money_under_an_unknown_number_is_in_suspense_once(billers: Billers, reference: str) -> None:
    """The bank has it: it is booked under a number of its own, final when the bank says so, and taken back likewise."""
    billers.tell_mfep(reference=reference, PmtStatus="PmtNew")
    billers.tell_mfep(reference=reference, PmtStatus="PmtComplt")
    billers.work(again=True)
    billers.work()
    held = dict(balances(billers))
    payment = billers.payment()
    billers.tell_mfep(reference=reference, PmtStatus="PmtComplt", extra=REVERSAL)
    billers.work()

    assert held == {"gateway_clearing:mfep:mfep-1": 12_500, "suspense:mfep": -12_500}
    assert (payment.is_final, payment.disposition) == (True, Disposition.SUSPENDED)
    assert (billers.payment().state, balances(billers)) == (PaymentState.REVERSED, {})


def test_a_reversal_that_comes_before_unknown_money_takes_it_back_too(billers: Billers) -> None:
    """In any order."""
    billers.tell_mfep(reference=OTHER, extra=REVERSAL)
    billers.tell_mfep(reference=OTHER)
    billers.work()

    assert (billers.payment().state, balances(billers)) == (PaymentState.REVERSED, {})


def test_a_notice_that_is_days_late_is_judged_by_when_the_payer_paid(billers: Billers) -> None:
    """Paid on 1 March, told on the 8th: it pays the bill, and its business date is the 1st."""
    billers.platform.clock.advance(timedelta(days=7))
    billers.tell_mfep(ProcessDate="2026-03-01T12:30:00")
    billers.work()

    (entry,) = billers.platform.journal.rows.values()
    assert billers.invoice().outstanding == 0
    assert (entry.business_date.isoformat(), entry.posting_day.isoformat()) == ("2026-03-01", "2026-03-08")


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (message(notification(), "BLRPMTNTFRQ", signer="somebody"), "2", "bad_signature"),
        (message(notification(), "BLRPMTNTFRQ", signed=notification(transaction(PaidAmt="1"))), "2", "bad_signature"),
        (message(notification(transaction(Currency="USD")), "BLRPMTNTFRQ"), "101", "unknown_currency"),
        (message(notification(), "BLRPMTNTFRQ")[:200], "101", "bad_schema"),
        ("<!DOCTYPE a>" + message(notification(), "BLRPMTNTFRQ"), "101", "bad_schema"),
        ("x" * (BODY_BYTES_MAX + 1), "303", "too_large"),
    ],
)
def test_what_is_answered_with_an_error_is_kept_and_not_booked(
    billers: Billers, body: str, code: str, reason: str
) -> None:
    """Forged, spliced, in another currency, truncated, with a DOCTYPE, huge: set aside with its reason."""
    taken = billers.take(billers.mfep, body.encode(), {"guid": "g-1"})
    billers.work()

    assert (code_of(taken), taken.reason) == (code, reason)
    assert reasons(billers) == [reason]
    assert billers.platform.journal.rows == {}


def test_another_accounts_token_and_another_protocols_are_nobodys(billers: Billers) -> None:
    """Kept all the same: what is forged is looked at later."""
    stranger = replace(billers.mfep, token="tok-health", gateway="other")
    billers.platform.accounts.rows[stranger.token] = stranger
    answers = [code_of(billers.take(billers.mfep, b"x", {}, token=token)) for token in ("nobody", stranger.token)]
    billers.work()

    assert answers == ["2", "2"]
    assert reasons(billers) == ["unknown_account", "unknown_account"]


def test_a_protocol_that_there_is_not_is_not_found(billers: Billers) -> None:
    """Nothing is kept."""
    with pytest.raises(NotFoundError):
        billers.take(replace(billers.mfep, gateway="soap"), b"x", {})

    assert billers.kept == []


# -- kiosks -----------------------------------------------------------------------------------------------------------


def test_cash_at_a_kiosk_is_a_receivable_on_its_operator(billers: Billers) -> None:
    """Final at once, and counted into the exposure as it is booked."""
    taken = billers.tell_kiosk()
    billers.work()

    payment = billers.payment()
    assert taken.answer.status == 200
    assert (payment.state, payment.is_final, payment.amount) == (PaymentState.SUCCEEDED, True, 12_500)
    assert balances(billers) == {"operator_receivable:kiosk-1": 12_500, "agency_payable:moic": -12_500}
    assert billers.platform.books.balance("operator_receivable:kiosk-1") == 12_500


def test_a_note_without_change_is_the_payers_credit(billers: Billers) -> None:
    """BHD 20 for BHD 12.500: the rest is an overpayment, refundable and creditable."""
    billers.tell_kiosk(change=0)
    billers.work()

    payment = billers.payment()
    assert payment.amount_of(Disposition.OVERPAID) == 7_500
    assert (billers.invoice().state, payment.refundable) == (InvoiceState.PAID, 20_000)
    assert balances(billers) == {
        "operator_receivable:kiosk-1": 20_000,
        "agency_payable:moic": -12_500,
        "overpayment:moic": -7_500,
    }


@pytest.mark.parametrize(("owed", "rounding"), [(12_502, -2), (12_498, 2)])
def test_what_coins_cannot_pay_goes_to_its_own_account(billers: Billers, owed: int, rounding: int) -> None:
    """The bill is paid whole either way."""
    billers.store(an_invoice(amount=owed, outstanding=owed))
    billers.tell_kiosk()
    billers.work()

    assert billers.invoice().outstanding == 0
    assert balances(billers) == {
        "operator_receivable:kiosk-1": 12_500,
        "agency_payable:moic": -owed,
        "cash_rounding": -rounding,
    }


def test_a_reversal_at_the_kiosk_lowers_the_exposure_again(billers: Billers) -> None:
    """The cash went back out of the machine."""
    billers.tell_kiosk()
    billers.tell_kiosk(BillerOperation.REVERSAL)
    billers.work()
    billers.tell_kiosk(BillerOperation.REVERSAL)
    billers.work()

    assert billers.payment().state is PaymentState.REVERSED
    assert billers.platform.books.balance("operator_receivable:kiosk-1") == 0
    assert balances(billers) == {}


def test_money_is_booked_whatever_the_operators_cap_says(billers: Billers) -> None:
    """The cap refuses bills, never money that was taken."""
    billers.platform.books.balances["operator_receivable:kiosk-1"] = 10**9
    billers.tell_kiosk()
    billers.work()

    assert billers.payment().state is PaymentState.SUCCEEDED
    assert billers.platform.books.balance("operator_receivable:kiosk-1") == 10**9 + 12_500


def test_a_kept_notice_is_booked_though_it_is_worked_on_days_later(billers: Billers) -> None:
    """Its signature is judged by when it came, not by when somebody had time."""
    billers.tell_kiosk()
    billers.platform.clock.advance(timedelta(days=3))
    billers.work()

    assert billers.payment().state is PaymentState.SUCCEEDED
