"""The BENEFIT adapter against the running sandbox: every outcome of the wire protocol, over HTTP."""

from datetime import UTC, datetime

import pytest

from mizan.adapters.gateways.benefit.gateway import BenefitGateway
from mizan.adapters.gateways.transport import HttpTransport
from mizan.application.ports import (
    CallbackNotice,
    InitiationRefused,
    InitiationRequest,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.contract.gateways.world import PAY_PAGE, POOR_CARD, Merchant, Sandbox, as_callback, purchase

GATEWAY = BenefitGateway()


def _start(account: MerchantAccount, request: InitiationRequest) -> InitiationStarted:
    started = GATEWAY.initiate(account, request)
    assert isinstance(started, InitiationStarted)
    return started


def _inquire(account: MerchantAccount, request: InitiationRequest) -> InquiryResult:
    return GATEWAY.inquire(
        account,
        track_id=request.track_id,
        amount=request.amount,
        currency=request.currency,
        captured_near=datetime.now(UTC),
    )


def test_an_approved_card_is_captured_notified_and_confirmed_by_inquiry(sandbox: Sandbox, listening: Merchant) -> None:
    """The whole road: page, card, notification, acknowledgement, inquiry, in fils."""
    account, request = sandbox.open_account(), purchase(listening, amount=70_000)

    started = _start(account, request)
    paid = sandbox.pay(started)
    result = _inquire(account, request)

    assert started.redirect_url.startswith(f"{sandbox.url}/payment/paymentpage.htm?PaymentID=")
    assert paid["state"] == "captured"
    assert paid["browser_return"]["url"] == PAY_PAGE
    [delivered] = listening.received
    assert GATEWAY.read_callback(account, as_callback(delivered, account)) == CallbackNotice(
        request.track_id, is_authenticated=True
    )
    assert (result.outcome, result.track_id) == (InquiryOutcome.CAPTURED, request.track_id)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (70_000, "BHD")
    assert (result.capture.transaction, result.capture.rrn) == (paid["tran_id"], paid["rrn"])
    assert result.capture.gateway_payment == started.gateway_payment


def test_the_documented_form_of_the_first_answer_leads_to_the_same_page(sandbox: Sandbox, listening: Merchant) -> None:
    """`<paymentId>:<url>` instead of the whole address."""
    account = sandbox.open_account(documented_result=True)

    started = _start(account, purchase(listening))

    assert started.redirect_url == f"{sandbox.url}/payment/paymentpage.htm?PaymentID={started.gateway_payment}"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4550120112345678", "54"),
        ("4889780112345678", "61"),
        ("4415550112345678", "51"),
        ("4575550112345678", "78"),
        ("4845550112345678", "55"),
        ("4895550112345678", "05"),
        ("4000000012345678", "14"),
    ],
)
def test_a_magic_card_is_declined_with_its_code(sandbox: Sandbox, listening: Merchant, card: str, code: str) -> None:
    """The published test prefixes; any other number is an invalid card."""
    account, request = sandbox.open_account(), purchase(listening)

    sandbox.pay(_start(account, request), card)
    result = _inquire(account, request)

    assert result.outcome is InquiryOutcome.DECLINED
    assert result.decline is not None
    assert result.decline.code == code


def test_a_payer_who_gives_up_is_a_cancellation(sandbox: Sandbox, listening: Merchant) -> None:
    """CANCELED, with one L."""
    account, request = sandbox.open_account(), purchase(listening)
    started = _start(account, request)

    sandbox.call("POST", f"/sandbox/payments/{started.gateway_payment}/cancel")

    assert _inquire(account, request).outcome is InquiryOutcome.CANCELLED
    assert len(listening.received) == 1


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("host_timeout", InquiryOutcome.PENDING), ("denied_by_risk", InquiryOutcome.DECLINED)],
)
def test_other_results_read_through_the_table(
    sandbox: Sandbox, listening: Merchant, outcome: str, expected: InquiryOutcome
) -> None:
    """HOST TIMEOUT stays open; DENIED BY RISK is a decline."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, outcome)

    sandbox.pay(_start(account, request))

    assert _inquire(account, request).outcome is expected


@pytest.mark.parametrize("outcome", ["never_started", "page_open"])
def test_a_payment_nobody_made_is_not_found(sandbox: Sandbox, listening: Merchant, outcome: str) -> None:
    """Before any card is presented the gateway has no transaction to report."""
    account, request = sandbox.open_account(), purchase(listening)
    if outcome == "page_open":
        _start(account, request)

    assert _inquire(account, request) == InquiryResult(InquiryOutcome.NOT_FOUND, request.track_id)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize(
    ("outcome", "truth"),
    [("timeout", InquiryOutcome.NOT_FOUND), ("timeout_then_success", InquiryOutcome.CAPTURED)],
)
def test_a_lost_first_answer_is_unknown_until_an_inquiry(
    sandbox: Sandbox, listening: Merchant, outcome: str, truth: InquiryOutcome, *, drop: bool
) -> None:
    """504 or a dropped line: nothing was charged, or everything was, and only the inquiry can tell."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, outcome, hang_seconds=0, drop_connection=drop)

    with pytest.raises(OutcomeUnknownError):
        GATEWAY.initiate(account, request)

    assert _inquire(account, request).outcome is truth
    assert listening.received == []


