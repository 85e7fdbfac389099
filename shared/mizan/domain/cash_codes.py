"""A cash-out code: sixteen digits against which an operator hands a refund out in cash, once.

It is derived under the platform's key from the refund's id, so that it can be shown again and is stored nowhere. What
is stored is a digest under the same key: sixteen digits can be tried out, a keyed hash of them cannot.
"""

import hashlib
import hmac
import re

CODE_LENGTH = 16
_CODE = re.compile(f"[0-9]{{{CODE_LENGTH}}}")


def derive_cash_code(key: bytes, refund_id: str) -> str:
    """The code of a refund, always the same."""
    digest = hmac.digest(key, f"cash-code\x1f{refund_id}".encode(), hashlib.sha256)
    return f"{int.from_bytes(digest[:16], 'big') % 10**CODE_LENGTH:0{CODE_LENGTH}d}"


def digest_of_code(key: bytes, code: str) -> str:
    """What is kept of a code, and what it is looked up by."""
    return hmac.digest(key, f"cash-code-digest\x1f{code}".encode(), hashlib.sha256).hex()


def is_code(text: str) -> bool:
    """Whether `text` is sixteen ASCII digits."""
    return _CODE.fullmatch(text) is not None
