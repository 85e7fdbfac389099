"""What is stored beside the payments themselves: terminals, movements of money, callbacks to make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .transactions import Transaction

BENEFIT, KNET, EAZYPAY, TAP = "benefit", "knet", "eazypay", "tap"


@dataclass(frozen=True, slots=True)
class Merchant:
    """A terminal: its password, resource key, and how the gateway treats it. `fee_fils` is taken per purchase; `wire`
    says which gateway's protocol it speaks.
    """

    terminal_id: str
    password: str
    resource_key: str
    name: str = ""
    enabled: bool = True
    strict_encoding: bool = True
    documented_result: bool = False
    fee_fils: int = 100
    wire: str = BENEFIT


@dataclass(frozen=True, slots=True)
class BankClient:
    """Who may send payouts to the sandbox's bank: an API key, and the secret that signs requests."""

    client_id: str
    api_key: str
    signing_secret: str


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved: `action` is one of `settlement.SIGNS`; `amount_fils` and `fee_fils` are never negative."""

    action: str
    at: datetime
    terminal_id: str
    track_id: str
    payment_id: str
    tran_id: str
    rrn: str
    auth_code: str
    amount_fils: int
    fee_fils: int

    @classmethod
    def of(cls, action: str, transaction: Transaction, at: datetime, fee_fils: int = 0) -> Movement:
        """The whole captured amount of a payment, moved by `action` at `at`."""
        return cls(
            action=action,
            at=at,
            terminal_id=transaction.terminal_id,
            track_id=transaction.track_id,
            payment_id=transaction.payment_id,
            tran_id=transaction.tran_id,
            rrn=transaction.rrn,
            auth_code=transaction.auth_code,
            amount_fils=transaction.captured_fils or 0,
            fee_fils=fee_fils,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback to make: `kind` is notification, extra (sent, its acknowledgement unheeded) or error; `headers` is
    JSON.
    """

    number: int
    payment_id: str
    kind: str
    url: str
    body: bytes
    headers: str = "{}"
