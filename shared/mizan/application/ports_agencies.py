"""What the use cases need to know about agencies, as a protocol."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same in English and in Arabic."""

    en: str
    ar: str


class AgencyNames(Protocol):
    def name_of(self, code: str) -> Bilingual | None:
        """May be a minute old."""
        ...
