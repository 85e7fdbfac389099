"""What routing needs from the world, and the small port by which pages and lists ask which ways to pay are open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mizan.domain.accounts import MerchantAccount
from mizan.domain.health import RailEntry, RailEvent, RailHealth, Tally
from mizan.domain.payments import PaymentMethod


class MethodAvailability(Protocol):
    """Which methods a payer can be offered now."""

    def is_method_up(self, agency: str, service: str, method: PaymentMethod) -> bool:
        """Whether an account of the agency takes the method for the service and may be tried now."""
        ...

    def available_methods(self, agency: str, service: str) -> tuple[PaymentMethod, ...]:
        """The methods that are up, in the enumeration's order; those that start elsewhere (a kiosk, a bank) too.

        One that is down may be tried now and then all the same (`is_method_up`): that is how it comes back.
        """
        ...

    def open_accounts(
        self, agency: str, service: str, method: PaymentMethod, amount: int | None
    ) -> tuple[MerchantAccount, ...]:
        """The accounts that take `amount` fils (None: any) for the service by the method and whose rail is up."""
        ...


class RailRecords(Protocol):
    """The health of each account's rail, what was counted, and how it came to be."""

    def read(self, account_id: str) -> RailHealth:
        """As stored; up, where nothing was stored so far. Strongly consistent."""
        ...

    def move(self, before: RailHealth, after: RailHealth, event: RailEvent, at: datetime) -> bool:
        """Write a change and its entry in the audit, together. False where somebody else wrote meanwhile."""
        ...

    def claim(self, before: RailHealth, after: RailHealth) -> bool:
        """Write that a probe is taken. False where somebody else wrote meanwhile."""
        ...

    def add(self, account_id: str, slot: datetime, tally: Tally) -> None:
        """Count calls in the slot that starts at `slot` (UTC). What is older than the ring of slots is dropped."""
        ...

    def total(self, account_id: str, since: datetime) -> Tally:
        """What was counted in slots that start at `since` or later. Strongly consistent."""
        ...

    def entries(self, account_id: str, *, limit: int) -> Sequence[RailEntry]:
        """The last changes, newest first."""
        ...
