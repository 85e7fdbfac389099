"""EazyPay's signatures: hex HMAC-SHA256 over values joined without a separator."""

import hashlib
import hmac
from collections.abc import Iterable


def sign(secret: str, *parts: str) -> str:
    """Webhook [R]: timestamp, nonce, globalTransactionsId, isPaid ("true" or "false"). Creating [weak]: timestamp,
    currency, amount, appId. Asking [weak]: timestamp, appId.
    """
    return hmac.new(secret.encode("utf-8"), "".join(parts).encode("utf-8"), hashlib.sha256).hexdigest()


def is_signed(secrets: Iterable[str], signature: str, *parts: str) -> bool:
    """Whether one of the secrets made it; either hex case, compared in constant time. An empty secret made nothing."""
    given = signature.strip().lower().encode("utf-8", "replace")
    found = [hmac.compare_digest(sign(secret, *parts).encode("ascii"), given) for secret in secrets if secret]
    return any(found)
