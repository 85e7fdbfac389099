"""One suite over every gateway whose attempts we begin, each against the running sandbox. It says when one is done."""

from dataclasses import replace

import pytest

from mizan.application.ports import InitiationRefused, InquiryOutcome, InquiryResult
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.contract.gateways.taking import RAILS, Kind, Taking, with_key
from tests.contract.gateways.world import POOR_CARD, Merchant, Sandbox


@pytest.fixture(params=list(RAILS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return RAILS[request.param]


@pytest.fixture
def rail(kind: Kind, sandbox: Sandbox, listening: Merchant) -> Taking:
    return Taking(sandbox, listening, kind)


def test_an_approved_card_is_captured_notified_and_confirmed_by_inquiry(rail: Taking) -> None:
    """The whole road: page, card, notification, acknowledgement, inquiry, in fils; the payer's browser goes back."""
    request = rail.request(amount=70_000)

    started = rail.start(request)
    paid = rail.pay(started)
    result = rail.inquire(request, started)

    assert paid["state"] == "captured"
    assert paid["browser_return"]["url"] == f"{rail.listening.url}/back"
    [delivered] = rail.delivered()
    notice = rail.gateway.read_callback(rail.account, delivered)
    assert (notice.track_id, notice.is_authenticated) == (request.track_id, True)
    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, request.track_id)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (70_000, "BHD")
    assert result.capture.transaction
    assert result.capture.gateway_payment == paid["payment_id"]


@pytest.mark.parametrize("amount", [5, 1_000, 10_500, 1_234_567])
def test_amounts_come_back_to_the_fils(rail: Taking, amount: int) -> None:
    """Whatever trailing zeros the wire loses on its way."""
    request = rail.request(amount)
    started = rail.start(request)

    rail.pay(started)
    capture = rail.inquire(request, started).capture

    assert capture is not None
    assert capture.amount == amount


def test_a_declined_card_says_why_in_two_languages(rail: Taking) -> None:
    """The issuer's own code, and a text for the payer."""
    request = rail.request()
    started = rail.start(request)

    rail.pay(started, POOR_CARD)
    result = rail.inquire(request, started)

    assert result.outcome is InquiryOutcome.DECLINED
    assert result.decline is not None
    assert result.decline.code == "51"
    assert result.decline.text != result.decline.text_ar
    assert result.capture is None


def test_a_payer_who_gives_up_is_a_cancellation(rail: Taking) -> None:
    """Not a decline: the bank was never asked."""
    request = rail.request()
    started = rail.start(request)

    rail.cancel(started)

    assert rail.inquire(request, started).outcome is InquiryOutcome.CANCELLED


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("host_timeout", InquiryOutcome.PENDING), ("denied_by_risk", InquiryOutcome.DECLINED)],
)
def test_other_results_read_through_the_table(rail: Taking, outcome: str, expected: InquiryOutcome) -> None:
    """What nobody knows yet stays open; a risk check's no is a decline."""
    rail.script(outcome)
    request = rail.request()
    started = rail.start(request)

    rail.pay(started)

    assert rail.inquire(request, started).outcome is expected


def test_a_payment_nobody_began_is_not_found(rail: Taking) -> None:
    """Asked about by our own id, the gateway's being unknown."""
    request = rail.request()

    assert rail.inquire(request) == InquiryResult(InquiryOutcome.NOT_FOUND, request.track_id)


def test_a_page_that_nobody_used_is_neither_paid_nor_failed(rail: Taking) -> None:
    """Not found where the gateway knows no transaction before a card, pending where it does."""
    request = rail.request()
    started = rail.start(request)
    rail.open_page(started)

    assert rail.inquire(request, started).outcome in (InquiryOutcome.NOT_FOUND, InquiryOutcome.PENDING)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("outcome", ["timeout", "timeout_then_success"])
def test_a_lost_first_answer_is_unknown_until_an_inquiry(rail: Taking, outcome: str, *, drop: bool) -> None:
    """504 or a dropped line: nothing was charged, or everything was, and only asking by our own id can tell.

    Where nothing is sent there is nothing to lose: the same script then meets the payer's browser.
    """
    rail.script(outcome, hang_seconds=0, drop_connection=drop)
    request = rail.request()

    if rail.kind.has_first_call:
        with pytest.raises(OutcomeUnknownError):
            rail.gateway.initiate(rail.account, request)
    else:
        assert rail.open_page(rail.start(request)) == ""

    found = rail.inquire(request).outcome
    assert found is (InquiryOutcome.CAPTURED if outcome == "timeout_then_success" else InquiryOutcome.NOT_FOUND)
    assert rail.listening.received == []


