"""The wallet's and the cash operator's adapters against the running sandbox: every magic number, over HTTP."""

import secrets
from datetime import UTC, datetime, time, timedelta

import pytest

from mizan.adapters.gateways.benefitpay.acknowledgement import acknowledge
from mizan.adapters.gateways.benefitpay.gateway import BenefitPayGateway
from mizan.adapters.gateways.sadad.gateway import SadadGateway
from mizan.application.ports import CallbackNotice, InitiationRefused, InquiryOutcome, InquiryResult
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback
from mizan.domain.errors import GatewayUnavailableError, InvalidCallbackError, OutcomeUnknownError
from tests.contract.gateways.online import Rail, form_on, stranger
from tests.contract.gateways.world import Merchant, Sandbox


def _account(sandbox: Sandbox, gateway: str, settings: dict[str, str], callback_secret: str = "") -> MerchantAccount:
    named = {"callback_secret": callback_secret} if callback_secret else {}
    return MerchantAccount(
        account_id=f"acc_{secrets.token_hex(4)}",
        token=secrets.token_urlsafe(24),
        gateway=gateway,
        agency="MOT",
        terminal_id=secrets.token_hex(4),
        method=gateway,
        base_url=sandbox.url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password=secrets.token_hex(16), resource_key=secrets.token_hex(16), named=named),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        settings=settings,
    )


@pytest.fixture
def wallet(sandbox: Sandbox, listening: Merchant) -> Rail:
    listening.answer = (200, acknowledge(""))
    settings = {"app_id": "app-1", "page_url": f"{sandbox.url}/benefitpay/checkout"}
    account = _account(sandbox, "benefitpay", settings, callback_secret=secrets.token_hex(16))
    merchant = {
        "merchant_id": account.terminal_id,
        "app_id": "app-1",
        "secret": account.secrets.resource_key,
        "callback_secret": account.secrets.named["callback_secret"],
        "callback_url": listening.url,
    }
    assert sandbox.call("POST", "/sandbox/wallet-merchants", merchant) == {"merchant_id": account.terminal_id}
    return Rail(sandbox, BenefitPayGateway(), account, "wallet")


@pytest.fixture
def sadad(sandbox: Sandbox) -> Rail:
    vendor_id = f"vendor-{secrets.token_hex(4)}"
    account = _account(sandbox, "sadad", {"vendor_id": vendor_id, "branch_id": "1"})
    vendor = {
        "vendor_id": vendor_id,
        "api_key": account.secrets.password,
        "branch_id": "1",
        "terminal_id": account.terminal_id,
    }
    assert sandbox.call("POST", "/sandbox/sadad-vendors", vendor) == {"vendor_id": vendor_id}
    return Rail(sandbox, SadadGateway(), account, "sadad")


@pytest.fixture(params=["wallet", "sadad"])
def rail(request: pytest.FixtureRequest) -> Rail:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Rail)
    return found


def _notices(rail: Rail, listening: Merchant) -> list[CallbackNotice | str]:
    """What the adapter makes of each delivery: a notice, or the reason of its refusal."""
    read: list[CallbackNotice | str] = []
    for (_, body), headers in zip(listening.received, listening.headers, strict=True):
        callback = RawCallback(
            "x", rail.account.token, "notification", body, "", datetime.now(UTC), "c", headers=headers
        )
        try:
            read.append(rail.gateway.read_callback(rail.account, callback))
        except InvalidCallbackError as error:
            read.append(error.reason)
    return read


def test_an_agreed_payment_is_captured_to_the_fils(rail: Rail, listening: Merchant) -> None:
    """The whole road: start, page, payer, inquiry."""
    request = rail.request(listening, amount=70_000)

    started = rail.start(request)
    paid = rail.pay(request)
    result = rail.inquire(request, started.gateway_payment)

    assert (paid["state"], result.outcome, result.track_id) == ("paid", InquiryOutcome.CAPTURED, request.track_id)
    assert result.capture is not None
    assert (result.capture.amount, result.capture.currency) == (70_000, "BHD")
    assert abs(result.capture.captured_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("payer", "outcome"),
    [
        ("33000001", InquiryOutcome.CANCELLED),
        ("33000003", InquiryOutcome.PENDING),
        ("33000051", InquiryOutcome.DECLINED),
        ("33000061", InquiryOutcome.DECLINED),
    ],
)
def test_what_is_not_paid_says_why(rail: Rail, listening: Merchant, payer: str, outcome: InquiryOutcome) -> None:
    """A refusal is a result; an undecided payment stays open."""
    request = rail.request(listening)
    started = rail.start(request)

    rail.pay(request, payer)
    result = rail.inquire(request, started.gateway_payment)

    assert (result.outcome, result.capture) == (outcome, None)
    assert (result.decline is not None) == (outcome is InquiryOutcome.DECLINED)


