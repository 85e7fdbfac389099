"""One suite over every rail that refunds: the fake of the use cases, and BENEFIT against the running sandbox."""

from dataclasses import replace

import pytest

from mizan.adapters.gateways.benefit.refunds import BenefitRefunds
from mizan.adapters.gateways.transport import HttpTransport
from mizan.application.ports_refunds import RefundOutcome, RefundRequest, RefundResult
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from tests.contract.gateways.refunding import BenefitRail, FakeRail, Rail, again
from tests.contract.gateways.world import Merchant, Sandbox


@pytest.fixture(params=["fake", "benefit"])
def rail(request: pytest.FixtureRequest) -> Rail:
    if request.param == "fake":
        return FakeRail()
    return BenefitRail(request.getfixturevalue("sandbox"), request.getfixturevalue("listening"))


def _inquire(rail: Rail, request: RefundRequest) -> RefundResult:
    return rail.gateway.inquire_refund(
        rail.account, track_id=request.track_id, amount=request.amount, currency=request.currency
    )


def _timeless(result: RefundResult) -> RefundResult:
    """Rails that tell the day alone have no time of day to agree on."""
    return replace(result, completed_at=None)


def test_a_whole_capture_goes_back_and_an_inquiry_says_the_same(rail: Rail) -> None:
    """Completed under the track id that was asked for, with a transaction that is not the original's."""
    request = rail.captured(10_500)

    refunded = rail.gateway.refund(rail.account, request)

    assert (refunded.outcome, refunded.track_id) == (RefundOutcome.COMPLETED, request.track_id)
    assert refunded.transaction not in ("", request.original.transaction)
    assert _timeless(_inquire(rail, request)) == _timeless(refunded)


def test_parts_go_back_until_nothing_is_left(rail: Rail) -> None:
    """4.000 and 6.500 of 10.500; one fils more fails with the gateway's own code and takes nothing."""
    whole = rail.captured(10_500)

    first = rail.gateway.refund(rail.account, again(whole, 4_000))
    too_much = rail.gateway.refund(rail.account, again(whole, 6_501))
    rest = rail.gateway.refund(rail.account, again(whole, 6_500))
    more = rail.gateway.refund(rail.account, again(whole, 1))

    assert [result.outcome for result in (first, rest)] == [RefundOutcome.COMPLETED] * 2
    assert first.transaction != rest.transaction
    assert [result.decline.code for result in (too_much, more) if result.decline] == ["IPAY0300024"] * 2


def test_a_declined_refund_says_why_and_leaves_the_capture_whole(rail: Rail) -> None:
    """Failed is final for its id; another id may take the money back."""
    request = rail.captured(10_500)
    rail.meets("declined")

    declined = rail.gateway.refund(rail.account, request)

    assert declined.outcome is RefundOutcome.FAILED
    assert declined.decline is not None
    assert declined.decline.text
    assert declined.decline.text_ar
    assert _inquire(rail, request) == declined
    rail.meets("completed")
    assert rail.gateway.refund(rail.account, again(request, 10_500)).outcome is RefundOutcome.COMPLETED


def test_a_refund_by_hand_is_pending_until_it_is_decided(rail: Rail) -> None:
    """The same transaction from beginning to end."""
    request = rail.captured(10_500)
    rail.meets("processing")

    pending = rail.gateway.refund(rail.account, request)
    rail.decides(request)
    decided = _inquire(rail, request)

    assert (pending.outcome, decided.outcome) == (RefundOutcome.PENDING, RefundOutcome.COMPLETED)
    assert pending.transaction == decided.transaction != ""


@pytest.mark.parametrize(
    ("lost", "truth"), [("lost_before", RefundOutcome.NOT_FOUND), ("lost_after", RefundOutcome.COMPLETED)]
)
def test_a_lost_answer_is_unknown_until_an_inquiry(rail: Rail, lost: str, truth: RefundOutcome) -> None:
    """Nothing went back, or everything: only asking under the same id can tell."""
    request = rail.captured(10_500)
    rail.meets(lost)

    with pytest.raises(OutcomeUnknownError):
        rail.gateway.refund(rail.account, request)

    assert _inquire(rail, request).outcome is truth


def test_a_track_id_that_was_never_sent_is_not_found(rail: Rail) -> None:
    """Which proves nothing while a refund may still be on its way."""
    request = rail.captured(10_500)

    assert _inquire(rail, request) == RefundResult(RefundOutcome.NOT_FOUND, request.track_id)


def test_an_inquiry_that_finds_the_gateway_down_can_be_repeated(rail: Rail) -> None:
    """Unavailable, then the truth."""
    request = rail.captured(10_500)
    rail.gateway.refund(rail.account, request)
    rail.is_away_for_inquiries(request)

    with pytest.raises(GatewayUnavailableError):
        _inquire(rail, request)

    assert _inquire(rail, request).outcome is RefundOutcome.COMPLETED


# -- BENEFIT alone --------------------------------------------------------------------------------------------------


def test_a_track_id_that_was_sent_before_is_unknown_and_gives_nothing_back_twice(
    sandbox: Sandbox, listening: Merchant
) -> None:
    """Against the rule of this port, to see what a doubled request would do: the inquiry still knows the first."""
    rail = BenefitRail(sandbox, listening)
    request = again(rail.captured(10_500), 4_000)
    first = rail.gateway.refund(rail.account, request)

    second = rail.gateway.refund(rail.account, request)

    assert second == RefundResult(RefundOutcome.UNKNOWN, request.track_id)
    assert _timeless(_inquire(rail, request)) == _timeless(first)
    [kept] = sandbox.call("GET", f"/sandbox/refunds?terminal_id={rail.account.terminal_id}")["refunds"]
    assert kept["amount_fils"] == 4_000


def test_a_gateway_slower_than_our_patience_is_unknown(sandbox: Sandbox, listening: Merchant) -> None:
    """Our own read timeout, while the refund goes through."""
    rail = BenefitRail(sandbox, listening)
    request = rail.captured(10_500)
    sandbox.script(rail.account, "refund_timeout_then_success", hang_seconds=2)

    with pytest.raises(OutcomeUnknownError):
        BenefitRefunds(HttpTransport(read_timeout_seconds=0.3)).refund(rail.account, request)

    assert _inquire(rail, request).outcome is RefundOutcome.COMPLETED


def test_an_original_that_was_voided_has_nothing_to_give(sandbox: Sandbox, listening: Merchant) -> None:
    """Taken back by the gateway itself: a refund fails, for the gateway no longer knows it as captured."""
    rail = BenefitRail(sandbox, listening)
    request = rail.captured(10_500)
    sandbox.call("POST", f"/sandbox/payments/{request.original.gateway_payment}/reverse")

    refused = rail.gateway.refund(rail.account, request)

    assert refused.outcome is RefundOutcome.FAILED
    assert refused.decline is not None
    assert refused.decline.code == "IPAY0100263"


def test_a_refused_password_is_nobodys_decline(sandbox: Sandbox, listening: Merchant) -> None:
    """The terminal was disabled meanwhile: nothing happened, and the refund is still to be made."""
    rail = BenefitRail(sandbox, listening)
    request = rail.captured(10_500)
    secrets = rail.account.secrets
    terminal = {"terminal_id": rail.account.terminal_id, "password": secrets.password, "enabled": False}
    sandbox.call("POST", "/sandbox/merchants", terminal | {"resource_key": secrets.resource_key})

    with pytest.raises(GatewayUnavailableError):
        rail.gateway.refund(rail.account, request)
