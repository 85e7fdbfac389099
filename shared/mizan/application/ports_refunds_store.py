"""What the use cases of refunds and disputes need from the store, as protocols. Every read is strongly consistent."""

from typing import Protocol

from mizan.domain.disputes import Dispute
from mizan.domain.refunds import Refund


class RefundRepository(Protocol):
    """Written through `Books` alone: a refund never changes without its payment's headroom being right."""

    def get(self, refund_id: str) -> Refund | None:
        """None also for what is not a refund id."""
        ...

    def list_of_invoice(self, reference: str) -> list[Refund]:
        """All refunds of payments on an invoice or basket, oldest first."""
        ...


class DisputeRepository(Protocol):
    def get(self, dispute_id: str) -> Dispute | None:
        """None also for what is not a dispute id."""
        ...

    def list_of_invoice(self, reference: str) -> list[Dispute]:
        """All disputes of payments on an invoice or basket, oldest first."""
        ...
