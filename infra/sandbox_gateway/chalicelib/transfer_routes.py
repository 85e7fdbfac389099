"""Control of the bank that receives transfers, JSON: send one, list them, fetch the file that tells of them."""

from __future__ import annotations

from typing import Any

from . import amounts, transfers
from .bank_files import FORMATS
from .errors import ControlError
from .http import Inbound, Reply, json_reply
from .ibans import is_iban
from .transfers import BAHRAIN, LATE_DAYS, SCENARIOS, Transfer
from .world import World

DEFAULTS = {
    "virtual_iban": "",
    "remittance": "",
    "structured_reference": "",
    "remitter_name": "Maryam Ali",
    "remitter_iban": "BH57NBOB00001234567890",
    "scenario": "success",
}
TEXT_LENGTH_MAX = 140
DAYS_MAX = 400


def send_transfer(world: World, request: Inbound) -> Reply:
    """POST /sandbox/transfers {account, amount, virtual_iban?, remittance?, structured_reference?, remitter_name?,
    remitter_iban?, scenario?, days?}: 201 with what is booked (see transfers.py). `amount` is a decimal text in dinars.
    """
    body = request.json_object()
    unknown = set(body) - {*DEFAULTS, "account", "amount", "days"}
    if unknown:
        raise ControlError(422, "unknown_field", f"unknown: {sorted(unknown)}")
    fields = {name: body.get(name, default) for name, default in DEFAULTS.items()}
    fields["account"] = body.get("account")
    for name, value in fields.items():
        if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX:
            raise ControlError(422, "bad_field", f"{name} is a text of at most {TEXT_LENGTH_MAX} characters")
    for name in ("account", "virtual_iban", "remitter_iban"):
        if not is_iban(fields[name]) and not (name == "virtual_iban" and fields[name] == ""):
            raise ControlError(422, "bad_iban", f"{name} is no valid IBAN")
    scenario, days = fields.pop("scenario"), body.get("days", LATE_DAYS)
    if scenario not in SCENARIOS:
        raise ControlError(422, "bad_scenario", f"scenario is one of {list(SCENARIOS)}")
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= DAYS_MAX:
        raise ControlError(422, "bad_days", f"days is 0 to {DAYS_MAX}")
    now = world.now()
    transfer = Transfer(
        **fields,
        amount=_amount(body.get("amount")),
        currency="BHD",
        bank_reference="",
        booked_at=now.isoformat(),
        value_date=now.astimezone(BAHRAIN).date().isoformat(),
    )
    with world.store.write() as session:
        booked = transfers.order(session, transfer, scenario, days, now)
    return json_reply({"transfers": [transfers.view(one) for one in booked]}, 201)


def list_transfers(world: World, request: Inbound) -> Reply:
    """GET /sandbox/transfers/{account}"""
    with world.store.write() as session:
        found = transfers.transfers_of(session, request.path["account"])
    return json_reply({"transfers": [transfers.view(one) for one in found]})


def bank_file(world: World, request: Inbound) -> Reply:
    """GET /sandbox/bank-files/{account}/{format}: camt054.xml, camt053.xml or mt940.sta, of all transfers so far;
    ?bank_reference= of one alone.
    """
    write = FORMATS.get(request.path["format"])
    if write is None:
        raise ControlError(404, "bad_format", f"the formats are {list(FORMATS)}")
    account, wanted = request.path["account"], request.query.get("bank_reference", "")
    with world.store.write() as session:
        found = transfers.transfers_of(session, account)
    text = write(account, [one for one in found if wanted in ("", one.bank_reference)])
    kind = "application/xml" if request.path["format"].endswith(".xml") else "text/plain"
    return Reply(200, text, f"{kind}; charset=utf-8")


def _amount(text: Any) -> int:
    try:
        fils = amounts.to_fils(text) if isinstance(text, str) else 0
    except ValueError:
        fils = 0
    if fils <= transfers.LITTLE:
        raise ControlError(422, "bad_amount", "amount is a decimal text of more than 100 fils")
    return fils
