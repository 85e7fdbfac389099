"""Each agency's accounts at the sandbox's other card gateways: KNET; EazyPay and Tap as alternatives for credit cards.

The treasury's for baskets. Ranks: an alternative is used where no account of a lower rank takes the method.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from infra.local.state import AccountNote, Notes
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount

Post = Callable[[str, dict[str, Any]], None]
SHORT_KEY_BYTES, LONG_KEY_BYTES = 8, 16
SAMPLE_FEE_FILS = 150
"""What the sandbox charges a merchant per payment, in fils: a sample figure."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a gateway's account is made of; `first_digit` begins its terminal ids, `key_bytes` are written as hex."""

    gateway: str
    method: str
    rank: int
    first_digit: str
    key_bytes: int
    settings: Mapping[str, str] = field(default_factory=dict)


KINDS = (
    Kind("knet", "gcc_debit_card", 0, "5", SHORT_KEY_BYTES, {"currency_code": "048"}),
    Kind("eazypay", "credit_card", 10, "4", LONG_KEY_BYTES, {"not_found_code": "-10"}),
    Kind("tap", "credit_card", 20, "3", LONG_KEY_BYTES),
)


def card_accounts(agencies: Iterable[str], *, sandbox_url: str, notes: Notes, post: Post) -> list[MerchantAccount]:
    """Make the sandbox know each, and say what the platform is to store. Notes are filled with what is new."""
    made = []
    for number, agency in enumerate((PLATFORM_AGENCY, *agencies)):
        for kind in KINDS:
            note = notes.cards.setdefault(f"{kind.gateway}/{agency}", _new_note(kind, agency, number))
            post(f"{sandbox_url}/sandbox/merchants", _merchant(kind, note))
            made.append(_account(kind, note, sandbox_url))
    return made


def _new_note(kind: Kind, agency: str, number: int) -> AccountNote:
    return AccountNote(
        agency=agency,
        account_id=f"{kind.gateway}-{'treasury' if agency == PLATFORM_AGENCY else agency}",
        terminal_id=f"{kind.first_digit}{number:07d}",
        token=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(12),
        resource_key=secrets.token_hex(kind.key_bytes),
    )


def _merchant(kind: Kind, note: AccountNote) -> dict[str, Any]:
    return {
        "terminal_id": note.terminal_id,
        "password": note.password,
        "resource_key": note.resource_key,
        "name": note.account_id,
        "fee_fils": SAMPLE_FEE_FILS,
        "wire": kind.gateway,
    }


def _account(kind: Kind, note: AccountNote, sandbox_url: str) -> MerchantAccount:
    return MerchantAccount(
        account_id=note.account_id,
        token=note.token,
        gateway=kind.gateway,
        agency=note.agency,
        terminal_id=note.terminal_id,
        method=kind.method,
        base_url=sandbox_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password=note.password, resource_key=note.resource_key),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        rank=kind.rank,
        settings=kind.settings,
    )
