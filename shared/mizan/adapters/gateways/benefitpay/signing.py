"""BenefitPay's signature over named values, the same for the app's parameters and for requests (rails 3).

Pairs `key="value"` sorted by key, joined by commas without spaces; HMAC-SHA256; Base64.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = frozenset({"lang", "hashedString", "secure_hash"})


def text_to_sign(fields: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in sorted(fields.items()) if name not in UNSIGNED)


def sign_fields(secret: str, fields: Mapping[str, str]) -> str:
    """Of the app's parameters: `secure_hash`. Of a request: `X-FOO-Signature`, type KEYVAL."""
    return sign_bytes(secret, text_to_sign(fields).encode())


def sign_bytes(secret: str, body: bytes) -> str:
    """Of a callback: `x-foo-signature` over the raw body, under the callback secret [weak]."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode("ascii")


def is_signed(secrets: tuple[str, ...], body: bytes, signature: str) -> bool:
    """Whether any of the secrets made the signature; each is compared in constant time."""
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(sign_bytes(secret, body).encode(), given) for secret in secrets if secret)
