"""`trandata` of the tranportal family, by the terminal's wire: BENEFIT's JSON under AES-256, KNET's query string under
AES-128 with the key as its own IV (facts: rails 1, [R]; the names in KNET's answers [weak]).
"""

from __future__ import annotations

import binascii
import json
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from . import crypto, messages
from .errors import GatewayRefusalError
from .records import KNET, Merchant

KNET_KEY_BYTES = 16
KNET_ASKED = {"trackid": "trackId", "transid": "transId"}
KNET_ANSWERED = {
    "paymentId": "paymentid",
    "transId": "tranid",
    "trackId": "trackid",
    "date": "postdate",
    "authCode": "auth",
}


def check_key(wire: str, resource_key: str) -> None:
    """Raises ValueError on a key that this wire could not use."""
    if wire == KNET:
        _knet_key(resource_key)
    elif wire == "benefit":
        crypto.key_bytes(resource_key)


def seal(merchant: Merchant, text: str, key: str = "") -> str:
    """The array of one in `text` as the terminal's trandata; `key` where another than its own is to be used."""
    if merchant.wire != KNET:
        return crypto.encrypt(key or merchant.resource_key, text)
    [fields] = json.loads(text)
    query = "&".join(f"{KNET_ANSWERED.get(name, name)}={value}" for name, value in fields.items())
    return _encrypt(key or merchant.resource_key, query)


def open_sealed(merchant: Merchant, trandata: str) -> dict[str, Any]:
    """The fields of a request, under BENEFIT's names. Raises GatewayRefusalError IPAY0100013."""
    if merchant.wire != KNET:
        plaintext = crypto.decrypt(merchant.resource_key, trandata, strict_encoding=merchant.strict_encoding)
        return messages.array_of_one(plaintext)
    try:
        pairs = parse_qsl(_decrypt(merchant.resource_key, trandata), keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise GatewayRefusalError(crypto.BAD_TRANDATA, "undecipherable") from error
    return {KNET_ASKED.get(name.lower(), name): value for name, value in pairs}


def _knet_key(resource_key: str) -> bytes:
    key = resource_key.encode("utf-8")
    if len(key) != KNET_KEY_BYTES:
        raise ValueError("a KNET resource key is 16 characters")
    return key


def _encrypt(resource_key: str, text: str) -> str:
    key, padder = _knet_key(resource_key), PKCS7(128).padder()
    padded = padder.update(text.encode("utf-8")) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key)).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex().upper()


def _decrypt(resource_key: str, trandata: str) -> str:
    key, unpadder = _knet_key(resource_key), PKCS7(128).unpadder()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key)).decryptor()
    padded = decryptor.update(binascii.unhexlify(trandata)) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode("utf-8")
