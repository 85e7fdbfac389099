"""Fill a fresh local platform: catalogue, key ring, sandbox terminals, the payout bank, API keys, people.

Each agency has a terminal, and the treasury one for payments of several agencies. May run again.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from infra.catalogue import load_catalogue, seed_catalogue
from infra.local.billers import seed_billers
from infra.local.card_accounts import card_accounts
from infra.local.issuer import LocalIssuer
from infra.local.mpgs_accounts import mpgs_accounts
from infra.local.online_accounts import online_accounts
from infra.local.people import seed_people
from infra.local.state import AccountNote, Notes, new_account_note, new_payout_note, new_reserve_note
from infra.setup import KeyGrant, add_account, add_key, ensure_key_ring, payout_account
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
from mizan.application import sweep_events, sweep_payments
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount
from mizan.domain.payments import PaymentMethod
from mizan.domain.transfers import BENEFICIARY_SETTING, PREFIX_SETTING, STATEMENT_IBAN_SETTING, TRANSFER_GATEWAY

KEY_LIFETIME = timedelta(days=365)
SAMPLE_FEE_FILS = 100
"""What the sandbox charges a merchant per payment, in fils: a sample figure."""

TRANSFER_IBAN, TRANSFER_PREFIX = "BH67BMAG00001299123456", "BMAGV01"
"""The treasury's account at the sandbox's bank, and the range of virtual accounts that this lent it."""

WITH_RESERVE = frozenset({"traffic"})
"""Agencies with a second terminal for debit cards, which takes over while the first is down."""

TREASURY_NUMBER = 0
"""Of the treasury's terminal; the agencies' count from 1."""

AGENCY_SCOPES = (
    "invoices:write",
    "invoices:read",
    "payments:write",
    "payments:read",
    "services:read",
    "reports:read",
    "webhooks:write",
    "refunds:write",
    "baskets:write",
    "events:read",
)
COUNTER_SCOPES = ("invoices:read", "payments:read", "services:read")
FINANCE_SCOPES = ("reports:read", "invoices:read", "payments:read", "services:read", "operators:read")
"""To read: what finance decides, people decide (`infra.local.people`)."""

KIOSK_SCOPES = ("cashouts:redeem", "invoices:read", "baskets:write")

ROLES = {
    "agency": ("moic", AGENCY_SCOPES),
    "agency_traffic": ("traffic", AGENCY_SCOPES),
    "counter": ("moic", COUNTER_SCOPES),
    "finance": ("*", FINANCE_SCOPES),
    "kiosk": ("*", KIOSK_SCOPES),
}
"""Role in `.mizan/local.json` → the agency it acts for and its scopes."""


def seed(
    *,
    dynamodb: Any,
    kms: Any,
    table: str,
    kms_key_id: str,
    sandbox_url: str,
    issuer: LocalIssuer,
    notes: Notes,
    public_url: str = "http://127.0.0.1:8080",
) -> None:
    """Fills `notes` with whatever is new; secrets and keys that are known already stay as they are. `public_url` is
    where the sandbox reaches the platform.
    """
    _sweep_from_now_on(dynamodb, table)
    seed_catalogue(dynamodb, table)
    ensure_key_ring(dynamodb, kms, table, kms_key_id)
    for number, agency in enumerate(load_catalogue().agencies, start=1):
        note = notes.accounts.setdefault(agency.code, new_account_note(agency.code, number))
        _register_terminal(sandbox_url, note, agency.name)
        add_account(dynamodb, kms, table, terminal_account(note, sandbox_url))
        if agency.code in WITH_RESERVE:
            reserve = notes.reserves.setdefault(agency.code, new_reserve_note(agency.code, number))
            _register_terminal(sandbox_url, reserve, f"{agency.name} (reserve)")
            add_account(dynamodb, kms, table, replace(terminal_account(reserve, sandbox_url), rank=1))
    treasury = notes.accounts.setdefault(PLATFORM_AGENCY, new_account_note(PLATFORM_AGENCY, TREASURY_NUMBER))
    _register_terminal(sandbox_url, treasury, "Treasury")
    add_account(dynamodb, kms, table, terminal_account(treasury, sandbox_url))
    notes.payout_bank = notes.payout_bank or new_payout_note()
    _register_bank_client(sandbox_url, notes.payout_bank)
    add_account(dynamodb, kms, table, _payout_account(notes.payout_bank, sandbox_url))
    add_account(dynamodb, kms, table, _transfer_account())
    agencies = [agency.code for agency in load_catalogue().agencies]
    for account in online_accounts(agencies, sandbox_url=sandbox_url, public_url=public_url, notes=notes, post=_post):
        add_account(dynamodb, kms, table, account)
    for account in card_accounts(agencies, sandbox_url=sandbox_url, notes=notes, post=_post):
        add_account(dynamodb, kms, table, account)
    seed_billers(dynamodb=dynamodb, kms=kms, table=table, sandbox_url=sandbox_url, notes=notes)
    for account in mpgs_accounts(agencies, sandbox_url=sandbox_url, notes=notes, post=_post):
        add_account(dynamodb, kms, table, account)
    for role, (agency_code, scopes) in ROLES.items():
        if not _has_scopes(dynamodb, table, notes.keys.get(role), scopes):
            expires_at = datetime.now(UTC) + KEY_LIFETIME
            notes.keys[role] = add_key(
                dynamodb, table, KeyGrant(f"sample {role}", agency_code, role, scopes, expires_at)
            )
    seed_people(dynamodb=dynamodb, table=table, issuer=issuer, notes=notes)


def _sweep_from_now_on(dynamodb: Any, table: str) -> None:
    """A fresh platform has nothing from before: its first sweeps need not look through two days of it."""
    marks = DynamoHighWaterMarks(dynamodb, table)
    begun = (datetime.now(UTC) - sweep_payments.CALLBACK_SETTLING).replace(second=0, microsecond=0)
    marks.advance(sweep_payments.MARK, None, begun)
    for name in sweep_events.names_of(agency.code for agency in load_catalogue().agencies):
        marks.advance(sweep_events.mark_of(name), None, begun)


def _has_scopes(dynamodb: Any, table: str, key: str | None, scopes: tuple[str, ...]) -> bool:
    """Whether the noted key is in the table, with what its role may do by now; else another is made."""
    if key is None:
        return False
    stored = {"pk": f"KEY#{hashlib.sha256(key.encode()).hexdigest()}", "sk": "HEAD"}
    item = dynamodb.get_item(TableName=table, Key=pack(stored)).get("Item")
    return item is not None and tuple(unpack(item)["scopes"]) == scopes


def terminal_account(note: AccountNote, sandbox_url: str) -> MerchantAccount:
    return MerchantAccount(
        account_id=note.account_id,
        token=note.token,
        gateway="benefit",
        agency=note.agency,
        terminal_id=note.terminal_id,
        method="debit_card",
        base_url=sandbox_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password=note.password, resource_key=note.resource_key),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _transfer_account() -> MerchantAccount:
    """The treasury's account that takes transfers for every agency. Nobody calls it: its token is only its name."""
    return MerchantAccount(
        account_id="bank-treasury",
        token="bank-treasury",  # noqa: S106  # opens nothing: there are no callbacks
        gateway=TRANSFER_GATEWAY,
        agency=PLATFORM_AGENCY,
        terminal_id=TRANSFER_IBAN,
        method=PaymentMethod.BANK_TRANSFER,
        base_url="",
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password="", resource_key=""),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        settings={
            PREFIX_SETTING: TRANSFER_PREFIX,
            STATEMENT_IBAN_SETTING: TRANSFER_IBAN,
            BENEFICIARY_SETTING: "Treasury of the sandbox",
        },
    )


def _payout_account(note: AccountNote, sandbox_url: str) -> MerchantAccount:
    return payout_account(
        token=note.token,
        client_id=note.terminal_id,
        base_url=sandbox_url,
        is_active=True,
        account_secrets=AccountSecrets(password=note.password, resource_key=note.resource_key),
    )


def _register_terminal(sandbox_url: str, note: AccountNote, name: str) -> None:
    merchant = {
        "terminal_id": note.terminal_id,
        "password": note.password,
        "resource_key": note.resource_key,
        "name": name,
        "fee_fils": SAMPLE_FEE_FILS,
    }
    _post(f"{sandbox_url}/sandbox/merchants", merchant)


def _register_bank_client(sandbox_url: str, note: AccountNote) -> None:
    client = {"client_id": note.terminal_id, "api_key": note.password, "signing_secret": note.resource_key}
    _post(f"{sandbox_url}/sandbox/bank-clients", client)


def _post(url: str, body: dict[str, Any]) -> None:
    httpx.post(url, json=body, timeout=10, trust_env=False).raise_for_status()
