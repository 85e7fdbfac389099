"""Deciding about a refund: another person, up to the person's limit; what is not approved gives its headroom back."""

from dataclasses import replace

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    AboveLimitError,
    IllegalTransitionError,
    NotFoundError,
    NotTheMakerError,
    PersonRequiredError,
    SamePersonError,
)
from mizan.domain.payments import Payment
from mizan.domain.refunds import Refund, RefundEvent, RefundState
from tests.fakes.giving_back import CHECKER, FINANCE, MAKER, a_paid_invoice, a_refund, stored
from tests.fakes.platform import Platform
from tests.fakes.samples import CALLER, STRANGER, captured

LARGE = 60_000


@pytest.fixture
def payment(platform: Platform) -> Payment:
    return a_paid_invoice(platform, amount=100_000)[1]


@pytest.fixture
def refund(platform: Platform, payment: Payment) -> Refund:
    """BHD 60.000, asked for by amal: above the limit."""
    return a_refund(platform, payment, amount=LARGE, seen_refundable=100_000)


def test_another_person_approves_and_the_platform_takes_the_next_step(platform: Platform, refund: Refund) -> None:
    """The refund is due at once."""
    after = platform.refund_decisions().decide(refund.refund_id, RefundEvent.APPROVE, caller=CHECKER)

    assert (after.state, after.maker, after.checker) == (RefundState.APPROVED, "amal", "badr")
    assert after.next_step_at == platform.clock.now()


@pytest.mark.parametrize("event", [RefundEvent.APPROVE, RefundEvent.REJECT])
def test_whoever_asked_may_not_decide_whatever_key_they_use(
    platform: Platform, refund: Refund, event: RefundEvent
) -> None:
    """The person is compared, not the credential."""
    other_credential = replace(MAKER, key_id="sub:another-session", agency="*")

    with pytest.raises(SamePersonError):
        platform.refund_decisions().decide(refund.refund_id, event, caller=other_credential)


@pytest.mark.parametrize("event", [RefundEvent.APPROVE, RefundEvent.REJECT])
def test_a_key_decides_nothing(platform: Platform, refund: Refund, event: RefundEvent) -> None:
    """Nobody knows who holds it."""
    with pytest.raises(PersonRequiredError):
        platform.refund_decisions().decide(refund.refund_id, event, caller=CALLER)


@pytest.mark.parametrize(("limit", "is_allowed"), [(LARGE - 1, False), (LARGE, True), (None, True)])
def test_a_person_approves_up_to_their_limit(
    platform: Platform, refund: Refund, limit: int | None, is_allowed: bool
) -> None:
    """The limit itself is still theirs. Rejecting needs none."""
    checker = replace(CHECKER, approval_limit=limit)

    if is_allowed:
        platform.refund_decisions().decide(refund.refund_id, RefundEvent.APPROVE, caller=checker)
    else:
        with pytest.raises(AboveLimitError) as caught:
            platform.refund_decisions().decide(refund.refund_id, RefundEvent.APPROVE, caller=checker)
        assert caught.value.limit == LARGE - 1
        platform.refund_decisions().decide(refund.refund_id, RefundEvent.REJECT, caller=checker)


@pytest.mark.parametrize(
    ("event", "caller"),
    [(RefundEvent.REJECT, CHECKER), (RefundEvent.REJECT, FINANCE), (RefundEvent.WITHDRAW, MAKER)],
)
def test_what_will_not_go_on_gives_its_headroom_back(
    platform: Platform, payment: Payment, refund: Refund, event: RefundEvent, caller: Caller
) -> None:
    """All BHD 100.000 can be asked for again; the books never moved."""
    assert stored(platform, payment).refundable == 40_000

    after = platform.refund_decisions().decide(refund.refund_id, event, caller=caller)

    (share,) = stored(platform, payment).shares
    assert after.state is (RefundState.WITHDRAWN if caller is MAKER else RefundState.REJECTED)
    assert (share.left, share.reserved) == (100_000, 0)
    assert len(platform.journal.rows) == 1


def test_only_its_maker_takes_a_refund_back(platform: Platform, refund: Refund) -> None:
    """Anybody else rejects it."""
    with pytest.raises(NotTheMakerError):
        platform.refund_decisions().decide(refund.refund_id, RefundEvent.WITHDRAW, caller=CHECKER)


def test_the_same_decision_again_is_answered_alike_and_another_is_refused(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """Also after the refund went on: a lost answer is asked for again without harm."""
    decisions = platform.refund_decisions()
    decisions.decide(refund.refund_id, RefundEvent.APPROVE, caller=CHECKER)
    done = platform.refund_worker().work(refund.refund_id)

    again = decisions.decide(refund.refund_id, RefundEvent.APPROVE, caller=CHECKER)

    assert again == done
    assert again.state is RefundState.COMPLETED
    for event, caller in [
        (RefundEvent.REJECT, CHECKER),
        (RefundEvent.APPROVE, FINANCE),
        (RefundEvent.WITHDRAW, MAKER),
    ]:
        with pytest.raises(IllegalTransitionError):
            decisions.decide(refund.refund_id, event, caller=caller)
    assert stored(platform, payment).refundable == 40_000


def test_another_agencys_refund_does_not_exist(platform: Platform, refund: Refund) -> None:
    """404 before anything about rights is said."""
    with pytest.raises(NotFoundError, match="refund"):
        platform.refund_decisions().decide(refund.refund_id, RefundEvent.APPROVE, caller=STRANGER)


def test_rejecting_after_the_rail_took_everything_back_frees_nothing(
    platform: Platform, payment: Payment, refund: Refund
) -> None:
    """The whole capture was reversed meanwhile: there is no headroom any more."""
    take_back(platform, payment)

    after = platform.refund_decisions().decide(refund.refund_id, RefundEvent.REJECT, caller=CHECKER)

    assert after.state is RefundState.REJECTED
    assert stored(platform, payment).refundable == 0


def take_back(platform: Platform, payment: Payment) -> None:
    """The gateway says, when it is asked once more, that it reversed the capture."""

    result = replace(captured(payment), outcome=InquiryOutcome.REVERSED, capture=None)
    platform.gateway.inquiries[result.track_id] = result
    platform.resolver().resolve(platform.with_payment(replace(stored(platform, payment), is_rechecked=True)))
