"""KNET's `trandata`: AES-128-CBC, PKCS7, the 16-character resource key is key and IV alike, over a query string [R].

What is encrypted is `name=value&…`, its values not URL-encoded (the vendor's sample sends them as they are). Both hex
cases are read. Key = IV and no MAC: secrecy at best, never proof of who wrote it. `cryptography` is loaded only when
something is opened or closed.
"""

import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

from mizan.adapters.gateways.reading import UnreadableError

KEY_BYTE_COUNT = 16
BLOCK_BIT_COUNT = 128
FIELD_COUNT_MAX = 64
_SEPARATORS = frozenset("&=\r\n")


class KeyLengthError(ValueError):
    """The resource key is not 16 characters."""


def query_text(fields: Mapping[str, str]) -> str:
    """`name=value&…` in the given order. Raises ValueError on a value that would say more than itself."""
    if any(_SEPARATORS & set(value) for value in fields.values()):
        raise ValueError("a value holds a separator")
    return "&".join(f"{name}={value}" for name, value in fields.items())


def close(resource_key: str, plaintext: str) -> str:
    """Encrypt, uppercase hex. Raises KeyLengthError."""
    from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415  # slow to load

    padder = PKCS7(BLOCK_BIT_COUNT).padder()
    padded = padder.update(plaintext.encode("utf-8")) + padder.finalize()
    encryptor = _cipher(resource_key).encryptor()
    return bytes(encryptor.update(padded) + encryptor.finalize()).hex().upper()


def open_fields(resource_keys: Iterable[str], trandata: str) -> dict[str, str]:
    """What the first fitting key opens, names in lower case. A wrong key fits by chance once in about 256: its text
    holds no fields. Raises UnreadableError: "undecryptable", or "unreadable".
    """
    reason = "undecryptable"
    for resource_key in resource_keys:
        try:
            text = _open(resource_key, trandata)
        except ValueError:
            continue
        try:
            return _fields(text)
        except ValueError:
            reason = "unreadable"
    raise UnreadableError(reason)


def _open(resource_key: str, trandata: str) -> str:
    from cryptography.hazmat.primitives.padding import PKCS7  # noqa: PLC0415  # slow to load

    decryptor = _cipher(resource_key).decryptor()
    padded = decryptor.update(binascii.unhexlify(trandata)) + decryptor.finalize()
    unpadder = PKCS7(BLOCK_BIT_COUNT).unpadder()
    return bytes(unpadder.update(padded) + unpadder.finalize()).decode("utf-8")


def _fields(text: str) -> dict[str, str]:
    """Raises ValueError when it is no query string, or says one thing twice. Values come URL-encoded or not [weak]."""
    pairs = [part.partition("=") for part in text.split("&") if part]
    if not pairs or len(pairs) > FIELD_COUNT_MAX or not all(name and mark for name, mark, _ in pairs):
        raise ValueError("not a query string")
    fields = {name.lower(): unquote_plus(value, errors="strict") for name, _, value in pairs}
    if len(fields) != len(pairs):
        raise ValueError("a name came twice")
    return fields


def _cipher(resource_key: str):  # type: ignore[no-untyped-def]  # its type would load the library
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  # slow to load

    key = resource_key.encode("utf-8")
    if len(key) != KEY_BYTE_COUNT:
        raise KeyLengthError("the resource key is not 16 characters")
    return Cipher(algorithms.AES(key), modes.CBC(key))  # the gateway's own scheme
