"""`trandata`: AES-256-CBC, PKCS7, key = the 32-character resource key as UTF-8, fixed IV, uppercase hex [R].

The text is URL-encoded before it is encrypted (IPAY0100013 otherwise). Reading takes both hex cases, and text that was
not URL-encoded, as vendor kits send it. A fixed IV and no MAC: secrecy at best, never proof of who wrote it.
`cryptography` is loaded only when something is opened or closed.
"""

import binascii
from collections.abc import Iterable
from urllib.parse import quote, unquote_plus

FIXED_IV = b"PGKEYENCDECIVSPC"
KEY_BYTE_COUNT = 32
BLOCK_BIT_COUNT = 128


class TrandataError(ValueError):
    """The text cannot be opened with this key."""


def key_bytes(resource_key: str) -> bytes:
    """32 characters are the key, as BENEFIT hands it out; 64 hex digits are read as bytes. Raises TrandataError."""
    encoded = resource_key.encode("utf-8")
    if len(encoded) == KEY_BYTE_COUNT:
        return encoded
    try:
        key = binascii.unhexlify(encoded)
    except ValueError as error:
        raise TrandataError("the resource key is neither 32 characters nor hex") from error
    if len(key) != KEY_BYTE_COUNT:
        raise TrandataError("the resource key has the wrong length")
    return key


def close(resource_key: str, plaintext: str) -> str:
    """URL-encode, encrypt, uppercase hex."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  # slow to load
    from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415  # the same

    padder = PKCS7(BLOCK_BIT_COUNT).padder()
    padded = padder.update(quote(plaintext, safe="").encode("ascii")) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key_bytes(resource_key)), modes.CBC(FIXED_IV)).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex().upper()


def candidates(resource_keys: Iterable[str], trandata: str) -> list[str]:
    """Every plaintext that one of the keys opens, in the keys' order: wrong keys fit by chance once in about 256.

    The caller takes the first that parses. Empty when no key opens it.
    """
    opened = []
    for resource_key in resource_keys:
        try:
            opened.append(_open(resource_key, trandata))
        except ValueError:
            continue
    return opened


def _open(resource_key: str, trandata: str) -> str:
    """One plaintext, URL-decoded where it was encoded. Raises ValueError."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  # slow to load
    from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415  # the same

    decryptor = Cipher(algorithms.AES(key_bytes(resource_key)), modes.CBC(FIXED_IV)).decryptor()
    padded = decryptor.update(binascii.unhexlify(trandata)) + decryptor.finalize()
    unpadder = PKCS7(BLOCK_BIT_COUNT).unpadder()
    text = (unpadder.update(padded) + unpadder.finalize()).decode("utf-8")
    return text if text[:1] in ("[", "{") else unquote_plus(text, errors="strict")
