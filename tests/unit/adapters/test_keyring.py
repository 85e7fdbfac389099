"""Data keys under KMS: unwrapped once, bound to their purpose; what is sealed opens only where it belongs."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from mizan.adapters.aws.keyring import KeyedDerivation, KmsKeyRing, SealedData, ring_item
from mizan.adapters.dynamodb.items import pack
from mizan.domain.cash_codes import digest_of_code, is_code
from mizan.domain.references import derive_payment_id, derive_reference
from tests.engines import REGION, create_table, dynamodb_client
from tests.fakes.sealing import FakeKeyRing, sealed_data


class CountingKms:
    """A KMS client that counts how often it is asked to unwrap."""

    def __init__(self, client: Any) -> None:
        self._client, self.decrypt_count = client, 0

    def decrypt(self, **arguments: Any) -> Any:
        self.decrypt_count += 1
        return self._client.decrypt(**arguments)


class Keys:
    """A ring in moto's table under moto's KMS."""

    def __init__(self, dynamodb: Any, kms: Any) -> None:
        self.dynamodb, self.kms = dynamodb, kms
        self.table = create_table(dynamodb)
        self.key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        self.counting = CountingKms(kms)

    def add(self, purpose: str, version: int) -> None:
        self.put(ring_item(self.kms, self.key_id, purpose, version))

    def put(self, item: dict[str, Any]) -> None:
        self.dynamodb.put_item(TableName=self.table, Item=pack(item))

    def ring(self) -> KmsKeyRing:
        return KmsKeyRing(self.dynamodb, self.counting, self.table)


@pytest.fixture
def keys() -> Iterator[Keys]:
    import boto3  # noqa: PLC0415  # inside the mock

    with mock_aws():
        yield Keys(dynamodb_client(), boto3.client("kms", region_name=REGION))


def test_a_key_is_unwrapped_once_per_process(keys: Keys) -> None:
    """KMS costs money and time: three seals and three openings are one call."""
    keys.add("personal", 1)
    sealing = SealedData(keys.ring(), "personal")

    opened = {sealing.open(sealing.seal(b"Maryam", "ref"), "ref") for _ in range(3)}

    assert opened == {b"Maryam"}
    assert keys.counting.decrypt_count == 1


def test_after_a_rotation_new_data_is_sealed_under_the_new_key_and_old_data_still_opens(keys: Keys) -> None:
    """Version ten follows nine: the newest by number, not by luck of the alphabet."""
    keys.add("personal", 9)
    old = SealedData(keys.ring(), "personal").seal(b"old", "ref")
    keys.add("personal", 10)
    keys.add("secrets", 99)

    sealing = SealedData(keys.ring(), "personal")
    new = sealing.seal(b"new", "ref")

    assert (int.from_bytes(old[:2], "big"), int.from_bytes(new[:2], "big")) == (9, 10)
    assert (sealing.open(old, "ref"), sealing.open(new, "ref")) == (b"old", b"new")


def test_a_purpose_without_a_key_is_named(keys: Keys) -> None:
    """The platform was not set up: the error says which key is missing."""
    with pytest.raises(KeyError, match="no personal key"):
        keys.ring().latest("personal")
    with pytest.raises(KeyError, match="no personal key of version 3"):
        keys.ring().key("personal", 3)


def test_a_wrapped_key_does_not_serve_another_purpose(keys: Keys) -> None:
    """KMS binds it to its purpose: moved to another row of the ring it does not unwrap."""
    stolen = ring_item(keys.kms, keys.key_id, "personal", 1)
    keys.put(stolen | {"sk": "secrets#00001"})

    with pytest.raises(keys.kms.exceptions.InvalidCiphertextException):
        keys.ring().latest("secrets")


def test_references_come_from_the_first_reference_key_for_ever(keys: Keys) -> None:
    """A rotation must not move them: a replayed creation has to find the invoice it made."""
    keys.add("reference", 1)
    before = KeyedDerivation(keys.ring())
    reference, payment_id = before.reference("identity", 0), before.payment_id("1" * 18, "try-1", 2)
    keys.add("reference", 2)

    after = KeyedDerivation(keys.ring())

    first_key = keys.ring().key("reference", 1)
    assert after.reference("identity", 0) == reference == derive_reference(first_key, "identity", 0)
    assert after.payment_id("1" * 18, "try-1", 2) == payment_id == derive_payment_id(first_key, "1" * 18, "try-1", 2)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_what_is_sealed_opens_in_its_own_context_only(plaintext: bytes, context: str) -> None:
    """A ciphertext that was moved to another item does not open there, nor under another purpose."""
    sealed = sealed_data("personal").seal(plaintext, context)

    assert sealed_data("personal").open(sealed, context) == plaintext
    assert plaintext == b"" or len(plaintext) < 4 or plaintext not in sealed
    with pytest.raises(InvalidTag):
        sealed_data("personal").open(sealed, context + "x")
    with pytest.raises(InvalidTag):
        sealed_data("secrets").open(sealed, context)


@given(st.binary(min_size=1, max_size=60), st.data())
def test_one_changed_bit_anywhere_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    """Version, nonce, text or tag: nothing opens after tampering."""
    sealed = bytearray(sealed_data("personal").seal(plaintext, "ref"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(InvalidTag):
        sealed_data("personal").open(bytes(sealed), "ref")


def test_the_same_text_never_seals_to_the_same_bytes() -> None:
    """A fresh nonce each time: equal names cannot be told from the table."""
    ring = FakeKeyRing()

    assert len({sealed_data("personal", ring).seal(b"Maryam", "ref") for _ in range(100)}) == 100


def test_cash_out_codes_come_from_the_same_pinned_key(keys: Keys) -> None:
    """A newer key changes no code: one that was handed out stays good until it expires."""
    keys.add("reference", 1)
    refund_id = "rfd_000000000000000195900001"
    code = KeyedDerivation(keys.ring()).cash_code(refund_id)
    keys.add("reference", 2)

    again = KeyedDerivation(keys.ring())

    assert again.cash_code(refund_id) == code
    assert is_code(code)
    assert again.cash_code_digest(code) == digest_of_code(keys.ring().key("reference", 1), code)
