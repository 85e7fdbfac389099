"""Sending a payment another way: only where nothing can have happened, and never after an unknown outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports import (
    InitiationRefused,
    InitiationRequest,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
)
from mizan.application.route_payment import ROUTE_COUNT_MAX
from mizan.application.start_payment import UNAVAILABLE
from mizan.application.watch_rails import ANSWERED_KEPT_MAX, WatchedGateways
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import (
    GatewayUnavailableError,
    InvalidInputError,
    MethodUnavailableError,
    OutcomeUnknownError,
)
from mizan.domain.health import DEFAULT_POLICY, RailEvent, RailState, Tally
from mizan.domain.payments import Decline, PaymentMethod, PaymentState
from mizan.domain.references import track_id
from tests.fakes.platform import Platform
from tests.fakes.rails import a_router
from tests.fakes.samples import ACCOUNT, an_invoice
from tests.fakes.world import FakeAccountDirectory, FakeGateway, FakeGatewayRegistry

RESERVE = replace(ACCOUNT, account_id="acc-2", token="tok-moic-2", terminal_id="TERM0002", rank=1)
NO = Decline("51", "No.", "لا.")
AWAY, LATE = GatewayUnavailableError("away"), OutcomeUnknownError("no answer")


class ScriptedGateway(FakeGateway):
    """Answers by account: an error is raised, anything else is the answer; else a page."""

    def __init__(self) -> None:
        super().__init__()
        self.script: dict[str, InitiationResult | Exception] = {}
        self.sent: list[str] = []

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        self.sent.append(account.account_id)
        self.initiation = self.script.get(account.account_id, InitiationStarted("gp-1", "https://pay.invalid/page"))
        return super().initiate(account, request)


class Case:
    """A platform with a preferred account and a reserve, every call watched."""

    def __init__(self, *accounts: MerchantAccount) -> None:
        self.gateway = ScriptedGateway()
        self.platform = Platform(accounts=FakeAccountDirectory(*(accounts or (ACCOUNT, RESERVE))))
        self.platform.gateways = WatchedGateways(FakeGatewayRegistry(self.gateway), self.platform.watch)  # type: ignore[assignment]  # as bootstrap wires it
        self.number = 0

    def start(self, seconds: int = 0) -> tuple[str, PaymentState]:
        """One more invoice and an attempt on it: the account that has it, and its state."""
        self.platform.clock.advance(timedelta(seconds=seconds))
        self.number += 1
        invoice = self.platform.with_invoice(an_invoice(self.number))
        payment, _ = self.platform.start(invoice.reference, f"try-{self.number}")
        return payment.account_id, payment.state

    def state(self, account: MerchantAccount = ACCOUNT) -> RailState:
        return self.platform.rails.read(account.account_id).state

    def break_down(self, *accounts: MerchantAccount) -> None:
        """Every call fails until the rail is down."""
        for account in accounts:
            self.gateway.script[account.account_id] = AWAY
        while any(self.state(account) is RailState.UP for account in accounts):
            self.start()


def test_an_attempt_that_never_reached_its_gateway_goes_to_the_reserve() -> None:
    """The same attempt under the same track id, with a line in its history; the callback address is the reserve's."""
    case = Case()
    case.gateway.script["acc-1"] = AWAY
    invoice = case.platform.with_invoice()

    payment, is_new = case.platform.start(invoice.reference)

    assert is_new
    assert (payment.state, payment.account_id, payment.account_token) == (PaymentState.PENDING, "acc-2", "tok-moic-2")
    assert [entry.event for entry in payment.history] == ["create", "reroute", "start"]
    assert payment.history[1].note == "acc-1 > acc-2"
    assert case.platform.payments.rows == {payment.payment_id: payment}
    first, second = case.gateway.initiated
    assert first.track_id == second.track_id == track_id(payment.payment_id)
    assert second.notification_url == "https://api.invalid/callbacks/fake/tok-moic-2"


