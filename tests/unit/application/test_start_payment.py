"""Starting an attempt: stored before the gateway is asked, and never guessed about afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports import InitiationRefused, InitiationRequest, InitiationResult, InitiationStarted
from mizan.application.start_payment import UNAVAILABLE
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import (
    BusyError,
    FieldError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
)
from mizan.domain.fees import Fee, FeeBearer, FeeRule
from mizan.domain.invoices import Customer, InvoiceState
from mizan.domain.payments import NOTICE_FIRST, Decline, PaymentMethod, PaymentState, attempt_end
from mizan.domain.references import PROBE_COUNT_MAX, track_id
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, a_reference, an_invoice
from tests.fakes.world import FakeAccountDirectory, FakeGateway, FakeGatewayRegistry


@pytest.fixture
def platform() -> Platform:
    return Platform()


def due_later(platform: Platform) -> list[str]:
    """Attempts that the sweep will have asked about within the hour."""
    keys = platform.payments.list_due(platform.clock.now() + timedelta(hours=1), limit=10)
    return [key.sk.removeprefix("PAY#") for key in keys]


def test_a_started_attempt_is_pending_with_the_gateways_page(platform: Platform) -> None:
    """BHD 12.500 is asked for, thirty minutes are given, and the first inquiry is due in one."""
    invoice = platform.with_invoice()

    payment, is_new = platform.start(invoice.reference)

    assert is_new
    assert (payment.state, payment.amount, payment.currency) == (PaymentState.PENDING, 12_500, "BHD")
    assert (payment.redirect_url, payment.gateway_payment) == ("https://pay.invalid/page?id=gp-1", "gp-1")
    assert payment.expires_at == NOON + timedelta(minutes=30)
    assert payment.next_inquiry_at == NOON + timedelta(minutes=1)
    assert platform.payments.rows == {payment.payment_id: payment}


def test_the_gateway_is_asked_for_the_invoices_amount_under_the_attempts_own_track_id(platform: Platform) -> None:
    """The track id is the 24 digits of the attempt; addresses carry the account's opaque token and no query."""
    invoice = platform.with_invoice()

    payment, _ = platform.start(invoice.reference)

    assert platform.gateway.initiated == [
        InitiationRequest(
            track_id=track_id(payment.payment_id),
            amount=12_500,
            currency="BHD",
            notification_url="https://api.invalid/callbacks/fake/tok-moic-1",
            error_url="https://api.invalid/callbacks/fake/tok-moic-1/error",
            return_url=f"https://api.invalid/pay/{invoice.reference}/payments/{payment.payment_id}",
            reference=invoice.reference,
        )
    ]


def test_the_attempt_is_stored_before_the_gateway_is_called(platform: Platform) -> None:
    """A crash during the call leaves an attempt that the sweep finds: the gateway knows nothing that we do not."""
    stored: list[PaymentState] = []

    class Watching(FakeGateway):
        def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
            stored.extend(row.state for row in platform.payments.rows.values())
            raise ZeroDivisionError("the process dies here")

    platform.gateways = FakeGatewayRegistry(Watching())
    invoice = platform.with_invoice()

    with pytest.raises(ZeroDivisionError):
        platform.start(invoice.reference)

    assert stored == [PaymentState.CREATED]
    assert due_later(platform) == list(platform.payments.rows)


def test_a_repeat_under_the_same_key_is_the_same_attempt(platform: Platform) -> None:
    """The gateway is asked once; the repeat gets the attempt as it stands."""
    invoice = platform.with_invoice()
    first, _ = platform.start(invoice.reference)
    platform.clock.advance(timedelta(minutes=3))

    again, is_new = platform.start(invoice.reference, correlation_id="corr-other")

    assert (again, is_new) == (first, False)
    assert len(platform.gateway.initiated) == 1


def test_a_repeat_under_the_same_key_with_another_body_is_a_conflict(platform: Platform) -> None:
    """The key stands for one body; the first attempt stays as it was and the gateway is not asked again."""
    invoice = platform.with_invoice()
    first, _ = platform.start(invoice.reference)
    other = platform.with_payment(replace(first, fingerprint="of another body"))

    with pytest.raises(IdempotencyConflictError):
        platform.start(invoice.reference)

    assert platform.payments.rows == {other.payment_id: other}
    assert len(platform.gateway.initiated) == 1