def test_a_refusal_before_the_page_is_a_result(kind: Kind, sandbox: Sandbox, listening: Merchant) -> None:
    """Nothing was and will be charged; the gateway's code is kept."""
    rail = Taking(sandbox, listening, kind, enabled=False)
    if not kind.has_first_call:
        return  # nobody is asked: the page itself says no

    refused = rail.gateway.initiate(rail.account, rail.request())

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == kind.refuses_with
    assert refused.decline.text_ar


def test_an_inquiry_that_finds_the_gateway_away_can_be_repeated(rail: Taking) -> None:
    """Unavailable twice, then the truth."""
    rail.script("success", inquiry_unavailable=2)
    request = rail.request()
    started = rail.start(request)
    rail.pay(started)

    for _ in range(2):
        with pytest.raises(GatewayUnavailableError):
            rail.inquire(request, started)

    assert rail.inquire(request, started).outcome is InquiryOutcome.CAPTURED


def test_another_amount_is_told_as_it_is(rail: Taking) -> None:
    """10.000 for 10.500: facts only; the resolver compares."""
    rail.script("wrong_amount", amount="10.000")
    request = rail.request()
    started = rail.start(request)

    rail.pay(started)
    capture = rail.inquire(request, started).capture

    assert capture is not None
    assert capture.amount == 10_000


def test_another_currency_is_told_as_it_is(rail: Taking) -> None:
    """The same figures of other money, where the wire names it; BENEFIT's answer names none."""
    rail.script("wrong_currency")
    request = rail.request()
    started = rail.start(request)

    rail.pay(started)
    capture = rail.inquire(request, started).capture

    assert capture is not None
    assert (capture.amount, capture.currency) == (10_500, "KWD" if rail.kind.names_currency else "BHD")


def test_a_reversal_is_found_by_asking_again(rail: Taking) -> None:
    """Captured, told, and taken back all the same."""
    request = rail.request()
    started = rail.start(request)
    paid = rail.pay(started)

    rail.sandbox.call("POST", f"/sandbox/payments/{paid['payment_id']}/reverse")

    assert rail.inquire(request, started).outcome is InquiryOutcome.VOIDED


def test_duplicates_are_the_same_bytes(rail: Taking) -> None:
    """And say the same: which attempt it is."""
    rail.script("duplicate_callbacks", callbacks=4)
    request = rail.request()

    rail.pay(rail.start(request))

    delivered = rail.delivered(4)
    assert len({one.body for one in delivered}) == 1
    assert {rail.gateway.read_callback(rail.account, one).track_id for one in delivered} == {request.track_id}


def test_a_forged_delivery_is_refused(rail: Taking) -> None:
    """It claims a capture and was made with another key."""
    rail.script("forged_callback")
    request = rail.request()
    started = rail.start(request)

    rail.pay(started)

    [delivered] = rail.delivered()
    with pytest.raises(InvalidCallbackError):
        rail.gateway.read_callback(rail.account, delivered)
    assert rail.inquire(request, started).outcome is InquiryOutcome.DECLINED


def test_a_delivery_that_was_cut_is_refused(rail: Taking) -> None:
    """Half of it, on the wire or in our store."""
    rail.script("truncated_callback")
    rail.pay(rail.start(rail.request()))
    [delivered] = rail.delivered()

    for one in (delivered, replace(delivered, is_truncated=True)):
        with pytest.raises(InvalidCallbackError):
            rail.gateway.read_callback(rail.account, one)


def test_another_accounts_delivery_is_refused(rail: Taking, sandbox: Sandbox, listening: Merchant) -> None:
    """The right bytes for somebody else."""
    other = Taking(sandbox, listening, rail.kind)
    rail.pay(rail.start(rail.request()))

    [delivered] = rail.delivered()

    with pytest.raises(InvalidCallbackError):
        rail.gateway.read_callback(other.account, delivered)


def test_another_accounts_keys_learn_nothing(rail: Taking) -> None:
    """A key that was mistyped: no outcome, and nothing that could be taken for one."""
    request = rail.request()
    started = rail.start(request)
    rail.pay(started)
    mistyped = with_key(rail.account, rail.kind.new_key())

    with pytest.raises((GatewayUnavailableError, OutcomeUnknownError)):
        rail.inquire_as(mistyped, request, started)


def test_a_delivery_made_with_the_old_key_opens_after_our_rotation(rail: Taking) -> None:
    """The gateway still uses the key that we retired."""
    request = rail.request()
    rail.pay(rail.start(request))
    rotated = with_key(rail.account, rail.kind.new_key(), rail.account.secrets.resource_key)

    [delivered] = rail.delivered()

    assert rail.gateway.read_callback(rotated, delivered).track_id == request.track_id
