"""Cash for payers without a card: a code, offered once, handed out once, to the one person it is bound to, in time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.application.redeem_code import RedeemCode
from mizan.application.refund_verdicts import EXPIRED
from mizan.domain.cash_codes import derive_cash_code, digest_of_code, is_code
from mizan.domain.errors import (
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    MizanError,
    NotFoundError,
)
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.refunds import CODE_LIFETIME, Refund, RefundState
from tests.fakes.giving_back import (
    CLEARING,
    KIOSK,
    PAYABLE,
    a_cash_code,
    a_paid_invoice,
    balances,
    stored,
)
from tests.fakes.platform import Platform
from tests.fakes.samples import captured

WHO = "cpr:900101123"
TRANSIT = "refunds_in_transit:cash_code"


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform)[1]


@pytest.fixture
def refund(platform: Platform, payment: Payment) -> Refund:
    return a_cash_code(platform, payment)


def redeem(
    platform: Platform, refund: Refund, identifier: str = WHO, key: str = "kiosk-1", operator: str = KIOSK.key_id
) -> tuple[Refund, bool]:
    command = RedeemCode(platform.derivation.cash_code(refund.refund_id), identifier, key)
    return platform.cash_outs().redeem(command, caller=replace(KIOSK, key_id=operator))


def test_a_code_is_offered_with_its_money_set_apart(platform: Platform, payment: Payment, refund: Refund) -> None:
    """5.000 wait for whoever shows the code within 30 days; only its digest is kept."""
    code = platform.derivation.cash_code(refund.refund_id)

    assert refund.state is RefundState.REDEEMABLE
    assert refund.expires_at == platform.clock.now() + CODE_LIFETIME
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -7_500, TRANSIT: -5_000}
    assert is_code(code)
    assert refund.code_digest == platform.derivation.cash_code_digest(code)
    assert code not in repr(platform.books.refunds) + repr(platform.books.claims)
    assert stored(platform, payment).refundable == 7_500


def test_a_code_is_the_same_whenever_it_is_shown(platform: Platform, refund: Refund) -> None:
    """It is derived from the refund; another refund or another key has another."""
    key, other = b"k" * 32, b"o" * 32

    codes = {derive_cash_code(key, refund.refund_id), derive_cash_code(key, refund.refund_id)}

    assert len(codes) == 1
    assert derive_cash_code(other, refund.refund_id) not in codes
    assert derive_cash_code(key, "rfd_another") not in codes
    assert digest_of_code(key, "1" * 16) != digest_of_code(other, "1" * 16)


def test_the_operator_hands_it_out_once(platform: Platform, payment: Payment, refund: Refund) -> None:
    """The money leaves transit for what is owed to the operator."""
    after, is_new = redeem(platform, refund)

    (share,) = stored(platform, payment).shares
    assert (after.state, is_new) == (RefundState.COMPLETED, True)
    assert (share.left, share.reserved) == (7_500, 0)
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -7_500, "operator_payable:key-kiosk": -5_000}
    with pytest.raises(IllegalTransitionError) as caught:
        redeem(platform, refund, key="kiosk-2")
    assert caught.value.current == "completed"


def test_a_repeat_of_the_same_call_is_answered_alike(platform: Platform, refund: Refund) -> None:
    """The kiosk lost the answer and asks again: cash goes out once."""
    first, _ = redeem(platform, refund)

    again, is_new = redeem(platform, refund)

    assert (again, is_new) == (first, False)
    assert balances(platform)["operator_payable:key-kiosk"] == -5_000


def test_a_key_is_bound_to_what_it_redeemed(platform: Platform, payment: Payment, refund: Refund) -> None:
    """The same key with another code is a conflict; another operator's same key is another call."""
    other = a_cash_code(platform, payment, idempotency_key="refund-2", amount=2_000, seen_refundable=7_500)
    redeem(platform, refund)

    with pytest.raises(IdempotencyConflictError):
        redeem(platform, other)
    with pytest.raises(IllegalTransitionError):
        redeem(platform, refund, operator="key-other")


@pytest.mark.parametrize("identifier", ["cpr:900101124", "passport:900101123", "", "cpr:٩٠٠١٠١١٢٣"])
def test_another_person_learns_nothing(platform: Platform, refund: Refund, identifier: str) -> None:
    """The answer is the one to a code that does not exist, and the code is still good."""
    with pytest.raises(NotFoundError, match="cash-out"):
        redeem(platform, refund, identifier)
    with pytest.raises(NotFoundError, match="cash-out"):
        platform.cash_outs().redeem(RedeemCode("0" * 16, WHO, "kiosk-9"), caller=KIOSK)

    assert redeem(platform, refund)[1]


@pytest.mark.parametrize("code", ["", "1" * 15, "1" * 17, "1" * 15 + "a", "١" * 16])
def test_what_is_no_code_is_refused_before_any_look_up(platform: Platform, code: str) -> None:
    """Sixteen ASCII digits."""
    with pytest.raises(InvalidInputError):
        platform.cash_outs().redeem(RedeemCode(code, WHO, "kiosk-1"), caller=KIOSK)


def test_two_kiosks_at_once_hand_out_once(platform: Platform, refund: Refund) -> None:
    """Eight try; one gives money."""

    def attempt(number: int) -> bool:
        try:
            return redeem(platform, refund, key=f"kiosk-{number}")[1]
        except MizanError:
            return False

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))

    assert outcomes.count(True) == 1


def test_an_expired_code_is_refused_even_before_the_platform_has_noticed(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """At its last instant it is over; the worker then frees the money, which may be refunded again."""
    platform.clock.advance(CODE_LIFETIME)

    with pytest.raises(IllegalTransitionError) as caught:
        redeem(platform, refund)
    after = platform.refund_worker().work(refund.refund_id)

    assert caught.value.current == "failed"
    assert (after.state, after.decline) == (RefundState.FAILED, EXPIRED)
    assert stored(platform, payment).refundable == 12_500
    assert balances(platform) == {CLEARING: 12_500, PAYABLE: -12_500}
    with pytest.raises(IllegalTransitionError):
        redeem(platform, refund)


def test_a_code_just_in_time_is_good(platform: Platform, refund: Refund) -> None:
    """A microsecond before."""
    platform.clock.advance(CODE_LIFETIME - timedelta(microseconds=1))

    assert redeem(platform, refund)[1]


def test_nothing_is_handed_out_of_a_capture_that_was_taken_back(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """The gateway voided the payment: cash on top would be paid twice. Its expiry evens the books."""
    result = replace(captured(payment), outcome=InquiryOutcome.VOIDED, capture=None)
    platform.gateway.inquiries[result.track_id] = result
    rechecked = platform.with_payment(replace(stored(platform, payment), is_rechecked=True))
    assert platform.resolver().resolve(rechecked).state is PaymentState.VOIDED

    with pytest.raises(IllegalTransitionError):
        redeem(platform, refund)
    platform.clock.advance(CODE_LIFETIME)
    platform.refund_worker().work(refund.refund_id)

    assert balances(platform) == {}
