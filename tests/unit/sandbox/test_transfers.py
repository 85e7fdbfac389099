"""The sandbox's bank: transfers come in as ordered or as a scenario has it, and three formats tell of them alike."""

import json
from typing import Any

import pytest

from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.domain.incoming_credits import BankFile
from tests.unit.sandbox.worlds import Scene

ACCOUNT = "BH67BMAG00001299123456"
VIRTUAL = "BH74MZNBV011BGM6FQYASN"
ORDER = {
    "account": ACCOUNT,
    "amount": "12.500",
    "virtual_iban": VIRTUAL,
    "remittance": "bill 482019374650192796",
    "structured_reference": "RF74482019374650192796",
}


def _send(scene: Scene, **changes: Any) -> list[dict[str, Any]]:
    reply = scene.call("POST", "/sandbox/transfers", ORDER | changes)
    assert reply.status == 201, reply.body
    transfers: list[dict[str, Any]] = json.loads(reply.body)["transfers"]
    return transfers


def _file(scene: Scene, name: str) -> BankFile:
    reply = scene.call("GET", f"/sandbox/bank-files/{ACCOUNT}/{name}")
    assert reply.status == 200
    return read_bank_file(reply.body.encode())


FORMATS = pytest.mark.parametrize("name", ["camt054.xml", "camt053.xml", "mt940.sta"])


@FORMATS
def test_every_format_tells_the_same(scene: Scene, name: str) -> None:
    """Amount, the bank's reference, virtual account, references and who paid: as the platform reads them."""
    (sent,) = _send(scene)

    (credit,) = _file(scene, name).credits

    assert (credit.amount, credit.currency, credit.bank_reference) == (12_500, "BHD", sent["bank_reference"])
    assert (credit.credited_iban, credit.structured_reference) == (VIRTUAL, "RF74482019374650192796")
    assert (credit.remitter.name, credit.remitter.iban) == ("Maryam Ali", "BH57NBOB00001234567890")
    assert credit.remittance == "bill 482019374650192796"
    assert credit.booked_on.isoformat() == "2026-11-25"


@FORMATS
def test_a_reversal_is_an_entry_of_its_own(scene: Scene, name: str) -> None:
    _send(scene, scenario="reversed")

    credits = _file(scene, name).credits

    assert [one.is_reversal for one in credits] == [False, True]
    assert credits[0].bank_reference == credits[1].bank_reference


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("no_reference", {"virtual_iban": "", "structured_reference": ""}),
        ("wrong_digit", {"virtual_iban": "", "remittance": "bill 482029374650192796"}),
        ("wrong_amount", {"amount": 12_400}),
        ("overpaid", {"amount": 12_600}),
        ("foreign_currency", {"currency": "USD"}),
        ("no_bank_reference", {"bank_reference": ""}),
        ("late", {"value_date": "2026-11-22"}),
        ("batched", {"batch_amount": 1_000}),
    ],
)
def test_a_scenario_decides_what_comes(scene: Scene, scenario: str, expected: dict[str, Any]) -> None:
    (sent,) = _send(scene, scenario=scenario)

    assert expected.items() <= sent.items()


def test_dollars_stand_in_the_notification_alone(scene: Scene) -> None:
    _send(scene, scenario="foreign_currency")

    assert [(one.amount, one.currency) for one in _file(scene, "camt054.xml").credits] == [(12_500, "USD")]
    assert _file(scene, "camt053.xml").credits == ()
    assert _file(scene, "mt940.sta").credits == ()


def test_a_batch_is_two_payments_in_xml_and_one_line_in_mt940(scene: Scene) -> None:
    _send(scene, scenario="batched")

    assert [(one.part, one.amount) for one in _file(scene, "camt054.xml").credits] == [(1, 12_500), (2, 1_000)]
    assert [(one.part, one.amount) for one in _file(scene, "mt940.sta").credits] == [(0, 13_500)]


@FORMATS
def test_a_file_without_transfers_is_a_good_file(scene: Scene, name: str) -> None:
    assert _file(scene, name).credits == ()


def test_a_file_of_one_transfer_alone(scene: Scene) -> None:
    first, second = _send(scene)[0], _send(scene)[0]

    reply = scene.call("GET", f"/sandbox/bank-files/{ACCOUNT}/camt054.xml", bank_reference=second["bank_reference"])

    assert first["bank_reference"] not in reply.body
    assert second["bank_reference"] in reply.body
    listed = json.loads(scene.call("GET", f"/sandbox/transfers/{ACCOUNT}").body)["transfers"]
    assert listed == [first, second]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "12,5"}, "bad_amount"),
        ({"amount": "0.100"}, "bad_amount"),
        ({"account": "BH00"}, "bad_iban"),
        ({"virtual_iban": "x"}, "bad_iban"),
        ({"scenario": "magic"}, "bad_scenario"),
        ({"days": -1}, "bad_days"),
        ({"remittance": 7}, "bad_field"),
        ({"who": "me"}, "unknown_field"),
    ],
)
def test_a_wrong_order_is_refused(scene: Scene, changes: dict[str, Any], code: str) -> None:
    reply = scene.call("POST", "/sandbox/transfers", ORDER | changes)

    assert (reply.status, json.loads(reply.body)["code"]) == (422, code)


def test_there_are_three_formats(scene: Scene) -> None:
    assert scene.call("GET", f"/sandbox/bank-files/{ACCOUNT}/pdf").status == 404
