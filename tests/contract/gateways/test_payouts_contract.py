"""One suite over every payout bank: the fake of the use cases, and the adapter against the running sandbox."""

import secrets
from dataclasses import replace
from typing import Any, Protocol

import pytest

from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
from mizan.adapters.gateways.transport import HttpTransport
from mizan.application.ports_refunds import NameMatch, PayoutBank, PayoutRequest, RefundOutcome, RefundResult
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from tests.contract.gateways.refunding import new_track_id
from tests.contract.gateways.world import Sandbox
from tests.fakes.refunds import FakePayoutBank, Script, result_of
from tests.fakes.samples import ACCOUNT

IBAN = "BH67BMAG00001299123456"
MAGIC = {
    NameMatch.CLOSE: "BH77SAND00000000000001",
    NameMatch.NO_MATCH: "BH50SAND00000000000002",
    NameMatch.UNAVAILABLE: "BH23SAND00000000000003",
}


class Rail(Protocol):
    """`meets(…)` says what the next payout meets: pending, rejected, returned, lost_before, lost_after."""

    bank: PayoutBank

    def meets(self, what: str) -> None: ...

    def moves_on(self, request: PayoutRequest, outcome: RefundOutcome) -> None:
        """Time passes until the bank says so."""
        ...

    def is_away_for_inquiries(self) -> None: ...


class FakeRail:
    def __init__(self) -> None:
        self.fake = FakePayoutBank()
        self.bank: PayoutBank = self.fake
        self.fake.matches = {str(match): match for match in NameMatch}

    def meets(self, what: str) -> None:
        happened = RefundOutcome.COMPLETED if what == "lost_after" else RefundOutcome.NOT_FOUND
        self.fake.paying.behind_errors = happened
        scripts: dict[str, Script] = {
            "pending": RefundOutcome.PENDING,
            "rejected": RefundOutcome.FAILED,
            "lost_before": OutcomeUnknownError("lost"),
            "lost_after": OutcomeUnknownError("lost"),
        }
        self.fake.paying.script = scripts.get(what, RefundOutcome.COMPLETED)

    def moves_on(self, request: PayoutRequest, outcome: RefundOutcome) -> None:
        before = self.fake.paying.truths[request.payout_id]
        assert isinstance(before, RefundResult)
        after = result_of(outcome, request.payout_id)
        self.fake.paying.truths[request.payout_id] = replace(after, transaction=before.transaction)

    def is_away_for_inquiries(self) -> None:
        self.fake.paying.away.append(GatewayUnavailableError("away"))


class SandboxRail:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.account = _client(sandbox)
        self.bank: PayoutBank = HttpPayoutBank(lambda: self.account)

    def meets(self, what: str) -> None:
        scenarios: dict[str, tuple[str, dict[str, Any]]] = {
            "pending": ("payout_pending", {"delay_seconds": 0.4}),
            "rejected": ("payout_rejected", {"code": "AC06"}),
            "returned": ("payout_returned", {"delay_seconds": 0.4}),
            "lost_before": ("payout_timeout", {}),
            "lost_after": ("payout_timeout_then_success", {"drop_connection": True}),
        }
        outcome, details = scenarios[what]
        self._sandbox.script(self.account, outcome, **details)

    def moves_on(self, request: PayoutRequest, outcome: RefundOutcome) -> None:
        self._sandbox.wait_until(lambda: self.bank.inquire(request.payout_id).outcome is outcome)

    def is_away_for_inquiries(self) -> None:
        self._sandbox.script(self.account, "inquiry_unavailable")


def _client(sandbox: Sandbox) -> MerchantAccount:
    """A fresh client, known on both sides."""
    body = {
        "client_id": secrets.token_hex(4),
        "api_key": secrets.token_hex(16),
        "signing_secret": secrets.token_hex(16),
    }
    assert sandbox.call("POST", "/sandbox/bank-clients", body) == {"client_id": body["client_id"]}
    return replace(
        ACCOUNT,
        gateway="payout_bank",
        agency="*",
        terminal_id=body["client_id"],
        base_url=sandbox.url,
        secrets=AccountSecrets(password=body["api_key"], resource_key=body["signing_secret"]),
    )


@pytest.fixture(params=["fake", "sandbox"])
def rail(request: pytest.FixtureRequest) -> Rail:
    return FakeRail() if request.param == "fake" else SandboxRail(request.getfixturevalue("sandbox"))


def _order(amount: int = 12_500, iban: str = IBAN) -> PayoutRequest:
    return PayoutRequest(new_track_id(), iban, "مريم علي", amount, "BHD", "Refund 482019374650192753")


def test_a_transfer_is_completed_and_an_inquiry_says_the_same(rail: Rail) -> None:
    """Under the payout id that was asked for, with the bank's own transaction."""
    order = _order()

    paid = rail.bank.pay(order)

    assert (paid.outcome, paid.track_id) == (RefundOutcome.COMPLETED, order.payout_id)
    assert paid.transaction
    assert rail.bank.inquire(order.payout_id) == paid


