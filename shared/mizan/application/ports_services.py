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


class ServiceSnapshot:
    """A catalogue that stands still: one judgement for every row of a file, and safe to share among threads."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._by_code = {service.code: service for service in services}

    def get(self, code: str) -> Service | None:
        return self._by_code.get(code)

    def all(self) -> Sequence[Service]:
        return tuple(self._by_code.values())