def test_a_wallets_decline_keeps_its_code(wallet: Rail, listening: Merchant) -> None:
    """With texts in both languages."""
    request = wallet.request(listening)
    wallet.start(request)

    wallet.pay(request, "33000051")
    decline = wallet.inquire(request).decline

    assert decline is not None
    assert (decline.code, bool(decline.text), bool(decline.text_ar)) == ("51", True, True)


def test_timeouts_are_unknown_and_then_the_truth(rail: Rail, listening: Merchant) -> None:
    """Two status calls get 504; the money was there all along."""
    request = rail.request(listening)
    started = rail.start(request)
    rail.pay(request, "33000002")

    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            rail.inquire(request, started.gateway_payment)

    assert rail.inquire(request, started.gateway_payment).outcome is InquiryOutcome.CAPTURED


def test_a_gateway_that_is_away_can_be_asked_again(rail: Rail, listening: Merchant) -> None:
    """503, then the truth."""
    request = rail.request(listening)
    started = rail.start(request)
    rail.pay(request)
    script = {"track_id": request.track_id, "outcome": "inquiry_unavailable", "times": 1}
    rail.sandbox.call("POST", "/sandbox/scenarios", script)

    with pytest.raises(GatewayUnavailableError):
        rail.inquire(request, started.gateway_payment)

    assert rail.inquire(request, started.gateway_payment).outcome is InquiryOutcome.CAPTURED


@pytest.mark.parametrize(("payer", "amount", "currency"), [("33000006", 11_500, "BHD"), ("33000007", 10_500, "KWD")])
def test_another_amount_or_currency_is_told_as_it_is(
    rail: Rail, listening: Merchant, payer: str, amount: int, currency: str
) -> None:
    """One dinar more; Kuwait's dinar. The resolver compares."""
    request = rail.request(listening)
    started = rail.start(request)

    rail.pay(request, payer)
    capture = rail.inquire(request, started.gateway_payment).capture

    assert capture is not None
    assert (capture.amount, capture.currency) == (amount, currency)


def test_money_that_is_told_of_late_has_its_own_day(rail: Rail, listening: Merchant) -> None:
    """Paid three days ago; adapters believe a day before the attempt began at most, so it is asked about as of then."""
    request = rail.request(listening)
    started = rail.start(request)
    rail.pay(request, "33000011")
    asked_at = datetime.now(UTC) - timedelta(days=3)

    result = rail.gateway.inquire(
        rail.account,
        track_id=request.track_id,
        amount=request.amount,
        currency="BHD",
        captured_near=asked_at,
        gateway_payment=started.gateway_payment,
    )

    assert result.capture is not None
    assert abs(result.capture.captured_at - asked_at) < timedelta(minutes=1)


def test_a_payment_nobody_made_is_not_found(rail: Rail, listening: Merchant) -> None:
    """Never started at all."""
    request = rail.request(listening)

    assert rail.inquire(request) == InquiryResult(InquiryOutcome.NOT_FOUND, request.track_id)


def test_another_accounts_secrets_learn_nothing(rail: Rail, listening: Merchant) -> None:
    """The operator does not know who asks."""
    request = rail.request(listening)
    started = rail.start(request)
    rail.pay(request)
    rail.account = stranger(rail.account)

    with pytest.raises((OutcomeUnknownError, GatewayUnavailableError)):
        rail.inquire(request, started.gateway_payment)


@pytest.mark.parametrize(
    ("payer", "count"), [("33000000", 1), ("33000004", 0), ("33000005", 3), ("33000010", 2), ("33000009", 1)]
)
def test_callbacks_name_the_attempt_however_often_they_come(
    wallet: Rail, listening: Merchant, payer: str, count: int
) -> None:
    """Own, none, thrice, a stale failure after the success, and a lie under the right secret: all the same notice."""
    request = wallet.request(listening)
    wallet.start(request)

    told = wallet.pay(request, payer)

    assert _notices(wallet, listening) == [CallbackNotice(request.track_id, is_authenticated=True)] * count
    assert [delivery["acknowledged"] for delivery in told["deliveries"]] == [True] * count


