"""Each agency's account at the sandbox's credit card gateway (MPGS), and the treasury's for baskets."""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from typing import Any

from infra.local.state import AccountNote, Notes
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount

GATEWAY, METHOD = "mpgs", "credit_card"
Post = Callable[[str, dict[str, Any]], None]


def mpgs_accounts(agencies: Iterable[str], *, sandbox_url: str, notes: Notes, post: Post) -> list[MerchantAccount]:
    """Make the sandbox know each, and say what the platform is to store. Notes are filled with what is new."""
    made = []
    for agency in (PLATFORM_AGENCY, *agencies):
        note = notes.credit_cards.setdefault(agency, _new_note(agency))
        post(f"{sandbox_url}/sandbox/mpgs/merchants", _merchant(note))
        made.append(_account(note, sandbox_url))
    return made


def _new_note(agency: str) -> AccountNote:
    """`resource_key` keeps the webhook's secret. Test merchants' ids start with TEST."""
    name = "treasury" if agency == PLATFORM_AGENCY else agency
    return AccountNote(
        agency=agency,
        account_id=f"{GATEWAY}-{name}",
        terminal_id=f"TEST{name.upper()}",
        token=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(24),
        resource_key=secrets.token_hex(16),
    )


def _merchant(note: AccountNote) -> dict[str, str]:
    return {
        "merchant_id": note.terminal_id,
        "password": note.password,
        "webhook_secret": note.resource_key,
        "name": note.account_id,
    }


def _account(note: AccountNote, sandbox_url: str) -> MerchantAccount:
    return MerchantAccount(
        account_id=note.account_id,
        token=note.token,
        gateway=GATEWAY,
        agency=note.agency,
        terminal_id=note.terminal_id,
        method=METHOD,
        base_url=sandbox_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password=note.password, resource_key="", named={"webhook_secret": note.resource_key}),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        settings={"notify_per_order": "true"},
    )
