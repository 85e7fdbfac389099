"""BENEFIT's `trandata`: the golden vector of the rails' facts, and what reading tolerates."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from mizan.adapters.gateways.benefit import trandata
from mizan.adapters.gateways.benefit.trandata import TrandataError

KEY = "TESTRESOURCEKEYTESTRESOURCEKEY12"
OTHER_KEY = "OTHERESOURCEKEYTESTRESOURCEKEY99"
PLAINTEXT = '[{"amt":"1.500"}]'
GOLDEN = "B5EE37CDA2DB77012F5A30139585A94EA5E9D4743AA0BF4BD8B4CD78607EED4777307CB4C5D3EDE5F25116E454B1B452"


def _closed_without_url_encoding(plaintext: str) -> str:
    """What a vendor kit sends: not URL-encoded, lowercase hex."""
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(KEY.encode()), modes.CBC(trandata.FIXED_IV)).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


def test_closing_gives_the_golden_vector() -> None:
    """Key, text and ciphertext were computed independently (facts: rails 1)."""
    assert trandata.close(KEY, PLAINTEXT) == GOLDEN


def test_opening_reads_the_golden_vector() -> None:
    """URL-decoded after decrypting."""
    assert trandata.candidates([KEY], GOLDEN) == [PLAINTEXT]


def test_lowercase_hex_opens_as_well() -> None:
    """Vendor kits send lowercase hex: both are accepted."""
    assert trandata.candidates([KEY], GOLDEN.lower()) == [PLAINTEXT]


def test_text_that_was_not_url_encoded_is_left_as_it_is() -> None:
    """Vendor kits skip the encoding; a plus or a percent in such text is itself."""
    plaintext = '[{"udf1":"a+b%41"}]'

    opened = trandata.candidates([KEY], _closed_without_url_encoding(plaintext))

    assert opened == [plaintext]


def test_a_space_survives_both_ways() -> None:
    """Java's `+` for a space and `%20` are the same text."""
    assert trandata.candidates([KEY], trandata.close(KEY, '[{"result":"NOT CAPTURED"}]')) == [
        '[{"result":"NOT CAPTURED"}]'
    ]


def test_the_key_that_opens_is_found_among_retired_ones() -> None:
    """Retired keys still open what was closed before the rotation."""
    assert PLAINTEXT in trandata.candidates([OTHER_KEY, KEY], GOLDEN)


@pytest.mark.parametrize("text", ["", "zz", GOLDEN[:-2], GOLDEN[:31], "ب" * 32, "00" * 16])
def test_what_does_not_open_gives_no_candidate(text: str) -> None:
    """Truncated, odd, foreign or random text is no message."""
    assert trandata.candidates([KEY], text) == []


def test_a_key_may_be_written_as_64_hex_digits() -> None:
    """The same key, written in hex, opens the same text."""
    assert trandata.candidates([KEY.encode().hex()], GOLDEN) == [PLAINTEXT]


@pytest.mark.parametrize("resource_key", ["", "short", "x" * 31, "ab" * 16 + "c", "zz" * 32])
def test_a_key_of_another_length_is_refused(resource_key: str) -> None:
    """AES-256 needs 32 bytes; a shorter key is a configuration error, never padded."""
    with pytest.raises(TrandataError):
        trandata.key_bytes(resource_key)
