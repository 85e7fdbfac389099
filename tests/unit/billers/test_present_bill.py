"""What a bank or a machine is shown: an amount that it may take, or one word why not, and nothing that anybody
could use.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.ports_billers import BillRefusal, BillStatus, BillView
from mizan.application.present_bill import MISSES_PER_MINUTE_MAX
from mizan.domain.fees import FeeBearer, FeeRule
from mizan.domain.invoices import InvoiceState
from mizan.domain.operators import OperatorEvent, changed
from mizan.domain.payments import PaymentMethod, PaymentState
from mizan.domain.services import Phase, PhaseDates
from mizan.domain.terms import PartialRule, Terms
from tests.fakes.clock import NOON
from tests.fakes.samples import FakeServiceCatalogue, a_payment, a_reference, an_invoice
from tests.fakes.terms_samples import a_basket
from tests.unit.billers.switches import bill_pull, kiosk_account, message, mfep_account, mfep_request
from tests.unit.billers.world import CAP, REFERENCE, Billers, a_service_everywhere


@pytest.fixture
def billers() -> Billers:
    return Billers()


def shown(found: BillView | BillRefusal) -> BillView:
    assert isinstance(found, BillView)
    return found


def test_a_bill_shows_amount_dates_biller_and_a_masked_name(billers: Billers) -> None:
    """And no more than that: no name, no number, no line of what it is for."""
    view = shown(billers.present(billers.mfep))

    assert (view.reference, view.amount, view.minimum, view.maximum) == (REFERENCE, 12_500, 12_500, 12_500)
    assert (view.status, view.currency, view.due_on) == (BillStatus.DUE, "BHD", date(2026, 3, 15))
    assert (view.payer.en, view.agency.en) == ("M••• A•••", "Commerce")
    assert "Maryam" not in repr(view)
    assert "900101123" not in repr(view)


def test_what_may_be_paid_in_parts_is_shown_with_its_bounds(billers: Billers) -> None:
    """At least BHD 2.000 at a time, at most BHD 5.000."""
    billers.store(an_invoice(terms=Terms(partial=PartialRule(2_000, 5_000))))

    view = shown(billers.present(billers.mfep))

    assert (view.allows_part, view.minimum, view.maximum, view.amount) == (True, 2_000, 5_000, 12_500)
    assert shown(billers.present(billers.mfep, amount=5_000)).reference == REFERENCE
    assert shown(billers.present(billers.mfep, amount=12_500)).reference == REFERENCE
    assert billers.present(billers.mfep, amount=1_999) is BillRefusal.BAD_AMOUNT
    assert billers.present(billers.mfep, amount=5_001) is BillRefusal.BAD_AMOUNT


@pytest.mark.parametrize(("owed", "asked"), [(12_502, 12_500), (12_503, 12_505), (12_505, 12_505)])
def test_cash_is_asked_for_in_coins(billers: Billers, owed: int, asked: int) -> None:
    """The nearest 5 fils; a bank app takes the fils as they are."""
    billers.store(an_invoice(amount=owed, outstanding=owed))

    assert shown(billers.present(billers.kiosk)).amount == asked
    assert shown(billers.present(billers.mfep)).amount == owed


def test_a_fee_that_the_payer_bears_is_in_the_amount(billers: Billers) -> None:
    """BHD 0.100 and VAT of 10 % on it."""
    billers.platform.fees[PaymentMethod.BANK_APP] = FeeRule(FeeBearer.PAYER, flat=100)

    assert shown(billers.present(billers.mfep)).amount == 12_610


@pytest.mark.parametrize(
    "reference",
    ["", "123", REFERENCE[:-1] + str((int(REFERENCE[-1]) + 1) % 10), a_reference(99), "x" * 18, "٠" * 18],
)
def test_mistyped_and_unknown_numbers_are_one_answer(billers: Billers, reference: str) -> None:
    """Who tries numbers learns nothing of which could exist."""
    assert billers.present(billers.mfep, reference) is BillRefusal.UNKNOWN


def test_drafts_and_other_agencies_bills_do_not_exist_either(billers: Billers) -> None:
    """An agency's own account shows that agency's bills alone."""
    draft = billers.store(an_invoice(2, state=InvoiceState.DRAFT))
    other = replace(billers.mfep, agency="health")

    assert billers.present(billers.mfep, draft) is BillRefusal.UNKNOWN
    assert billers.present(other) is BillRefusal.UNKNOWN
    assert billers.present(replace(billers.mfep, is_active=False)) is BillRefusal.UNKNOWN


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (InvoiceState.PAID, BillRefusal.PAID),
        (InvoiceState.EXPIRED, BillRefusal.EXPIRED),
        (InvoiceState.CANCELLED, BillRefusal.NOT_PAYABLE),
        (InvoiceState.SUPERSEDED, BillRefusal.NOT_PAYABLE),
        (InvoiceState.HELD, BillRefusal.NOT_PAYABLE),
        (InvoiceState.WRITTEN_OFF, BillRefusal.NOT_PAYABLE),
    ],
)
def test_what_takes_no_money_is_refused_before_it_is_paid(
    billers: Billers, state: InvoiceState, refusal: BillRefusal
) -> None:
    """Each with its own word."""
    billers.store(an_invoice(state=state))

    assert billers.present(billers.mfep) is refusal


def test_a_bill_that_has_expired_by_now_is_refused(billers: Billers) -> None:
    """Nobody has written so yet; time has."""
    billers.store(an_invoice(terms=Terms(expires_on=date(2026, 2, 28))))

    assert billers.present(billers.mfep) is BillRefusal.EXPIRED


def test_a_channel_that_the_service_does_not_offer_or_its_phase_closes_is_refused(billers: Billers) -> None:
    """From phase 1 on this service takes no cash at kiosks."""
    service = a_service_everywhere()
    kiosk, bank = service.channels
    closing = replace(kiosk, closes_in_phase=Phase.CASH_STOPPED)
    phases = PhaseDates(cash_stopped_on=date(2026, 3, 1))
    billers.platform.services = FakeServiceCatalogue(replace(service, channels=(closing, bank), phases=phases))

    assert billers.present(billers.kiosk) is BillRefusal.NOT_OFFERED
    assert billers.present(replace(billers.kiosk, method="cash_agent")) is BillRefusal.NOT_OFFERED
    assert shown(billers.present(billers.mfep)).amount == 12_500


def test_while_a_payment_may_have_moved_money_nobody_is_let_pay_twice(billers: Billers) -> None:
    """Unknown: being found out. A page that was left open stops nobody."""
    invoice = billers.invoice()
    open_page = a_payment(invoice)
    billers.platform.payments.rows[open_page.payment_id] = open_page
    before = billers.present(billers.mfep)
    billers.platform.payments.rows[open_page.payment_id] = replace(open_page, state=PaymentState.UNKNOWN)

    assert shown(before).amount == 12_500
    assert billers.present(billers.mfep) is BillRefusal.IN_PROGRESS


def test_a_basket_is_shown_as_one_bill(billers: Billers) -> None:
    """Its whole amount and nothing else."""
    first, second = billers.invoice(), an_invoice(2, amount=2_003, outstanding=2_003)
    billers.store(second)
    basket = a_basket(first, second)
    billers.platform.invoices.baskets[basket.reference] = basket

    view = shown(billers.present(billers.mfep, basket.reference))

    assert (view.amount, view.allows_part) == (14_503, False)


def test_an_operator_is_shown_bills_up_to_its_cap(billers: Billers) -> None:
    """Exactly to the fils: BHD 87.500 of BHD 100.000 leave room for BHD 12.500."""
    billers.platform.books.balances["operator_receivable:kiosk-1"] = CAP - 12_500
    last = billers.present(billers.kiosk)
    billers.platform.books.balances["operator_receivable:kiosk-1"] += 1

    assert shown(last).amount == 12_500
    assert billers.present(billers.kiosk) is BillRefusal.OPERATOR_CAP


def test_a_suspended_operator_is_shown_nothing(billers: Billers) -> None:
    """From its next question on; one that nobody licensed neither."""
    operator = billers.operators.rows["sample-kiosks"]
    billers.operators.rows["sample-kiosks"] = changed(operator, OperatorEvent.SUSPEND, NOON, actor="p", reason="late")

    assert billers.present(billers.kiosk) is BillRefusal.OPERATOR_SUSPENDED
    assert billers.present(kiosk_account(operator="nobody")) is BillRefusal.OPERATOR_SUSPENDED


def test_who_asks_for_too_many_unknown_numbers_is_shown_nothing_for_a_minute(billers: Billers) -> None:
    """The account, not the bill: in the next minute it goes on."""
    for number in range(MISSES_PER_MINUTE_MAX):
        billers.present(billers.mfep, a_reference(1_000 + number))

    stopped = billers.present(billers.mfep)
    other = billers.present(billers.kiosk)
    billers.platform.clock.advance(timedelta(minutes=1))

    assert stopped is BillRefusal.TOO_MANY_MISSES
    assert shown(other).amount == 12_500
    assert shown(billers.present(billers.mfep)).amount == 12_500


@pytest.mark.parametrize(
    ("account", "outcome"),
    [
        (mfep_account(), "shown"),
        (mfep_account(token="nobody"), "unknown_account"),
        (kiosk_account(gateway="mfep"), "unknown_account"),
    ],
)
def test_an_inquiry_is_answered_in_its_protocol(billers: Billers, account: Any, outcome: str) -> None:
    """Whose token is not that protocol's is nobody's."""
    answered = billers.ask(account, mfep_request(message(bill_pull(REFERENCE), "BILPULRQ")))

    assert answered.outcome == outcome
    assert answered.answer.body.startswith(b"<MFEP>")


def test_an_unreadable_inquiry_is_refused_in_its_protocol(billers: Billers) -> None:
    """With the word of the protocol's table."""
    assert billers.ask(billers.mfep, mfep_request("<MFEP/>")).outcome == "bad_schema"
