"""How money goes back: through the gateway that took it, or to an IBAN through a payout bank.

Both are abilities of their own: not every gateway refunds, and none is asked for what it cannot do
(`GatewayRegistry.refunds_of`). Money moves out at most once per id: the id is stored before it is sent, sent once, and
whatever became of it is found out by inquiry under the same id, never by sending again under another.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture, Decline


class RefundOutcome(StrEnum):
    """What a rail says became of money that goes back, in our words. Whatever is not in its table is UNKNOWN."""

    COMPLETED = "completed"
    PENDING = "pending"
    """Taken in and not decided: ask again later."""
    FAILED = "failed"
    """Nothing went back, and nothing will under this id."""
    NOT_FOUND = "not_found"
    """The rail never saw this id. It may still be on its way: it means that nothing happened only after a wait."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What goes back to the instrument that paid. `amount` in fils, at most what `original` captured; `track_id` 24
    digits, fresh per refund, stored before it is sent; `original_track_id` is the attempt's that `original` came under.
    Raises ValueError on more than the original, or in another currency.
    """

    track_id: str
    amount: int
    currency: str
    original: Capture
    original_track_id: str

    def __post_init__(self) -> None:
        if not 0 < self.amount <= self.original.amount or self.currency != self.original.currency:
            raise ValueError("a refund is a part of its capture, in its currency")


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What a rail says about one id. `track_id` is the one in the answer: the caller compares it with its own.
    `transaction` is the rail's id of the refund and `rrn` its retrieval reference, "" while it has none; `decline`
    exactly when FAILED. `completed_at` (UTC) is when the rail says that money went back: only where it says so, and
    only when COMPLETED. Some rails tell the day alone: its business date is what counts (that day's settlement file
    holds the refund), the time of day may differ from answer to answer.
    """

    outcome: RefundOutcome
    track_id: str
    transaction: str = ""
    decline: Decline | None = None
    rrn: str = ""
    completed_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.outcome is RefundOutcome.FAILED) != (self.decline is not None):
            raise ValueError("a decline comes with FAILED, and only with it")
        if self.completed_at is not None and self.outcome is not RefundOutcome.COMPLETED:
            raise ValueError("only what is completed has an instant of completion")


class RefundGateway(Protocol):
    """What a gateway that can give money back is able to do."""

    def refund(self, account: MerchantAccount, request: RefundRequest) -> RefundResult:
        """Send money back. May be called once per track id, never again.

        FAILED also where the gateway would refuse and was not asked. Raises GatewayUnavailableError when nothing can
        have happened, OutcomeUnknownError on anything unreadable.
        """
        ...

    def inquire_refund(
        self, account: MerchantAccount, *, track_id: str, amount: int, currency: str, original_track_id: str = ""
    ) -> RefundResult:
        """Ask what became of a refund, by its own track id and amount (fils). Safe to repeat. `original_track_id`: the
        attempt's that it refunds, for a gateway that files refunds under their payment.

        Raises GatewayUnavailableError or OutcomeUnknownError when there is no readable answer.
        """
        ...


class NameMatch(StrEnum):
    """Whether the holder of an account is who was named, in the bank's eyes."""

    MATCH = "match"
    CLOSE = "close"
    NO_MATCH = "no_match"
    UNAVAILABLE = "unavailable"
    """The bank could not or would not tell."""


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    """A credit transfer out. `payout_id` 24 digits, fresh per payout, stored before it is sent; `amount` in fils;
    `remittance` is the text that the payee's statement shows. Whose account it is stays out of `repr`.
    """

    payout_id: str
    iban: str = field(repr=False)
    name: str = field(repr=False)
    amount: int
    currency: str
    remittance: str


class PayoutBank(Protocol):
    """The bank that pays out to an IBAN. `RefundResult.track_id` is the payout id."""

    def check_name(self, iban: str, name: str) -> NameMatch:
        """Whether `iban` is held under `name`. Safe to repeat; raises nothing: a bank that does not answer is
        UNAVAILABLE.
        """
        ...

    def pay(self, request: PayoutRequest) -> RefundResult:
        """Send a transfer. May be called once per payout id, never again.

        Raises GatewayUnavailableError when nothing can have happened, OutcomeUnknownError on anything unreadable.
        """
        ...

    def inquire(self, payout_id: str) -> RefundResult:
        """Ask what became of a payout. Safe to repeat. COMPLETED may still become FAILED: a credit can be returned.

        Raises GatewayUnavailableError or OutcomeUnknownError when there is no readable answer.
        """
        ...