def test_a_gateway_slower_than_our_patience_is_unknown(sandbox: Sandbox, listening: Merchant) -> None:
    """Our own read timeout, not the gateway's 504."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "timeout_then_success", hang_seconds=2)

    with pytest.raises(OutcomeUnknownError):
        BenefitGateway(HttpTransport(read_timeout_seconds=0.3)).initiate(account, request)

    assert _inquire(account, request).outcome is InquiryOutcome.CAPTURED


def test_a_refusal_before_the_page_is_a_result(sandbox: Sandbox, listening: Merchant) -> None:
    """`status:"2"`: nothing was and will be charged."""
    account = sandbox.open_account(enabled=False)

    refused = GATEWAY.initiate(account, purchase(listening))

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "IPAY0100008"


def test_an_inquiry_that_finds_the_gateway_down_can_be_repeated(sandbox: Sandbox, listening: Merchant) -> None:
    """Unavailable twice, then the truth."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "success", inquiry_unavailable=2)
    sandbox.pay(_start(account, request))

    for _ in range(2):
        with pytest.raises(GatewayUnavailableError):
            _inquire(account, request)

    assert _inquire(account, request).outcome is InquiryOutcome.CAPTURED


def test_no_acknowledgement_voids_the_payment(sandbox: Sandbox, listening: Merchant) -> None:
    """BENEFIT voids what the merchant did not acknowledge exactly."""
    account, request = sandbox.open_account(), purchase(listening)
    listening.answer = (200, b"<html>OK</html>")

    sandbox.pay(_start(account, request))

    assert _inquire(account, request).outcome is InquiryOutcome.VOIDED


def test_duplicates_are_the_same_bytes(sandbox: Sandbox, listening: Merchant) -> None:
    """Deliveries are told apart by nothing: they are de-duplicated by their bytes."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "duplicate_callbacks", callbacks=4)

    sandbox.pay(_start(account, request))

    delivered = listening.wait_for(4)
    assert len(set(delivered)) == 1
    assert _inquire(account, request).outcome is InquiryOutcome.CAPTURED


def test_a_delivery_closed_with_the_old_key_opens_after_our_rotation(sandbox: Sandbox, listening: Merchant) -> None:
    """The gateway still uses the key that we retired."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.pay(_start(account, request))
    old = account.secrets.resource_key
    rotated = AccountSecrets(password=account.secrets.password, resource_key="N" * 32, retired_keys=(old,))
    account = MerchantAccount(**{name: getattr(account, name) for name in account.__slots__} | {"secrets": rotated})

    [delivered] = listening.received

    assert GATEWAY.read_callback(account, as_callback(delivered, account)).track_id == request.track_id


def test_a_forged_claim_does_not_open_and_the_inquiry_denies_it(sandbox: Sandbox, listening: Merchant) -> None:
    """Made with another key: refused. Nothing was charged."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "forged_callback")

    sandbox.pay(_start(account, request))

    [delivered] = listening.received
    with pytest.raises(InvalidCallbackError):
        GATEWAY.read_callback(account, as_callback(delivered, account))
    assert _inquire(account, request).outcome is InquiryOutcome.DECLINED


def test_a_forgery_with_the_right_key_is_denied_by_the_inquiry(sandbox: Sandbox, listening: Merchant) -> None:
    """AES-CBC without a MAC proves nothing: a claim that opens is still only a reason to ask."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "forged_callback", forged_with="terminal")

    sandbox.pay(_start(account, request))

    [delivered] = listening.received
    assert GATEWAY.read_callback(account, as_callback(delivered, account)).track_id == request.track_id
    assert _inquire(account, request).outcome is InquiryOutcome.DECLINED


def test_a_truncated_delivery_is_refused_and_the_inquiry_knows_better(sandbox: Sandbox, listening: Merchant) -> None:
    """Half a trandata: set aside; the money was taken all the same."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "truncated_callback")

    sandbox.pay(_start(account, request))

    [delivered] = listening.received
    with pytest.raises(InvalidCallbackError):
        GATEWAY.read_callback(account, as_callback(delivered, account))
    assert _inquire(account, request).outcome is InquiryOutcome.CAPTURED


def test_another_amount_is_reported_as_it_was_taken(sandbox: Sandbox, listening: Merchant) -> None:
    """The adapter compares nothing: 10.500 asked, 9.750 taken, 9.750 reported."""
    account, request = sandbox.open_account(), purchase(listening, amount=10_500)
    sandbox.script(account, "wrong_amount", amount="9.750")

    sandbox.pay(_start(account, request))
    result = _inquire(account, request)

    assert result.capture is not None
    assert result.capture.amount == 9_750


def test_an_error_notice_names_the_attempt_and_proves_nothing(sandbox: Sandbox, listening: Merchant) -> None:
    """errorURL: plain fields, unauthenticated; the inquiry finds no transaction."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "error_notice")

    sandbox.pay(_start(account, request))

    [delivered] = listening.received
    assert delivered[0].endswith("/error")
    assert GATEWAY.read_callback(account, as_callback(delivered, account)) == CallbackNotice(
        request.track_id, is_authenticated=False
    )
    assert _inquire(account, request).outcome is InquiryOutcome.NOT_FOUND


def test_a_delayed_notification_comes_after_the_truth(sandbox: Sandbox, listening: Merchant) -> None:
    """The inquiry may know before the callback arrives."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "delayed_callback", delay_seconds=0.5)

    sandbox.pay(_start(account, request))
    early = _inquire(account, request)
    delivered = listening.wait_for(1)

    assert early.outcome is InquiryOutcome.CAPTURED
    assert GATEWAY.read_callback(account, as_callback(delivered[0], account)).track_id == request.track_id


def test_a_charge_that_is_never_notified_is_found_by_inquiry(sandbox: Sandbox, listening: Merchant) -> None:
    """no_callback: the sweep's case."""
    account, request = sandbox.open_account(), purchase(listening)
    sandbox.script(account, "no_callback")

    sandbox.pay(_start(account, request), POOR_CARD.replace("44155501", "46004101"))

    assert _inquire(account, request).outcome is InquiryOutcome.CAPTURED
    assert listening.received == []
