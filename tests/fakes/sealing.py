"""Real sealing under a key ring that needs no KMS."""

from typing import Any, cast

from mizan.adapters.aws.keyring import KmsKeyRing, SealedData


class FakeKeyRing:
    """Every purpose has one key, its version settable."""

    def __init__(self) -> None:
        self.version = 1

    def latest(self, purpose: str) -> tuple[int, bytes]:
        return self.version, self.key(purpose, self.version)

    def key(self, purpose: str, version: int) -> bytes:
        return f"{purpose}-{version}".encode().ljust(32, b"\0")


def sealed_data(purpose: str, ring: Any = None) -> SealedData:
    return SealedData(cast("KmsKeyRing", ring or FakeKeyRing()), purpose)
