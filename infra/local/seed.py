"""Fill a fresh local platform: catalogue, key ring, a sandbox terminal per agency, API keys, people. May run again."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from infra.catalogue import load_catalogue, seed_catalogue
from infra.local.issuer import LocalIssuer
from infra.local.people import seed_people
from infra.local.state import Notes, new_account_note
from infra.setup import KeyGrant, add_account, add_key, ensure_key_ring
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.accounts import AccountSecrets, MerchantAccount

KEY_LIFETIME = timedelta(days=365)
SAMPLE_FEE_FILS = 100
"""What the sandbox charges a merchant per payment, in fils: a sample figure."""

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
FINANCE_SCOPES = ("reports:read", "invoices:read", "payments:read", "services:read")
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
    *, dynamodb: Any, kms: Any, table: str, kms_key_id: str, sandbox_url: str, issuer: LocalIssuer, notes: Notes
) -> None:
    """Fills `notes` with whatever is new; secrets and keys that are known already stay as they are."""
    seed_catalogue(dynamodb, table)
    ensure_key_ring(dynamodb, kms, table, kms_key_id)
    for number, agency in enumerate(load_catalogue().agencies, start=1):
        note = notes.accounts.setdefault(agency.code, new_account_note(agency.code, number))
        _register_terminal(sandbox_url, note.terminal_id, note.password, note.resource_key, agency.name)
        account = MerchantAccount(
            account_id=note.account_id,
            token=note.token,
            gateway="benefit",
            agency=agency.code,
            terminal_id=note.terminal_id,
            method="debit_card",
            base_url=sandbox_url,
            cutoff=time(0, 0),
            is_active=True,
            secrets=AccountSecrets(password=note.password, resource_key=note.resource_key),
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        )
        add_account(dynamodb, kms, table, account)
    for role, (agency_code, scopes) in ROLES.items():
        if not _has_scopes(dynamodb, table, notes.keys.get(role), scopes):
            expires_at = datetime.now(UTC) + KEY_LIFETIME
            notes.keys[role] = add_key(
                dynamodb, table, KeyGrant(f"sample {role}", agency_code, role, scopes, expires_at)
            )
    seed_people(dynamodb=dynamodb, table=table, issuer=issuer, notes=notes)


def _has_scopes(dynamodb: Any, table: str, key: str | None, scopes: tuple[str, ...]) -> bool:
    """Whether the noted key is in the table, with what its role may do by now; else another is made."""
    if key is None:
        return False
    stored = {"pk": f"KEY#{hashlib.sha256(key.encode()).hexdigest()}", "sk": "HEAD"}
    item = dynamodb.get_item(TableName=table, Key=pack(stored)).get("Item")
    return item is not None and tuple(unpack(item)["scopes"]) == scopes


def _register_terminal(sandbox_url: str, terminal_id: str, password: str, resource_key: str, name: str) -> None:
    merchant = {
        "terminal_id": terminal_id,
        "password": password,
        "resource_key": resource_key,
        "name": name,
        "fee_fils": SAMPLE_FEE_FILS,
    }
    response = httpx.post(f"{sandbox_url}/sandbox/merchants", json=merchant, timeout=10, trust_env=False)
    response.raise_for_status()
