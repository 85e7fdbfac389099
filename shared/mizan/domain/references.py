"""The payment reference: 18 digits, the last two ISO 7064 MOD 97-10 check digits. Typed at kiosks, read out on phones.

It is derived, not drawn: a keyed hash of the agency and the agency's own number. The same request always finds the same
reference, so creation is one conditional put, and nobody without the key can guess one.
"""

import hashlib
import hmac
import re

REFERENCE_LENGTH = 18
PROBE_COUNT_MAX = 16
"""References tried for one identity before giving up; a collision in 10^16 is rare, sixteen in a row are a bug."""

REFUND_SERIAL_FIRST = 900_000
"""Refunds take the six-digit serials from here on, attempts those below: at a gateway both are track ids of one
space.
"""

_PAYMENT_ID = re.compile(r"pay_([0-9]{18})([0-8][0-9]{5})")
_REFUND_ID = re.compile(r"rfd_([0-9]{18})(9[0-9]{5})")
_VOUCHER_ID = re.compile(r"vch_[0-9]{24}")
_DISPUTE_ID = re.compile(r"dsp_([0-9]{18})([0-9]{6})")


def check_digits(body: str) -> str:
    """Two check digits for a string of digits (ISO 7064 MOD 97-10: the whole, read as a number, is 1 modulo 97)."""
    return f"{98 - int(body) * 100 % 97:02d}"


def is_reference(text: str) -> bool:
    """Whether `text` is 18 ASCII digits whose check digits are right. Refuses what no look-up should be spent on.

    Congruent pairs (00, 01, 99 for 97, 98, 02) are never issued and not taken: a bill has one number.
    """
    has_shape = len(text) == REFERENCE_LENGTH and text.isascii() and text.isdecimal()
    return has_shape and check_digits(text[:-2]) == text[-2:]


def derive_reference(key: bytes, identity: str, probe: int) -> str:
    """The reference of `identity` (agency and its number or idempotency key) at the given probe (0-based)."""
    digest = hmac.digest(key, f"{probe}\x1f{identity}".encode(), hashlib.sha256)
    body = f"{int.from_bytes(digest[:16], 'big') % 10**16:016d}"
    return body + check_digits(body)


def derive_payment_id(key: bytes, reference: str, idempotency_key: str, probe: int) -> str:
    """The id of the attempt that `idempotency_key` starts on an invoice: `pay_` + reference + 6 digits below 900000."""
    return f"pay_{reference}{_serial(key, reference, idempotency_key, probe) % REFUND_SERIAL_FIRST:06d}"


def derive_refund_id(key: bytes, reference: str, identity: str, probe: int) -> str:
    """The id of a refund of a payment on `reference`: `rfd_` + reference + 6 digits from 900000 on."""
    serial = _serial(key, reference, f"refund\x1f{identity}", probe) % (10**6 - REFUND_SERIAL_FIRST)
    return f"rfd_{reference}{REFUND_SERIAL_FIRST + serial:06d}"


def derive_dispute_id(key: bytes, reference: str, identity: str, probe: int) -> str:
    """The id of a dispute of a payment on `reference`: `dsp_` + reference + 6 digits."""
    serial = _serial(key, reference, f"dispute\x1f{identity}", probe)
    return f"dsp_{reference}{serial % 10**6:06d}"


def _serial(key: bytes, reference: str, identity: str, probe: int) -> int:
    digest = hmac.digest(key, f"{probe}\x1f{reference}\x1f{identity}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big")


def parse_payment_id(payment_id: str) -> str | None:
    """The reference inside a payment id, or None where it is not one."""
    return _reference_in(_PAYMENT_ID, payment_id)


def parse_refund_id(refund_id: str) -> str | None:
    """The reference inside a refund id, or None where it is not one."""
    return _reference_in(_REFUND_ID, refund_id)


def parse_dispute_id(dispute_id: str) -> str | None:
    """The reference inside a dispute id, or None where it is not one."""
    return _reference_in(_DISPUTE_ID, dispute_id)


def voucher_id_of(identity: str) -> str:
    """The id of the voucher that `identity` (account and transaction of the cash) stands for: `vch_` + 24 digits."""
    number = int.from_bytes(hashlib.sha256(f"voucher\x1f{identity}".encode()).digest()[:16], "big") % 10**24
    return f"vch_{number:024d}"


def is_voucher_id(text: str) -> bool:
    return _VOUCHER_ID.fullmatch(text) is not None


def _reference_in(pattern: re.Pattern[str], own_id: str) -> str | None:
    match = pattern.fullmatch(own_id)
    return match[1] if match and is_reference(match[1]) else None


def track_id(payment_id: str) -> str:
    """The attempt's id as gateways see it: the 24 digits (BENEFIT takes digits only)."""
    return payment_id.removeprefix("pay_")


def payment_id_of_track(track: str) -> str | None:
    """The payment id of a gateway's track id, or None where it cannot be ours."""
    payment_id = f"pay_{track}"
    return payment_id if parse_payment_id(payment_id) else None


def refund_id_of_track(track: str) -> str | None:
    """The refund id of a rail's track id, or None where it cannot be ours."""
    refund_id = f"rfd_{track}"
    return refund_id if parse_refund_id(refund_id) else None
