"""Bill presentment on the laptop: the treasury's accounts with a bank switch and with two operators, known on both
sides.

The sandbox plays the banks and the machines; operators are samples, and the agents' cap is low so that it can be met.
"""

import secrets
from datetime import UTC, datetime, time
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.state import BillerNote, Notes
from infra.setup import add_account
from infra.setup.operators import license_operator
from mizan.domain.accounts import PLATFORM_AGENCY, AccountSecrets, MerchantAccount
from mizan.domain.operators import Operator, OperatorState

SWITCH, KIOSKS, AGENTS = "mfep-treasury", "kiosk-treasury", "agents-treasury"
BILLER_CODE, SWITCH_CODE = "171", "1"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)

OPERATORS = (
    Operator(
        code="sample-kiosks",
        name="Sample Kiosk Network",
        name_ar="شبكة الأكشاك التجريبية",
        licence="SAMPLE-K-1",
        accounts=(KIOSKS,),
        commission=100,
        exposure_cap=50_000_000,
        state=OperatorState.ACTIVE,
        updated_at=SINCE,
    ),
    Operator(
        code="sample-agents",
        name="Sample Cash Agents",
        name_ar="الوكلاء النقديون التجريبيون",
        licence="SAMPLE-A-1",
        accounts=(AGENTS,),
        commission=150,
        exposure_cap=60_000,
        state=OperatorState.ACTIVE,
        updated_at=SINCE,
    ),
)


def seed_billers(*, dynamodb: Any, kms: Any, table: str, sandbox_url: str, notes: Notes) -> None:
    """May run again: what is noted already stays."""
    for operator in OPERATORS:
        license_operator(dynamodb, table, operator)
    for name, make in ((SWITCH, _new_switch), (KIOSKS, _new_kiosks), (AGENTS, _new_agents)):
        note = notes.billers.get(name) or make()
        notes.billers[name] = note
        add_account(dynamodb, kms, table, _account(note, sandbox_url))
        httpx.post(
            f"{sandbox_url}/sandbox/billers", json=_partner(note), timeout=10, trust_env=False
        ).raise_for_status()


def _account(note: BillerNote, sandbox_url: str) -> MerchantAccount:
    named = {"signing_key": note.own_key, "partner_key": _public(note.partner_key)} if note.own_key else {}
    return MerchantAccount(
        account_id=note.account_id,
        token=note.token,
        gateway=note.protocol,
        agency=PLATFORM_AGENCY,
        terminal_id=note.terminal_id,
        method=note.method,
        base_url=sandbox_url,
        cutoff=time(0, 0),
        is_active=True,
        secrets=AccountSecrets(password="", resource_key=note.secret, named=named),
        effective_from=SINCE,
        operator=note.operator,
        settings={"sender_code": SWITCH_CODE} if note.own_key else {},
    )


def _partner(note: BillerNote) -> dict[str, str]:
    """The same, as the sandbox is told it."""
    return {
        "name": note.account_id,
        "protocol": note.protocol,
        "biller_code": note.terminal_id,
        "own_code": SWITCH_CODE,
        "secret": note.secret,
        "own_key": note.partner_key,
        "biller_key": _public(note.own_key) if note.own_key else "",
    }


def _new_switch() -> BillerNote:
    keys = {"own_key": _new_key(), "partner_key": _new_key()}
    return BillerNote(SWITCH, "mfep", "bank_app", secrets.token_urlsafe(24), BILLER_CODE, None, "", **keys)


def _new_kiosks() -> BillerNote:
    token, secret = secrets.token_urlsafe(24), secrets.token_hex(16)
    return BillerNote(KIOSKS, "kiosk", "kiosk", token, "sample-kiosks", "sample-kiosks", secret)


def _new_agents() -> BillerNote:
    token, secret = secrets.token_urlsafe(24), secrets.token_hex(16)
    return BillerNote(AGENTS, "kiosk", "cash_agent", token, "sample-agents", "sample-agents", secret)


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def _public(private: str) -> str:
    key = serialization.load_pem_private_key(private.encode(), password=None)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()