@pytest.mark.parametrize("answer", [LATE, InitiationRefused(NO)], ids=["a timeout", "a refusal"])
def test_an_attempt_that_its_gateway_may_have_is_never_sent_elsewhere(answer: InitiationResult | Exception) -> None:
    """Unknown stays where it is and is found out by inquiry there; a refusal is an answer."""
    case = Case()
    case.gateway.script["acc-1"] = answer

    account_id, state = case.start()

    assert account_id == "acc-1"
    assert state is (PaymentState.UNKNOWN if answer is LATE else PaymentState.DECLINED)
    assert case.gateway.sent == ["acc-1"]


def test_when_no_account_can_be_reached_the_attempt_is_declined_and_nothing_was_charged() -> None:
    """The payer may try again under a new key; at most three accounts are tried while they wait."""
    more = [replace(RESERVE, account_id=f"acc-{n}", token=f"tok-{n}", rank=n) for n in range(2, 6)]
    case = Case(ACCOUNT, *more)
    case.gateway.script = dict.fromkeys(["acc-1", *(account.account_id for account in more)], AWAY)
    invoice = case.platform.with_invoice()

    payment, _ = case.platform.start(invoice.reference)

    assert (payment.state, payment.decline) == (PaymentState.DECLINED, UNAVAILABLE)
    assert case.gateway.sent == ["acc-1", "acc-2", "acc-3"]
    assert len(case.gateway.sent) == ROUTE_COUNT_MAX


def test_an_attempt_that_somebody_moved_on_meanwhile_is_not_sent_elsewhere() -> None:
    """The sweep found the outcome unknown while the first gateway was being asked: its word stands."""
    case = Case()
    invoice = case.platform.with_invoice()

    class Slow(ScriptedGateway):
        def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
            (stored,) = case.platform.payments.rows.values()
            case.gateway.fallback = InquiryOutcome.UNKNOWN
            case.platform.resolver().resolve(stored)
            case.gateway.sent.append(account.account_id)
            raise AWAY

    slow = Slow()
    slow.fallback = InquiryOutcome.UNKNOWN
    case.platform.gateways = FakeGatewayRegistry(slow)
    payment, _ = case.platform.start(invoice.reference)

    assert (payment.state, payment.account_id) == (PaymentState.UNKNOWN, "acc-1")
    assert case.gateway.sent == ["acc-1"]


def test_a_rail_that_is_down_is_skipped_and_comes_back_by_probes() -> None:
    """Ten failures: down, nobody waits for it. After the cool-down one payment at a time tries it; three make it up."""
    case = Case()
    case.break_down(ACCOUNT)
    case.gateway.sent.clear()

    assert case.start() == ("acc-2", PaymentState.PENDING)
    assert case.gateway.sent == ["acc-2"]

    del case.gateway.script["acc-1"]
    assert case.start(60)[0] == "acc-1"
    assert case.start()[0] == "acc-2"  # one probe in ten seconds, everybody else goes the safe way
    assert (case.start(10)[0], case.state()) == ("acc-1", RailState.PROBING)
    assert (case.start(10)[0], case.state()) == ("acc-1", RailState.UP)
    assert case.start()[0] == "acc-1"
    log = [entry.event for entry in case.platform.rails.entries("acc-1", limit=9)][::-1]
    assert log == [RailEvent.TRIP, RailEvent.PASS, RailEvent.PASS, RailEvent.RECOVER]


def test_a_probe_that_fails_hurts_nobody_and_is_not_repeated_soon() -> None:
    """The probing payment goes to the reserve; the next probe waits twice as long."""
    case = Case()
    case.break_down(ACCOUNT)

    assert case.start(60) == ("acc-2", PaymentState.PENDING)

    case.gateway.sent.clear()
    assert case.start(119)[0] == "acc-2"
    assert case.gateway.sent == ["acc-2"]
    case.start(1)
    assert case.gateway.sent[1:] == ["acc-1", "acc-2"]


def test_a_reserve_that_is_down_is_tried_before_it_is_needed() -> None:
    """A due probe goes first whatever the rank: when the preferred one fails, the reserve is known to work."""
    case = Case()
    case.break_down(ACCOUNT, RESERVE)
    case.gateway.script.clear()
    case.start(60)
    for _ in range(6):
        case.start(10)

    assert (case.state(), case.state(RESERVE)) == (RailState.UP, RailState.UP)


