"""Data keys under KMS. The ring holds wrapped 256-bit keys per purpose and version; a process unwraps each once.

Purposes: `reference` (derives payment references), `personal` (seals customers), `secrets` (seals merchant secrets),
`lookup` (hashes what payers are searched by).
Sealing is AES-256-GCM with the item's identity as associated data: a ciphertext moved to another item does not open.
"""

import hashlib
import hmac
import os
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.cash_codes import derive_cash_code, digest_of_code
from mizan.domain.references import derive_dispute_id, derive_payment_id, derive_reference, derive_refund_id

PURPOSES = ("reference", "personal", "secrets", "lookup")
NONCE_BYTES = 12
VERSION_BYTES = 2
LOOKUP_DIGITS = 32


class KmsKeyRing:
    """Raises KeyError when a purpose has no key: the platform was not set up."""

    def __init__(self, dynamodb: Any, kms: Any, table: str) -> None:
        self._dynamodb, self._kms, self._table = dynamodb, kms, table
        self._keys: dict[tuple[str, int], bytes] = {}
        self._latest: dict[str, int] = {}

    def latest(self, purpose: str) -> tuple[int, bytes]:
        """The newest version and its key, read once per process: warm processes see a new version when recycled."""
        if purpose not in self._latest:
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :purpose)",
                ExpressionAttributeValues=pack({":pk": "RING", ":purpose": f"{purpose}#"}),
                ScanIndexForward=False,
                Limit=1,
                ConsistentRead=True,
            )
            if not answer["Items"]:
                raise KeyError(f"the key ring has no {purpose} key")
            item = unpack(answer["Items"][0])
            version = int(item["sk"].rpartition("#")[2])
            self._keys[purpose, version] = self._unwrap(purpose, item["wrapped"])
            self._latest[purpose] = version
        version = self._latest[purpose]
        return version, self._keys[purpose, version]

    def key(self, purpose: str, version: int) -> bytes:
        if (purpose, version) not in self._keys:
            answer = self._dynamodb.get_item(
                TableName=self._table, Key=pack(_ring_key(purpose, version)), ConsistentRead=True
            )
            if "Item" not in answer:
                raise KeyError(f"the key ring has no {purpose} key of version {version}")
            self._keys[purpose, version] = self._unwrap(purpose, unpack(answer["Item"])["wrapped"])
        return self._keys[purpose, version]

    def _unwrap(self, purpose: str, wrapped: bytes) -> bytes:
        answer = self._kms.decrypt(CiphertextBlob=wrapped, EncryptionContext={"purpose": purpose})
        return bytes(answer["Plaintext"])


class SealedData:
    """Seals bytes under one purpose of the ring (the `PersonalData` port)."""

    def __init__(self, ring: KmsKeyRing, purpose: str) -> None:
        self._ring, self._purpose = ring, purpose

    def seal(self, plaintext: bytes, context: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # 20 ms; not for who only reads keys

        version, key = self._ring.latest(self._purpose)
        nonce = os.urandom(NONCE_BYTES)
        header = version.to_bytes(VERSION_BYTES, "big")
        return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises cryptography's InvalidTag on a ciphertext that was changed or belongs to another item."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # 20 ms; not for who only reads keys

        header, rest = sealed[:VERSION_BYTES], sealed[VERSION_BYTES:]
        key = self._ring.key(self._purpose, int.from_bytes(header, "big"))
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + context.encode())


class KeyedDerivation:
    """References and payment ids under the ring's first `reference` key: it is pinned, or replays would miss."""

    VERSION = 1

    def __init__(self, ring: KmsKeyRing) -> None:
        self._ring = ring

    def reference(self, identity: str, probe: int) -> str:
        return derive_reference(self._ring.key("reference", self.VERSION), identity, probe)

    def payment_id(self, reference: str, idempotency_key: str, probe: int) -> str:
        return derive_payment_id(self._ring.key("reference", self.VERSION), reference, idempotency_key, probe)

    def refund_id(self, reference: str, identity: str, probe: int) -> str:
        return derive_refund_id(self._ring.key("reference", self.VERSION), reference, identity, probe)

    def dispute_id(self, reference: str, identity: str, probe: int) -> str:
        return derive_dispute_id(self._ring.key("reference", self.VERSION), reference, identity, probe)

    def cash_code(self, refund_id: str) -> str:
        return derive_cash_code(self._ring.key("reference", self.VERSION), refund_id)

    def cash_code_digest(self, code: str) -> str:
        return digest_of_code(self._ring.key("reference", self.VERSION), code)


class KeyedLookup:
    """Hashes under the ring's first `lookup` key: it is pinned, or what was written before would not be found."""

    VERSION = 1

    def __init__(self, ring: KmsKeyRing) -> None:
        self._ring = ring

    def digest(self, text: str) -> str:
        """32 hexadecimal digits."""
        key = self._ring.key("lookup", self.VERSION)
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:LOOKUP_DIGITS]


def ring_item(kms: Any, kms_key_id: str, purpose: str, version: int) -> dict[str, Any]:
    """A fresh wrapped data key, for set-up and rotation; put it with `attribute_not_exists(pk)`."""
    answer = kms.generate_data_key(KeyId=kms_key_id, KeySpec="AES_256", EncryptionContext={"purpose": purpose})
    return {**_ring_key(purpose, version), "wrapped": bytes(answer["CiphertextBlob"])}


def _ring_key(purpose: str, version: int) -> dict[str, str]:
    return {"pk": "RING", "sk": f"{purpose}#{version:05d}"}
