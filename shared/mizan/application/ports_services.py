"""What the use cases need to know about services, as a protocol."""

from collections.abc import Sequence
from typing import Protocol

from mizan.domain.services import Service


class ServiceCatalogue(Protocol):
    """Answers may be a minute old: phase dates are published long before they take effect."""

    def get(self, code: str) -> Service | None: ...

    def all(self) -> Sequence[Service]:
        """Every service, by code."""
        ...
