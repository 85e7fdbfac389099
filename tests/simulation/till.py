"""An operator's machines that take banknotes for vouchers, with books of their own: what lies in them is the truth.

A machine asks for the code until it is answered, under its own transaction id; what is refused falls out again, and a
payer may have the notes back until the code was used.
"""

from dataclasses import dataclass, field
from datetime import datetime, time

from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount
from tests.simulation.kernel import START

TILL = MerchantAccount(
    account_id="acc-till",
    token="tok-till",
    gateway="kiosk",
    agency=PLATFORM_AGENCY,
    terminal_id="TILL0001",
    method="kiosk",
    base_url="https://kiosk.invalid",
    cutoff=time(0, 0),
    is_active=True,
    secrets=AccountSecrets(password="pw", resource_key="K" * 32),
    effective_from=START,
)
"""Where vouchers are sold."""


@dataclass
class Notes:
    """What was put into a machine for one voucher. `is_inside`: it still lies there."""

    transaction: str
    amount: int
    identifier: str
    paid_at: datetime
    is_inside: bool = True


@dataclass
class SimulatedTill:
    """`codes`: what payers were handed, by what they call it: a sale's name, or that with `+` for its change."""

    sales: dict[str, Notes] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Fils that lie in the machines."""
        return sum(notes.amount for notes in self.sales.values() if notes.is_inside)
