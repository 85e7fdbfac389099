"""What judging a payer's ways needs to know beside the catalogue, as protocols."""

from collections.abc import Container, Mapping
from datetime import date
from typing import Protocol

from mizan.domain.journeys import Rail
from mizan.domain.payments import PaymentMethod


class RailDirectory(Protocol):
    def rails_of(self, agency: str) -> Mapping[PaymentMethod, Rail]:
        """What takes money for the agency now, by method; without their secrets. May be a minute old.

        A rail that moves money before we hear of it may be the platform's own ("*"): one account for all agencies.
        """
        ...


class HolidayCalendar(Protocol):
    def holidays(self, start: date, end: date) -> Container[date]:
        """The public holidays from `start` to `end`, both included."""
        ...
