"""Asking for a refund: the caller's view is checked, the headroom reserved at once, the small approved by rule."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from mizan.application.ports_refunds import NameMatch
from mizan.application.read_refunds import list_refunds, show_refund
from mizan.application.refund_rules import HISTORY_COUNT_MAX
from mizan.application.request_refund import AUTOMATIC
from mizan.domain.errors import (
    ConflictError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MizanError,
    NotFoundError,
    StaleViewError,
)
from mizan.domain.history import Entry
from mizan.domain.payments import Disposition
from mizan.domain.refunds import RefundDestination, RefundState
from tests.fakes.giving_back import (
    CHECKER,
    FINANCE,
    MAKER,
    PAYEE,
    a_notice,
    a_paid_invoice,
    a_refund,
    a_request,
    stored,
)
from tests.fakes.platform import Platform
from tests.fakes.samples import AMOUNT, CALLER, STRANGER, a_capture, a_payment, a_reference, captured


def wrong_fields(platform: Platform, command: Any, caller: Any = MAKER) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as caught:
        platform.refund_requests().request(command, caller=caller)
    return [(error.field, error.code) for error in caught.value.fields]


def test_a_refund_reserves_its_headroom_when_it_is_asked_for(platform: Platform) -> None:
    """Of BHD 12.500, 5.000 are promised: 7.500 can still be asked for. Nothing has moved in the books."""
    _, payment = a_paid_invoice(platform)
    before = platform.total()

    refund, is_new = platform.refund_requests().request(a_request(payment), caller=MAKER)

    (share,) = stored(platform, payment).shares
    assert is_new
    assert (refund.amount, refund.agency, refund.maker) == (5_000, "moic", "amal")
    assert (share.amount, share.left, share.reserved) == (12_500, 7_500, 5_000)
    assert stored(platform, payment).refundable == 7_500
    assert platform.total() == before


def test_without_an_amount_all_that_is_left_goes_back(platform: Platform) -> None:
    """What the caller saw is what it gets."""
    _, payment = a_paid_invoice(platform)

    refund = a_refund(platform, payment, amount=None)

    assert (refund.amount, stored(platform, payment).refundable) == (12_500, 0)


def test_a_stale_view_is_refused_with_what_is_refundable_now(platform: Platform) -> None:
    """Somebody refunded meanwhile: the caller decides again, on the amount that is so."""
    _, payment = a_paid_invoice(platform)
    a_refund(platform, payment)

    with pytest.raises(StaleViewError) as caught:
        a_refund(platform, payment, idempotency_key="refund-2")

    assert caught.value.current == 7_500
    assert len(platform.books.refunds) == 1


def test_concurrent_requests_never_promise_the_same_fils(platform: Platform) -> None:
    """Eight callers each want all of it: one gets it, seven see that nothing is left."""
    _, payment = a_paid_invoice(platform)

    def ask(number: int) -> object:
        command = a_request(payment, amount=None, idempotency_key=f"refund-{number}")
        try:
            return platform.refund_requests().request(command, caller=MAKER)[0].amount
        except StaleViewError as error:
            return f"stale {error.current}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert sorted(answers, key=str) == [12_500, *["stale 0"] * 7]
    assert stored(platform, payment).refundable == 0


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"amount": 12_501}, [("amount", "above_refundable")]),
        ({"reference": a_reference(9)}, [("reference", "not_of_the_payment")]),
        ({"disposition": Disposition.OVERPAID, "seen_refundable": 0}, [("amount", "nothing_refundable")]),
        ({"disposition": Disposition.SUSPENDED, "seen_refundable": 0}, [("disposition", "finance_only")]),
        ({"beneficiary": PAYEE}, [("beneficiary", "not_with_instrument")]),
        ({"destination": RefundDestination.IBAN}, [("beneficiary", "missing")]),
        ({"destination": RefundDestination.CASH_CODE}, [("beneficiary", "missing")]),
        (
            {"destination": RefundDestination.IBAN, "beneficiary": replace(PAYEE, iban=None)},
            [("beneficiary.iban", "missing")],
        ),
        (
            {"destination": RefundDestination.IBAN, "beneficiary": replace(PAYEE, iban="BH68BMAG00001299123456")},
            [("beneficiary.iban", "bad_iban")],
        ),
        (
            {"destination": RefundDestination.CASH_CODE, "beneficiary": replace(PAYEE, identifier=None)},
            [("beneficiary.identifier", "missing")],
        ),
    ],
)
def test_what_does_not_fit_is_named(platform: Platform, changes: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    """Each wrong field by its code; nothing is promised."""
    _, payment = a_paid_invoice(platform)

    assert wrong_fields(platform, a_request(payment, **changes)) == wrong

    assert stored(platform, payment).refundable == 12_500


@pytest.mark.parametrize("caller", [STRANGER, replace(MAKER, agency="health")])
def test_another_agencys_payment_does_not_exist(platform: Platform, caller: Any) -> None:
    """404, as for one that does not exist."""
    _, payment = a_paid_invoice(platform)

    for payment_id in (payment.payment_id, "pay_000000000000000000000000", "no id"):
        with pytest.raises(NotFoundError, match="payment"):
            platform.refund_requests().request(a_request(payment, payment_id=payment_id), caller=caller)


def test_a_payment_without_money_gives_nothing_back(platform: Platform) -> None:
    """Not captured: 409 with its state, whatever the caller saw."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))

    with pytest.raises(IllegalTransitionError) as caught:
        a_refund(platform, payment, seen_refundable=0)

    assert caught.value.current == "pending"


