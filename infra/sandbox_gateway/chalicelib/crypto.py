"""`trandata`: AES-256-CBC, PKCS7, the terminal's resource key, the gateway's fixed IV (facts: rails 1, [R]).

The gateway answers in uppercase hex over URL-encoded text. It reads both hex cases; text that was not URL-encoded is
refused as IPAY0100013 unless the terminal is registered with `strict_encoding` off (vendor kits skip the encoding).
"""

from __future__ import annotations

import binascii
from urllib.parse import quote_plus, unquote_plus

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from .errors import GatewayRefusalError

FIXED_IV = b"PGKEYENCDECIVSPC"
KEY_BYTES = 32
BAD_TRANDATA = "IPAY0100013"


def key_bytes(resource_key: str) -> bytes:
    """32 characters are the key itself, as the gateway hands it out; 64 hex digits are read as bytes.

    Raises ValueError for anything else.
    """
    encoded = resource_key.encode("utf-8")
    if len(encoded) == KEY_BYTES:
        return encoded
    key = binascii.unhexlify(encoded)
    if len(key) != KEY_BYTES:
        raise ValueError("a resource key is 32 characters, or 64 hex digits")
    return key


def encrypt(resource_key: str, plaintext: str, *, url_encode: bool = True) -> str:
    """Uppercase hex of the encrypted text; the text is URL-encoded first, the Java way (space is `+`)."""
    encoded = (quote_plus(plaintext) if url_encode else plaintext).encode("utf-8")
    padder = PKCS7(128).padder()
    padded = padder.update(encoded) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key_bytes(resource_key)), modes.CBC(FIXED_IV)).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex().upper()


def decrypt(resource_key: str, trandata: str, *, strict_encoding: bool = True) -> str:
    """The plaintext of `trandata`. Raises GatewayRefusalError IPAY0100013 for anything unreadable."""
    try:
        text = _decrypt_bytes(key_bytes(resource_key), binascii.unhexlify(trandata)).decode("utf-8")
    except (ValueError, UnicodeDecodeError) as error:
        raise GatewayRefusalError(BAD_TRANDATA, "undecipherable") from error
    if text[:1] in ("[", "{"):
        if strict_encoding:
            raise GatewayRefusalError(BAD_TRANDATA, "plaintext was not URL-encoded")
        return text
    return unquote_plus(text)


def _decrypt_bytes(key: bytes, ciphertext: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(FIXED_IV)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