def test_a_new_key_is_a_new_attempt_on_the_same_invoice(platform: Platform) -> None:
    """After a decline the payer tries again: another id, another track id."""
    invoice = platform.with_invoice()
    first, _ = platform.start(invoice.reference, "try-1")

    second, is_new = platform.start(invoice.reference, "try-2")

    assert is_new
    assert second.payment_id != first.payment_id
    assert len({request.track_id for request in platform.gateway.initiated}) == 2


def test_a_lost_answer_is_unknown_and_not_a_failure(platform: Platform) -> None:
    """The gateway may have it: the sweep will ask, and a repeat does not call the gateway again."""
    platform.gateway.initiation = OutcomeUnknownError("timed out")
    invoice = platform.with_invoice()

    payment, is_new = platform.start(invoice.reference)
    again, _ = platform.start(invoice.reference)

    assert is_new
    assert (payment.state, payment.redirect_url, payment.decline) == (PaymentState.UNKNOWN, None, None)
    assert again == payment
    assert len(platform.gateway.initiated) == 1
    assert due_later(platform) == [payment.payment_id]


def test_a_gateway_that_cannot_be_reached_declines_with_a_text_in_both_languages(platform: Platform) -> None:
    """Nothing can have happened there: the payer may try again at once."""
    platform.gateway.initiation = GatewayUnavailableError("connection refused")
    invoice = platform.with_invoice()

    payment, _ = platform.start(invoice.reference)

    assert (payment.state, payment.decline) == (PaymentState.DECLINED, UNAVAILABLE)
    assert payment.decline is not None
    assert "Nothing was charged" in payment.decline.text
    assert "لم يتم خصم" in payment.decline.text_ar
    assert due_later(platform) == []


def test_a_refusal_is_a_result_with_the_gateways_reason(platform: Platform) -> None:
    """Declined: the gateway's code and texts are kept as it gave them."""
    decline = Decline("IPAY0100008", "Terminal is not enabled.", "المحطة غير مفعّلة.")
    platform.gateway.initiation = InitiationRefused(decline)
    invoice = platform.with_invoice()

    payment, is_new = platform.start(invoice.reference)

    assert is_new
    assert (payment.state, payment.decline, payment.redirect_url) == (PaymentState.DECLINED, decline, None)


@pytest.mark.parametrize(
    ("state", "outstanding"), [(InvoiceState.PAID, 0), (InvoiceState.CANCELLED, 12_500)], ids=["paid", "cancelled"]
)
def test_an_invoice_that_owes_nothing_any_more_is_not_paid_again(
    platform: Platform, state: InvoiceState, outstanding: int
) -> None:
    """A new key on it is refused before anything is stored or asked; the key that paid it still gets its answer."""
    invoice = platform.with_invoice()
    first, _ = platform.start(invoice.reference, "try-1")
    platform.invoices.rows[invoice.reference] = replace(invoice, state=state, outstanding=outstanding)

    with pytest.raises(IllegalTransitionError, match=f"invoice is {state}: pay is not possible"):
        platform.start(invoice.reference, "try-2")
    again, is_new = platform.start(invoice.reference, "try-1")

    assert (again, is_new) == (first, False)
    assert list(platform.payments.rows) == [first.payment_id]
    assert len(platform.gateway.initiated) == 1


def test_an_invoice_that_is_not_there_cannot_be_paid(platform: Platform) -> None:
    """404 for the unknown and for another agency's alike."""
    foreign = platform.with_invoice(an_invoice(2, agency="health"))

    for reference in (a_reference(1), foreign.reference, "12"):
        with pytest.raises(NotFoundError, match="invoice"):
            platform.start(reference)

    assert platform.gateway.initiated == []


@pytest.mark.parametrize(
    "account",
    [replace(ACCOUNT, is_active=False), replace(ACCOUNT, agency="health"), replace(ACCOUNT, method="wallet")],
    ids=["retired", "another agency's", "another method"],
)
def test_a_method_that_no_active_account_takes_is_refused_by_name(platform: Platform, account: MerchantAccount) -> None:
    """422 on `method`; nothing is stored."""
    platform.accounts = FakeAccountDirectory(account)
    invoice = platform.with_invoice()

    with pytest.raises(InvalidInputError) as caught:
        platform.start(invoice.reference)

    assert caught.value.fields == (FieldError("method", "method_not_available"),)
    assert platform.payments.rows == {}