def test_a_disputed_payment_promises_nothing_more(platform: Platform) -> None:
    """The bank may take it: what is left of it waits for the dispute's end."""
    _, payment = a_paid_invoice(platform)
    platform.dispute_notices().open(a_notice(payment, amount=2_500), caller=MAKER)

    with pytest.raises(IllegalTransitionError) as caught:
        a_refund(platform, payment, seen_refundable=10_000)

    assert caught.value.current == "disputed"


def test_a_repeat_is_the_same_refund_and_another_body_a_conflict(platform: Platform) -> None:
    """Also after its state and the payment's headroom have changed."""
    _, payment = a_paid_invoice(platform)
    first = a_refund(platform, payment)
    platform.refund_worker().work(first.refund_id)

    again, is_new = platform.refund_requests().request(a_request(payment), caller=MAKER)

    assert (again.refund_id, is_new, again.state) == (first.refund_id, False, RefundState.COMPLETED)
    with pytest.raises(IdempotencyConflictError):
        a_refund(platform, payment, fingerprint="body-2")
    assert stored(platform, payment).refundable == 7_500


def test_two_agencies_may_use_one_key_on_one_payment(platform: Platform) -> None:
    """A basket pays several agencies: a key is its agency's own, and no answer of one reaches the other."""
    _, payment = a_paid_invoice(platform)
    mine = a_refund(platform, payment, amount=1_000)

    theirs = a_refund(platform, payment, caller=FINANCE, amount=1_000, seen_refundable=11_500)

    assert mine.refund_id != theirs.refund_id
    assert stored(platform, payment).refundable == 10_500


def test_the_rule_approves_what_is_below_the_limit(platform: Platform) -> None:
    """BHD 49.999 under a limit of 50.000: nobody else is needed; the history says that the rule did it."""
    _, payment = a_paid_invoice(platform, amount=100_000)

    refund = a_refund(platform, payment, amount=49_999, seen_refundable=100_000)

    assert (refund.state, refund.checker) == (RefundState.APPROVED, AUTOMATIC)
    assert [(entry.event, entry.actor) for entry in refund.history] == [("request", "amal"), ("approve", AUTOMATIC)]


def test_from_the_limit_on_another_person_approves(platform: Platform) -> None:
    """BHD 50.000 waits; the platform has no step to take."""
    _, payment = a_paid_invoice(platform, amount=100_000)

    refund = a_refund(platform, payment, amount=50_000, seen_refundable=100_000)

    assert (refund.state, refund.checker, refund.next_step_at) == (RefundState.REQUESTED, None, None)
    assert platform.refund_worker().work(refund.refund_id) == refund


def test_a_large_refund_cut_into_small_ones_needs_a_person_all_the_same(platform: Platform) -> None:
    """30.000 by the rule, then 19.999 by the rule: 49.999 in all. Another fils is a person's."""
    _, payment = a_paid_invoice(platform, amount=100_000)
    parts = [(30_000, 100_000), (19_999, 70_000), (1, 50_001)]

    states = [
        a_refund(platform, payment, amount=amount, seen_refundable=seen, idempotency_key=f"part-{amount}").state
        for amount, seen in parts
    ]

    assert states == [RefundState.APPROVED, RefundState.APPROVED, RefundState.REQUESTED]


@pytest.mark.parametrize(
    ("match", "state"),
    [
        (NameMatch.MATCH, RefundState.APPROVED),
        (NameMatch.CLOSE, RefundState.REQUESTED),
        (NameMatch.UNAVAILABLE, RefundState.REQUESTED),
    ],
)
def test_an_iban_whose_holder_is_not_certain_is_looked_at_by_a_person(
    platform: Platform, match: NameMatch, state: RefundState
) -> None:
    """However small the amount is."""
    _, payment = a_paid_invoice(platform)
    platform.bank.match = match

    refund = a_refund(platform, payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)

    assert refund.state is state
    assert platform.bank.names_checked == [(PAYEE.iban, PAYEE.name)]


