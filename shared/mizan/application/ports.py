"""What the use cases need from the world, as protocols. Adapters implement them; `mizan.bootstrap` chooses.

Every write is conditional and says what it found; none overwrites. Reads of money are strongly consistent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from mizan.application.ports_refunds import RefundGateway
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import CallbackKey, RawCallback
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Capture, Decline, Payment


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware UTC, whole microseconds."""
        ...


class Derivation(Protocol):
    """Derives identities under the platform's reference key (`mizan.domain.references`)."""

    def reference(self, identity: str, probe: int) -> str: ...

    def payment_id(self, reference: str, idempotency_key: str, probe: int) -> str: ...

    def refund_id(self, reference: str, identity: str, probe: int) -> str: ...

    def dispute_id(self, reference: str, identity: str, probe: int) -> str: ...

    def cash_code(self, refund_id: str) -> str:
        """The cash-out code of a refund (`mizan.domain.cash_codes`)."""
        ...

    def cash_code_digest(self, code: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing; `cursor` continues it, None at the end."""

    references: tuple[str, ...]
    cursor: str | None


class InvoiceRepository(Protocol):
    def add(self, invoice: Invoice) -> Invoice | None:
        """Store a new invoice under its reference, one conditional put: None when stored, else what was there.

        Raises ReferenceTakenError where the reference is a basket's.
        """
        ...

    def get(self, reference: str) -> Invoice | None:
        """Strongly consistent."""
        ...

    def get_many(self, references: Sequence[str]) -> list[Invoice]:
        """In the order asked; missing ones left out."""
        ...

    def replace(self, before: Invoice, after: Invoice) -> bool:
        """Change it. False when the stored state or sequence is no longer `before`'s, or another write holds it just
        now.
        """
        ...

    def original(self, invoice: Invoice) -> Invoice:
        """The invoice as it was created: what a replay of its creation is answered with. Amendments keep what was."""
        ...

    def list_day(self, agency: str, day: date, *, limit: int, cursor: str | None) -> Page:
        """References that `agency` created on that Bahrain day, oldest first. Eventually consistent (an index)."""
        ...

    def reserve_key(self, agency: str, idempotency_key: str, fingerprint: str, now: datetime) -> str:
        """Bind a key to a body, once: the fingerprint that holds the key, the caller's own when it came first."""
        ...


class PaymentRepository(Protocol):
    def add(self, payment: Payment) -> Payment | None:
        """Store a new attempt: one conditional put. None when stored, else what was there already."""
        ...

    def get(self, payment_id: str) -> Payment | None:
        """Strongly consistent. None also for what is not a payment id."""
        ...

    def list_of_invoice(self, reference: str) -> list[Payment]:
        """All attempts on an invoice, oldest first. Strongly consistent."""
        ...

    def replace(self, before: Payment, after: Payment) -> bool:
        """Move an attempt on. False when its stored state, sequence or inquiry count is no longer `before`'s, or
        another write holds it just now.
        """
        ...

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        """Keys of attempts and refunds that the platform has to ask about by `now`: of each shard the `limit` that are
        due longest. Eventually consistent (an index).
        """
        ...


class Journal(Protocol):
    def read_day(self, posting_day: date) -> Iterator[LedgerTransaction]:
        """Every transaction posted on that Bahrain day. Strongly consistent; by shard, then by id."""
        ...

    def get(self, key: CallbackKey) -> LedgerTransaction | None:
        """One transaction by its stored key (`pk`, `sk`), as the stream names it."""
        ...


class CallbackLog(Protocol):
    def record(self, callback: RawCallback) -> CallbackKey:
        """Keep the raw delivery: one durable write. The same bytes within the same instant are one record."""
        ...

    def get(self, key: CallbackKey) -> RawCallback | None: ...

    def keys_of_minute(self, minute: datetime) -> Iterator[CallbackKey]:
        """Keys of every delivery received in that UTC minute."""
        ...

    def quarantine(self, key: CallbackKey, callback: RawCallback, reason: str) -> None:
        """Set a delivery aside with the reason; idempotent. The raw record stays."""
        ...


class AccountDirectory(Protocol):
    def by_token(self, token: str) -> MerchantAccount | None:
        """Retired accounts too: their callbacks still come."""
        ...

    def active_for(self, agency: str, method: str) -> MerchantAccount | None:
        """The active account through which `agency` takes `method`, the preferred one."""
        ...

    def all_active_for(self, agency: str, method: str) -> list[MerchantAccount]:
        """Every active account of `agency` for `method`, by rank; never another agency's."""
        ...

    def list_all(self) -> list[MerchantAccount]:
        """Every account of every agency, retired ones first: what they took is reconciled too."""
        ...


class WorkQueue(Protocol):
    def send(self, keys: Sequence[CallbackKey], *, delay_seconds: int = 0) -> None:
        """Hand stored keys to the worker, at once or after at most 15 minutes. At least once; raises when any was not
        taken.
        """
        ...


class HighWaterMarks(Protocol):
    """Progress of sweeps; moves forward only."""

    def read(self, name: str) -> datetime | None: ...

    def advance(self, name: str, seen: datetime | None, mark: datetime) -> bool:
        """Move from `seen` to `mark`; False when somebody else moved it meanwhile."""
        ...


# -- payment gateways -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PayerContact:
    """How a rail reaches who pays; personal, so kept out of `repr`. `phone` as +973 and 8 digits."""

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class InitiationRequest:
    """What a gateway is asked to take. `amount` in fils; `track_id` 24 digits, fresh per attempt; URLs absolute,
    without query strings and at most 254 characters (BENEFIT strips queries; rails.md 1).

    `return_url` is the attempt's page, where the payer's browser comes back to; `reference` what is paid, to show.
    `contact` only where the caller gave one, for rails that reach the payer themselves; it goes nowhere else.
    """

    track_id: str
    amount: int
    currency: str
    notification_url: str
    error_url: str
    return_url: str = ""
    reference: str = ""
    contact: PayerContact | None = None


@dataclass(frozen=True, slots=True)
class InitiationStarted:
    """The gateway has a page for the payer."""

    gateway_payment: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class InitiationRefused:
    """The gateway answered that it will not: nothing was and will be charged under this track id."""

    decline: Decline


InitiationResult = InitiationStarted | InitiationRefused


class InquiryOutcome(StrEnum):
    """A gateway's status in our words. Whatever is not in its table is UNKNOWN: never success, never failure."""

    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    REVERSED = "reversed"
    PENDING = "pending"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InquiryResult:
    """What the gateway says about one track id. `capture` exactly when CAPTURED, `decline` exactly when DECLINED.
    `track_id` is the one in the answer: the caller compares it with the one asked about.
    """

    outcome: InquiryOutcome
    track_id: str
    capture: Capture | None = None
    decline: Decline | None = None


@dataclass(frozen=True, slots=True)
class CallbackNotice:
    """What an opened delivery is about. It never settles anything; it says which attempt to inquire about.
    `is_authenticated` is False for what anyone could have posted (an errorURL form).
    """

    track_id: str
    is_authenticated: bool


class PaymentGateway(Protocol):
    """One gateway's protocol. Money moves only inside the payer's page; `initiate` reserves nothing."""

    name: str

    def initiate(self, account: MerchantAccount, request: InitiationRequest) -> InitiationResult:
        """Ask for a payment page. May be called once per track id.

        Raises GatewayUnavailableError when nothing can have happened, OutcomeUnknownError on anything unreadable.
        """
        ...

    def read_callback(self, account: MerchantAccount, callback: RawCallback) -> CallbackNotice:
        """Open and read a delivery. Raises InvalidCallbackError, and nothing else, on whatever does not fit."""
        ...

    def inquire(
        self,
        account: MerchantAccount,
        *,
        track_id: str,
        amount: int,
        currency: str,
        captured_near: datetime,
        gateway_payment: str | None = None,
    ) -> InquiryResult:
        """Ask what became of a track id. Safe to repeat. `captured_near` (UTC) resolves dates without a year;
        `gateway_payment` is the gateway's own id, where its first answer gave one.

        Raises GatewayUnavailableError or OutcomeUnknownError when there is no readable answer.
        """
        ...


class GatewayRegistry(Protocol):
    def get(self, name: str) -> PaymentGateway:
        """Raises NotFoundError on a name that is not registered."""
        ...

    def refunds_of(self, name: str) -> RefundGateway:
        """How that gateway gives money back. Raises NotFoundError on a name that is not registered,
        CapabilityMissingError where the gateway does not refund.
        """
        ...
