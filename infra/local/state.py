"""What the laptop platform remembers between runs, in `.mizan/`: keys, accounts, how many sample days it has seen."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mizan.domain.accounts import PLATFORM_AGENCY

FILE_MODE = 0o600


@dataclass
class AccountNote:
    """A sandbox terminal's identity and secrets: sample secrets, good for this machine's sandbox only."""

    agency: str
    account_id: str
    terminal_id: str
    token: str
    password: str
    resource_key: str


@dataclass
class BillerNote:
    """One of the treasury's accounts with those who call us as a biller: the sandbox's bank switch, or an operator's
    machines. `own_key` and `partner_key` are private keys (PEM): ours, and the switch's; sample secrets.
    """

    account_id: str
    protocol: str
    method: str
    token: str
    terminal_id: str
    operator: str | None
    secret: str
    own_key: str = ""
    partner_key: str = ""


@dataclass
class Notes:
    """`accounts` by agency, "*" the treasury's own; `reserves`: an agency's second account for cards; `payout_bank`
    the treasury's account at the sandbox's bank; `people` are the sample passwords at the local issuer, by user name.
    `online` and `cards`: accounts of the wallet and the cash operator, and of the other card gateways, by
    `gateway/agency`; `billers` those of bill presentment, by id; `credit_cards` at the credit card gateway, by agency.
    """

    keys: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, AccountNote] = field(default_factory=dict)
    sample_day_count: int = 0
    people: dict[str, str] = field(default_factory=dict)
    payout_bank: AccountNote | None = None
    reserves: dict[str, AccountNote] = field(default_factory=dict)
    online: dict[str, AccountNote] = field(default_factory=dict)
    billers: dict[str, BillerNote] = field(default_factory=dict)
    credit_cards: dict[str, AccountNote] = field(default_factory=dict)
    cards: dict[str, AccountNote] = field(default_factory=dict)


def new_account_note(agency: str, number: int) -> AccountNote:
    return AccountNote(
        agency=agency,
        account_id=f"benefit-{'treasury' if agency == PLATFORM_AGENCY else agency}",
        terminal_id=f"9{number:07d}",
        token=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(12),
        resource_key=secrets.token_hex(16),
    )


def new_reserve_note(agency: str, number: int) -> AccountNote:
    """A second terminal of the agency."""
    note = new_account_note(agency, number)
    note.account_id, note.terminal_id = f"{note.account_id}-reserve", f"8{number:07d}"
    return note


def new_payout_note() -> AccountNote:
    return AccountNote(
        agency=PLATFORM_AGENCY,
        account_id="payout_bank",
        terminal_id="treasury",
        token=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(24),
        resource_key=secrets.token_hex(32),
    )


def read_notes(path: Path) -> Notes:
    if not path.exists():
        return Notes()
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    accounts = {agency: AccountNote(**note) for agency, note in content["accounts"].items()}
    bank = content.get("payout_bank")
    return Notes(
        content["keys"],
        accounts,
        content["sample_day_count"],
        content.get("people", {}),
        AccountNote(**bank) if bank else None,
        {agency: AccountNote(**note) for agency, note in content.get("reserves", {}).items()},
        {name: AccountNote(**note) for name, note in content.get("online", {}).items()},
        {name: BillerNote(**note) for name, note in content.get("billers", {}).items()},
        credit_cards={agency: AccountNote(**note) for agency, note in content.get("credit_cards", {}).items()},
        cards={name: AccountNote(**note) for name, note in content.get("cards", {}).items()},
    )


def write_notes(path: Path, notes: Notes) -> None:
    write_private(path, json.dumps(asdict(notes), indent=2))


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)