def test_an_iban_of_somebody_else_is_refused(platform: Platform) -> None:
    """The bank says that the account is another's: nothing is promised."""
    _, payment = a_paid_invoice(platform)
    platform.bank.match = NameMatch.NO_MATCH
    command = a_request(payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)

    assert wrong_fields(platform, command) == [("beneficiary.name", "name_mismatch")]

    assert stored(platform, payment).refundable == 12_500


def test_a_gateway_that_gives_nothing_back_is_said_at_once(platform: Platform) -> None:
    """And another destination is still open."""
    _, payment = a_paid_invoice(platform)
    platform.gateways.is_refunding = False

    assert wrong_fields(platform, a_request(payment)) == [("destination", "refund_not_supported")]

    refund = a_refund(platform, payment, destination=RefundDestination.CASH_CODE, beneficiary=PAYEE)
    assert refund.state is RefundState.APPROVED


def test_what_lies_in_suspense_goes_back_by_the_treasury(platform: Platform) -> None:
    """Another amount than asked for was captured: finance refunds it, out of the suspense account."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[payment.payment_id.removeprefix("pay_")] = captured(payment, a_capture(9_000))
    payment = platform.resolver().resolve(payment)

    refund = a_refund(
        platform, payment, caller=FINANCE, disposition=Disposition.SUSPENDED, amount=None, seen_refundable=9_000
    )

    assert (refund.amount, refund.portion.disposition) == (9_000, Disposition.SUSPENDED)


def test_money_in_another_currency_goes_back_over_its_own_rail_only(platform: Platform) -> None:
    """No bank and no operator here pays it out."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    dollars = a_capture(9_000, currency="USD")
    platform.gateway.inquiries[payment.payment_id.removeprefix("pay_")] = captured(payment, dollars)
    payment = platform.resolver().resolve(payment)
    command = a_request(
        payment,
        disposition=Disposition.SUSPENDED,
        seen_refundable=9_000,
        destination=RefundDestination.IBAN,
        beneficiary=PAYEE,
    )

    assert wrong_fields(platform, command, FINANCE) == [("destination", "instrument_only")]


def test_a_payment_to_which_too_much_happened_takes_no_more_requests(platform: Platform) -> None:
    """Its history lives in its item, which has a size."""
    _, payment = a_paid_invoice(platform)
    full = (*payment.history, *[Entry("reserve", payment.created_at)] * HISTORY_COUNT_MAX)
    payment = platform.with_payment(replace(payment, history=full))

    with pytest.raises(ConflictError):
        a_refund(platform, payment)


def test_refunds_are_read_by_their_agency_alone(platform: Platform) -> None:
    """One, and all of a payment, oldest first."""
    _, payment = a_paid_invoice(platform)
    first = a_refund(platform, payment)
    second = a_refund(platform, payment, seen_refundable=7_500, idempotency_key="refund-2")
    parts: dict[str, Any] = {"payments": platform.payments, "refunds": platform.refunds}

    assert show_refund(first.refund_id, caller=CHECKER, refunds=platform.refunds) == first
    assert {one.refund_id for one in list_refunds(payment.payment_id, caller=CALLER, **parts)} == {
        first.refund_id,
        second.refund_id,
    }
    for reading in (
        lambda: show_refund(first.refund_id, caller=STRANGER, refunds=platform.refunds),
        lambda: list_refunds(payment.payment_id, caller=STRANGER, **parts),
    ):
        with pytest.raises(NotFoundError):
            reading()


def test_a_lost_commit_is_decided_again(platform: Platform) -> None:
    """The payment moved between reading and writing: the second look sees less, and says so."""
    _, payment = a_paid_invoice(platform)
    read, requests = platform.payments.get, platform.refund_requests()
    reads: list[object] = []

    def meanwhile(payment_id: str) -> Any:
        found = read(payment_id)
        if not reads:
            reads.append(found)
            a_refund(platform, payment, amount=AMOUNT, idempotency_key="faster")
        return found

    platform.payments.get = meanwhile  # type: ignore[method-assign]  # the world moves once

    with pytest.raises(MizanError) as caught:
        requests.request(a_request(payment), caller=MAKER)

    assert isinstance(caught.value, StaleViewError)
    assert caught.value.current == 0
    assert len(platform.naps) == 1