def test_a_forged_callback_is_refused(wallet: Rail, listening: Merchant) -> None:
    """Under a secret that is nobody's; the inquiry has no money."""
    request = wallet.request(listening)
    wallet.start(request)

    wallet.pay(request, "33000008")

    assert _notices(wallet, listening) == ["bad_signature"]
    assert wallet.inquire(request).outcome is InquiryOutcome.PENDING


def test_parameters_that_were_tampered_with_open_no_page(wallet: Rail, listening: Merchant) -> None:
    """Another amount under the same secure_hash."""
    started = wallet.start(wallet.request(listening))

    status, page = wallet.look(started.redirect_url.replace("transactionAmount=10.500", "transactionAmount=10.000"))

    assert (status, "10.000" in page) == (422, False)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_payer_pays_on_the_page_and_goes_back(rail: Rail, listening: Merchant, lang: str) -> None:
    """By hand, in both languages: a wrong number is said so, a right one leads back to the attempt's page."""
    request = rail.request(listening)
    started = rail.start(request)
    _, page = rail.look(f"{started.redirect_url}&lang={lang}")
    _, action, hidden = form_on(page)
    url = rail.sandbox.url + action

    wrong, _ = rail.look(url, hidden | {"payer": "12", "action": "pay"})
    status, back = rail.look(url, hidden | {"payer": "33000000", "action": "pay"})
    method, target, fields = form_on(back)

    assert (wrong, status, target) == (422, 200, request.return_url)
    assert f'lang="{lang}"' in page
    assert (method, fields) == (
        ("get", {"returned": "1"})
        if rail.name == "wallet"
        else (
            "post",
            {"ResultCode": "0", "ResultMessage": "Success", "TransactionIdentifier": started.gateway_payment},
        )
    )


@pytest.mark.parametrize("outcome", ["timeout", "timeout_then_success"])
def test_a_lost_first_answer_of_a_bill_is_found_by_our_own_reference(
    sadad: Rail, listening: Merchant, outcome: str
) -> None:
    """Nothing was made, or it was made and paid: only the status call can tell."""
    request = sadad.request(listening)
    script = {"track_id": request.track_id, "outcome": outcome, "hang_seconds": 0}
    sadad.sandbox.call("POST", "/sandbox/scenarios", script)

    with pytest.raises(OutcomeUnknownError):
        sadad.gateway.initiate(sadad.account, request)

    expected = InquiryOutcome.NOT_FOUND if outcome == "timeout" else InquiryOutcome.CAPTURED
    assert sadad.inquire(request).outcome is expected


def test_a_bill_that_lacks_a_field_is_refused_with_102(sadad: Rail, listening: Merchant) -> None:
    """Nobody's name: nothing was made."""
    request = sadad.request(listening)
    nobody = type(request)(request.track_id, request.amount, "BHD", request.notification_url, request.error_url)

    refused = sadad.gateway.initiate(sadad.account, nobody)

    assert isinstance(refused, InitiationRefused)
    assert refused.decline.code == "102"
    assert sadad.inquire(request).outcome is InquiryOutcome.NOT_FOUND


def test_a_bill_expires_and_the_kiosks_money_comes_all_the_same(sadad: Rail, listening: Merchant) -> None:
    """After its end no money is known; the kiosk had taken it and tells later."""
    request = sadad.request(listening)
    started = sadad.start(request)
    sadad.sandbox.call("POST", f"/sandbox/online/sadad/{request.track_id}/expire")
    before = sadad.inquire(request, started.gateway_payment)

    sadad.pay(request)
    after = sadad.inquire(request, started.gateway_payment)

    assert (before.outcome, after.outcome) == (InquiryOutcome.NOT_FOUND, InquiryOutcome.CAPTURED)


def test_cash_that_is_taken_back_is_reversed(sadad: Rail, listening: Merchant) -> None:
    """Paid, and some seconds later it is not any more."""
    request = sadad.request(listening)
    started = sadad.start(request)
    sadad.pay(request, "33000012")
    first = sadad.inquire(request, started.gateway_payment).outcome

    sadad.sandbox.wait_until(lambda: sadad.inquire(request, started.gateway_payment).outcome is InquiryOutcome.REVERSED)

    assert first is InquiryOutcome.CAPTURED