def test_a_pending_transfer_is_completed_later(rail: Rail) -> None:
    """The same transaction from beginning to end."""
    rail.meets("pending")
    order = _order()

    first = rail.bank.pay(order)
    rail.moves_on(order, RefundOutcome.COMPLETED)
    decided = rail.bank.inquire(order.payout_id)

    assert (first.outcome, decided.outcome) == (RefundOutcome.PENDING, RefundOutcome.COMPLETED)
    assert first.transaction == decided.transaction != ""


def test_a_rejected_transfer_says_why(rail: Rail) -> None:
    """A code, and a text in both languages."""
    rail.meets("rejected")
    order = _order()

    rejected = rail.bank.pay(order)

    assert rejected.outcome is RefundOutcome.FAILED
    assert rejected.decline is not None
    assert rejected.decline.text
    assert rejected.decline.text_ar
    assert rail.bank.inquire(order.payout_id) == rejected


def test_a_completed_transfer_may_come_back(rail: Rail) -> None:
    """Credited, then returned by the payee's bank: FAILED after COMPLETED."""
    rail.meets("returned")
    order = _order()

    paid = rail.bank.pay(order)
    rail.moves_on(order, RefundOutcome.FAILED)
    returned = rail.bank.inquire(order.payout_id)

    assert (paid.outcome, returned.outcome) == (RefundOutcome.COMPLETED, RefundOutcome.FAILED)
    assert returned.decline is not None


@pytest.mark.parametrize(
    ("lost", "truth"), [("lost_before", RefundOutcome.NOT_FOUND), ("lost_after", RefundOutcome.COMPLETED)]
)
def test_a_lost_answer_is_unknown_until_an_inquiry(rail: Rail, lost: str, truth: RefundOutcome) -> None:
    """Nothing was paid, or everything: only asking under the same id can tell."""
    rail.meets(lost)
    order = _order()

    with pytest.raises(OutcomeUnknownError):
        rail.bank.pay(order)

    assert rail.bank.inquire(order.payout_id).outcome is truth


def test_a_payout_that_was_never_sent_is_not_found(rail: Rail) -> None:
    """Under its own id."""
    payout_id = new_track_id()

    assert rail.bank.inquire(payout_id) == RefundResult(RefundOutcome.NOT_FOUND, payout_id)


def test_an_inquiry_that_finds_the_bank_down_can_be_repeated(rail: Rail) -> None:
    """Unavailable, then the truth."""
    order = _order()
    rail.bank.pay(order)
    rail.is_away_for_inquiries()

    with pytest.raises(GatewayUnavailableError):
        rail.bank.inquire(order.payout_id)

    assert rail.bank.inquire(order.payout_id).outcome is RefundOutcome.COMPLETED


@pytest.mark.parametrize("match", list(NameMatch))
def test_a_name_is_the_holders_or_close_or_not_or_unknown(rail: Rail, match: NameMatch) -> None:
    """Magic accounts at the sandbox, magic names at the fake."""
    assert rail.bank.check_name(MAGIC.get(match, IBAN), str(match)) is match


# -- the sandbox alone ----------------------------------------------------------------------------------------------


def test_an_order_that_was_sent_before_is_the_same_transfer(sandbox: Sandbox) -> None:
    """Against the rule of this port, to see what a doubled request would do: the bank pays once per id."""
    rail = SandboxRail(sandbox)
    order = _order()

    assert rail.bank.pay(order) == rail.bank.pay(order)
    assert rail.bank.pay(replace(order, amount=1)) == RefundResult(RefundOutcome.UNKNOWN, order.payout_id)
    shown = sandbox.call("GET", f"/sandbox/payouts?client_id={rail.account.terminal_id}")["payouts"]
    assert [payout["amount"] for payout in shown] == ["12.500"]


def test_an_order_that_the_bank_refuses_pays_nothing(sandbox: Sandbox) -> None:
    """Its own check of the number: failed, with the code."""
    order = _order(iban="BH67BMAG00001299123457")

    refused = SandboxRail(sandbox).bank.pay(order)

    assert refused.outcome is RefundOutcome.FAILED
    assert refused.decline is not None
    assert refused.decline.code == "bad_iban"


def test_a_wrong_key_pays_nothing(sandbox: Sandbox) -> None:
    """The bank does not know us: nothing happened."""
    rail = SandboxRail(sandbox)
    order = _order()
    wrong = replace(rail.account, secrets=AccountSecrets(password="p" * 16, resource_key="s" * 16))

    with pytest.raises(GatewayUnavailableError):
        HttpPayoutBank(lambda: wrong).pay(order)

    assert rail.bank.inquire(order.payout_id).outcome is RefundOutcome.NOT_FOUND


def test_a_bank_slower_than_our_patience_is_unknown(sandbox: Sandbox) -> None:
    """Our own read timeout, while the transfer goes through."""
    rail = SandboxRail(sandbox)
    sandbox.script(rail.account, "payout_timeout_then_success", hang_seconds=2)
    order = _order()

    with pytest.raises(OutcomeUnknownError):
        HttpPayoutBank(lambda: rail.account, HttpTransport(read_timeout_seconds=0.3)).pay(order)

    assert rail.bank.inquire(order.payout_id).outcome is RefundOutcome.COMPLETED
