"""What quoting and baskets need from the store, as protocols."""

from datetime import datetime
from typing import Protocol

from mizan.domain.baskets import Basket
from mizan.domain.quotes import Quote


class QuoteBook(Protocol):
    def keep(self, quote_id: str, quote: Quote, now: datetime) -> Quote:
        """Store what was quoted; the one kept first under this id where there is one."""
        ...

    def get(self, reference: str, quote_id: str) -> Quote | None:
        """Strongly consistent."""
        ...


class BasketRepository(Protocol):
    def add(self, basket: Basket) -> Basket | None:
        """Store a new basket under its reference: None when stored, else what was there; raises ReferenceTakenError
        where the reference is an invoice's.
        """
        ...

    def get(self, reference: str) -> Basket | None:
        """Strongly consistent. None also for an invoice's reference."""
        ...