def test_a_callback_that_overtakes_the_answer_has_the_last_word(platform: Platform) -> None:
    """The attempt moved on while the gateway was answering: the caller gets what is stored, not what it overwrote."""

    class Overtaken(FakeGateway):
        def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
            (row,) = platform.payments.rows.values()
            platform.payments.rows[row.payment_id] = replace(row, state=PaymentState.SUCCEEDED)
            return InitiationStarted("gp-9", "https://pay.invalid/9")

    platform.gateways = FakeGatewayRegistry(Overtaken())
    invoice = platform.with_invoice()

    payment, is_new = platform.start(invoice.reference)

    assert is_new
    assert payment.state is PaymentState.SUCCEEDED
    assert platform.payments.rows[payment.payment_id] == payment


def test_a_collision_of_payment_ids_is_probed_past_and_bounded(platform: Platform) -> None:
    """Six digits collide sooner than sixteen: the next probe is another id, and after sixteen it is a bug."""
    platform.derivation = FakeDerivation(collision_count=1)
    invoice = platform.with_invoice()
    first, _ = platform.start(invoice.reference, "try-1")

    second, is_new = platform.start(invoice.reference, "try-2")
    again, _ = platform.start(invoice.reference, "try-2")
    platform.derivation = FakeDerivation(collision_count=PROBE_COUNT_MAX)

    assert is_new
    assert second.payment_id != first.payment_id
    assert again == second
    with pytest.raises(BusyError):
        platform.start(invoice.reference, "try-3")


def test_a_fee_that_the_payer_bears_is_asked_for_with_what_is_owed(platform: Platform) -> None:
    """1 % of 12.500 and 10 % VAT on it; on the line, so that it is posted apart when the money comes."""
    platform.fees[PaymentMethod.DEBIT_CARD] = FeeRule(FeeBearer.PAYER, basis_points=100)
    invoice = platform.with_invoice()

    payment, _ = platform.start(invoice.reference)

    assert payment.lines[0].fee == Fee(125, 13, FeeBearer.PAYER)
    assert (payment.amount, payment.lines[0].amount, payment.surcharge) == (12_638, 12_500, 138)
    assert platform.gateway.initiated[0].amount == 12_638


@pytest.mark.parametrize("method", sorted(NOTICE_FIRST))
def test_what_is_paid_elsewhere_is_not_started_here(platform: Platform, method: PaymentMethod) -> None:
    """The payer gives the reference to a bank or a kiosk; there is no page to send them to."""
    invoice = platform.with_invoice()

    with pytest.raises(InvalidInputError) as raised:
        platform.start(invoice.reference, method=method)

    assert raised.value.fields == (FieldError("method", "method_starts_elsewhere"),)


def test_who_pays_for_another_is_on_the_attempt(platform: Platform) -> None:
    """A relative, an employer: the receipt names who paid, the invoice whom it bills."""
    invoice, payer = platform.with_invoice(), Customer("Ahmed Ali", cpr="800101123")

    payment, _ = platform.start(invoice.reference, payer=payer)

    assert (payment.payer, invoice.customer == payer) == (payer, False)


def _at(platform: Platform, method: PaymentMethod) -> None:
    """An account that takes the method."""
    platform.accounts.rows["tok-2"] = replace(ACCOUNT, token="tok-2", method=method.value)


@pytest.mark.parametrize(("method", "is_told"), [(PaymentMethod.SADAD, True), (PaymentMethod.WALLET, False)])
def test_only_a_rail_that_makes_out_a_bill_learns_who_pays(
    platform: Platform, method: PaymentMethod, *, is_told: bool
) -> None:
    """The operator of cash gets the name of whom the invoice bills; the wallet gets nobody's."""
    _at(platform, method)
    invoice = platform.with_invoice()

    platform.start(invoice.reference, method=method)

    [request] = platform.gateway.initiated
    assert (request.contact is not None) == is_told
    assert request.contact is None or request.contact.name == invoice.customer.name


def test_a_cash_bill_may_be_paid_until_the_day_ends_in_bahrain(platform: Platform) -> None:
    """Midnight there is 21:00 UTC; begun shortly before, it lasts the half hour that any attempt lasts."""
    _at(platform, PaymentMethod.SADAD)

    noon, _ = platform.start(platform.with_invoice().reference, method=PaymentMethod.SADAD)

    assert noon.expires_at == NOON.replace(hour=21, minute=0, second=0, microsecond=0)
    late = NOON.replace(hour=20, minute=50)
    assert attempt_end(PaymentMethod.SADAD, late) == late + timedelta(minutes=30)
    assert attempt_end(PaymentMethod.DEBIT_CARD, late) == late + timedelta(minutes=30)