def test_when_every_account_is_down_the_payer_is_told_what_is_open() -> None:
    """No attempt is stored and no gateway asked; the other methods that are up are named, kiosks among them."""
    wallet = replace(ACCOUNT, account_id="acc-w", token="tok-w", method="wallet")
    kiosk = replace(ACCOUNT, account_id="acc-k", token="tok-k", method="kiosk")
    case = Case(ACCOUNT, RESERVE, wallet, kiosk)
    case.break_down(ACCOUNT, RESERVE)
    invoice = case.platform.with_invoice(an_invoice(900))
    stored = len(case.platform.payments.rows)

    with pytest.raises(MethodUnavailableError) as caught:
        case.platform.start(invoice.reference, "last")

    assert (caught.value.method, caught.value.available) == ("debit_card", ("wallet", "kiosk"))
    assert len(case.platform.payments.rows) == stored


def test_a_payment_that_was_started_is_answered_again_though_its_rail_is_down_by_now() -> None:
    """A replay is a replay: 503 is for what was not begun."""
    case = Case(ACCOUNT)
    invoice = case.platform.with_invoice(an_invoice(900))
    first, _ = case.platform.start(invoice.reference, "first")
    case.break_down(ACCOUNT)

    assert case.platform.start(invoice.reference, "first") == (first, False)


def test_only_one_of_all_processes_may_probe_at_a_time() -> None:
    """The claim is a conditional write: of two routers that see the same, one gets it."""
    case = Case(ACCOUNT)
    case.break_down(ACCOUNT)
    case.platform.clock.advance(DEFAULT_POLICY.cool_down)

    assert case.platform.watch.claim_probe("acc-1")
    assert not case.platform.watch.claim_probe("acc-1")


def test_the_small_port_says_what_a_payer_can_be_offered() -> None:
    """Down and cooling: not offered. Cooled: somebody may try, but nothing is promised to be open."""
    case = Case(ACCOUNT)
    router = a_router(case.platform.accounts, case.platform.clock, case.platform.watch)
    asked = ("moic", "cr-registration", PaymentMethod.DEBIT_CARD)
    assert (router.is_method_up(*asked), router.available_methods(*asked[:2])) == (True, (PaymentMethod.DEBIT_CARD,))

    case.break_down(ACCOUNT)
    assert (router.is_method_up(*asked), router.available_methods(*asked[:2])) == (False, ())

    case.platform.clock.advance(DEFAULT_POLICY.cool_down)
    assert (router.is_method_up(*asked), router.available_methods(*asked[:2])) == (True, ())
    assert not router.is_method_up("moic", "cr-registration", PaymentMethod.WALLET)
    assert not router.is_method_up("health", "cr-registration", PaymentMethod.DEBIT_CARD)


def test_no_account_at_all_is_a_wrong_request_not_an_outage() -> None:
    """422 stays 422: waiting would not help."""
    case = Case(ACCOUNT)
    invoice = case.platform.with_invoice()

    with pytest.raises(InvalidInputError):
        case.platform.start(invoice.reference, method=PaymentMethod.WALLET)


def test_answered_calls_are_written_in_batches_and_a_failure_at_once() -> None:
    """Nineteen answers cost nothing, the twentieth writes them; a failure takes along what has gathered."""
    case = Case(ACCOUNT)
    for _ in range(ANSWERED_KEPT_MAX - 1):
        case.start()
    assert case.platform.rails.add_count == 0

    case.start()
    assert case.platform.rails.add_count == 1
    assert case.platform.rails.total("acc-1", DEFAULT_POLICY.slot_of(case.platform.clock.now())) == Tally(answered=20)

    case.start()
    case.gateway.script["acc-1"] = LATE
    case.start()
    total = case.platform.rails.total("acc-1", DEFAULT_POLICY.slot_of(case.platform.clock.now()))
    assert (case.platform.rails.add_count, total) == (2, Tally(answered=21, unknown=1))


def test_what_cannot_be_counted_costs_no_payment_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of rates is away while a gateway times out: the attempt is unknown, as it has to be."""
    case = Case(ACCOUNT)
    case.start()
    case.gateway.script["acc-1"] = LATE

    def away(*_: object) -> None:
        raise RuntimeError("the table is away")

    monkeypatch.setattr(case.platform.rails, "add", away)

    assert case.start() == ("acc-1", PaymentState.UNKNOWN)
