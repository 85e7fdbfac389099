"""MFEP's signatures (rails.md 4): RSA PKCS#1 v1.5 with SHA-256 over a text in UTF-16LE without BOM, in Base64."""

import base64
import binascii
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from mizan.adapters.gateways.mfep.codes import BAD_SIGNATURE
from mizan.domain.errors import InvalidCallbackError

_KEYS_KEPT = 64


def sign(private_key: str, text: str) -> str:
    """Base64 of the signature under a PEM key (PKCS#8)."""
    signature = _private(private_key).sign(_bytes_of(text), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def verify(public_keys: Iterable[str], texts: Iterable[str], signature: str) -> None:
    """One of the PEM keys has signed one of the texts. Raises InvalidCallbackError where none has."""
    try:
        raw = base64.b64decode("".join(signature.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCallbackError(BAD_SIGNATURE) from None
    candidates = [_bytes_of(text) for text in dict.fromkeys(texts)]
    if not any(_is_signed(key, raw, candidate) for key in public_keys for candidate in candidates):
        raise InvalidCallbackError(BAD_SIGNATURE)


def _is_signed(public_key: str, signature: bytes, content: bytes) -> bool:
    try:
        _public(public_key).verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@lru_cache(_KEYS_KEPT)
def _private(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key is needed")
    return key


@lru_cache(_KEYS_KEPT)
def _public(pem: str) -> RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("an RSA key is needed")
    return key
