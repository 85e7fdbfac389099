"""Each agency's accounts at the sandbox's wallet (BenefitPay) and cash operator (SADAD); the treasury's for baskets."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from infra.local.state import AccountNote, Notes
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount

WALLET, SADAD = "benefitpay", "sadad"
BRANCH_ID = "1"
Post = Callable[[str, dict[str, Any]], None]


def online_accounts(
    agencies: Iterable[str], *, sandbox_url: str, public_url: str, notes: Notes, post: Post
) -> list[MerchantAccount]:
    """Make the sandbox know each, and say what the platform is to store. Notes are filled with what is new.

    `public_url` is where the sandbox reaches the platform: a wallet's callback address is set up with its operator.
    """
    made = []
    for number, agency in enumerate((PLATFORM_AGENCY, *agencies)):
        wallet = notes.online.setdefault(f"{WALLET}/{agency}", _new_note(WALLET, agency, f"7{number:07d}"))
        sadad = notes.online.setdefault(f"{SADAD}/{agency}", _new_note(SADAD, agency, f"6{number:07d}"))
        post(f"{sandbox_url}/sandbox/wallet-merchants", _wallet_merchant(wallet, public_url))
        post(f"{sandbox_url}/sandbox/sadad-vendors", _sadad_vendor(sadad))
        made += [_wallet_account(wallet, sandbox_url), _sadad_account(sadad, sandbox_url)]
    return made


def _new_note(gateway: str, agency: str, terminal_id: str) -> AccountNote:
    return AccountNote(
        agency=agency,
        account_id=f"{gateway}-{'treasury' if agency == PLATFORM_AGENCY else agency}",
        terminal_id=terminal_id,
        token=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(24),
        resource_key=secrets.token_hex(16),
    )


def _wallet_merchant(note: AccountNote, public_url: str) -> dict[str, str]:
    return {
        "merchant_id": note.terminal_id,
        "app_id": _app_id(note),
        "secret": note.resource_key,
        "callback_secret": note.password,
        "callback_url": f"{public_url}/callbacks/{WALLET}/{note.token}",
        "name": note.account_id,
    }


def _sadad_vendor(note: AccountNote) -> dict[str, str]:
    return {
        "vendor_id": _vendor_id(note),
        "api_key": note.password,
        "branch_id": BRANCH_ID,
        "terminal_id": note.terminal_id,
        "name": note.account_id,
    }


def _wallet_account(note: AccountNote, sandbox_url: str) -> MerchantAccount:
    named = {"callback_secret": note.password}
    settings = {"app_id": _app_id(note), "page_url": f"{sandbox_url}/benefitpay/checkout"}
    account_secrets = AccountSecrets(password=note.password, resource_key=note.resource_key, named=named)
    return replace(_account(note, sandbox_url, account_secrets), gateway=WALLET, method="wallet", settings=settings)


def _sadad_account(note: AccountNote, sandbox_url: str) -> MerchantAccount:
    settings = {"vendor_id": _vendor_id(note), "branch_id": BRANCH_ID, "notification_mode": "300"}
    account_secrets = AccountSecrets(password=note.password, resource_key=note.resource_key)
    bare = _account(note, sandbox_url, account_secrets)
    return replace(bare, gateway=SADAD, method="sadad", operator=SADAD, settings=settings)


def _account(note: AccountNote, sandbox_url: str, account_secrets: AccountSecrets) -> MerchantAccount:
    """What both kinds have in common."""
    return MerchantAccount(
        account_id=note.account_id,
        token=note.token,
        gateway="",
        agency=note.agency,
        terminal_id=note.terminal_id,
        method="",
        base_url=sandbox_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=account_secrets,
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _app_id(note: AccountNote) -> str:
    return f"app-{note.terminal_id}"


def _vendor_id(note: AccountNote) -> str:
    return f"vendor-{note.terminal_id}"
