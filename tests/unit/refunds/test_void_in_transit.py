"""The gateway takes a whole capture back while a refund of it is on its way: the books stay in balance, and say so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.application.ports_refunds import RefundOutcome, RefundResult
from mizan.domain.errors import OutcomeUnknownError
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.refunds import Refund, RefundDestination, RefundState
from tests.fakes.giving_back import CLEARING, PAYABLE, PAYEE, TRANSIT, a_paid_invoice, a_refund, balances, stored
from tests.fakes.platform import Platform
from tests.fakes.samples import captured


@pytest.fixture
def story() -> tuple[Platform, Payment, Refund]:
    """5.000 of 12.500 were sent, nobody knows whether they arrived, and the gateway voided the capture."""
    platform = Platform()
    _, payment = a_paid_invoice(platform)
    refund = a_refund(platform, payment)
    platform.gateway.refunding.script = OutcomeUnknownError("timed out")
    platform.refund_worker().work(refund.refund_id)
    result = replace(captured(payment), outcome=InquiryOutcome.VOIDED, capture=None)
    platform.gateway.inquiries[result.track_id] = result
    platform.resolver().resolve(platform.with_payment(replace(stored(platform, payment), is_rechecked=True)))
    return platform, payment, refund


def test_while_nobody_knows_the_agency_has_advanced_what_is_in_transit(
    story: tuple[Platform, Payment, Refund],
) -> None:
    """The whole capture is out of clearing; what was sent is owed back by whoever has it."""
    platform, payment, _ = story

    assert stored(platform, payment).state is PaymentState.VOIDED
    assert balances(platform) == {PAYABLE: 5_000, TRANSIT: -5_000}


def test_where_the_refund_never_arrived_all_is_even(story: tuple[Platform, Payment, Refund]) -> None:
    """The rail gave the money back once, by the void."""
    platform, _, refund = story
    platform.clock.advance(timedelta(hours=1))

    after = platform.refund_worker().work(refund.refund_id)

    assert after.state is RefundState.FAILED
    assert balances(platform) == {}


def test_where_it_did_arrive_the_payer_was_paid_twice_and_the_books_show_it(
    story: tuple[Platform, Payment, Refund],
) -> None:
    """5.000 too much left through the gateway: they are a receivable on the agency, never hidden."""
    platform, _, refund = story
    platform.gateway.refunding.truths[refund.track_id] = RefundResult(RefundOutcome.COMPLETED, refund.track_id, "r")
    platform.clock.advance(timedelta(hours=1))

    after = platform.refund_worker().work(refund.refund_id)

    assert after.state is RefundState.COMPLETED
    assert balances(platform) == {CLEARING: -5_000, PAYABLE: 5_000}


def test_what_was_paid_to_an_iban_before_the_gateway_took_the_capture_back_is_owed_by_the_agency() -> None:
    """The gateway keeps nothing of the 12.500; the bank paid 5.000 of them: no claim on the gateway is left behind."""
    platform = Platform()
    _, payment = a_paid_invoice(platform)
    refund = a_refund(platform, payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)
    platform.refund_worker().work(refund.refund_id)

    result = replace(captured(payment), outcome=InquiryOutcome.REVERSED, capture=None)
    platform.gateway.inquiries[result.track_id] = result
    platform.resolver().resolve(platform.with_payment(replace(stored(platform, payment), is_rechecked=True)))

    assert balances(platform) == {PAYABLE: 5_000, "payout_bank:payout_bank": -5_000}
