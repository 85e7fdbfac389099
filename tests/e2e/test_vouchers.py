"""Vouchers on the running platform: cash at a machine, a code, a bill paid with it, and its change; failures beside."""

import json
import secrets
from typing import Any

import pytest

from infra.local.billers import KIOSKS
from tests.e2e.conftest import World
from tests.e2e.test_billers import Till, invoice, journal_entry, raised

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

CPR = "cpr:830405678"


def sold(world: World, amount: str = "15.000", **body: Any) -> tuple[str, dict[str, Any]]:
    """The operator's own id of the sale, and what the machine was answered."""
    answer = Till(world, KIOSKS).call("vouchers", amount=amount, identifier=CPR, **body)
    (told,) = answer["calls"]
    return answer["transaction"], told


def document_of(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told["answer"])
    return found


def code_of(told: dict[str, Any]) -> str:
    assert (told["status"], told["codes"], told["is_signed"]) == (200, ["sold"], True)
    return str(document_of(told)["code"])


def pay(world: World, reference: str, code: str, *, expect: int = 201, key: str = "") -> dict[str, Any]:
    found: dict[str, Any] = world.api().post(
        f"/v1/invoices/{reference}/payments",
        {"method": "voucher", "voucher_code": code},
        idempotency_key=key or secrets.token_hex(8),
        expect=expect,
    )
    return found


def test_a_voucher_pays_a_bill_and_its_change_the_next(world: World) -> None:
    """15.000 in cash for 10.502: paid at once, 4.498 under a new code; all of it in the journal."""
    first, second = raised(world, "voucher-1"), raised(world, "voucher-2", 4_498)
    transaction, told = sold(world)

    paid = pay(world, first, code_of(told), key="voucher-first")
    again = pay(world, first, code_of(told), key="voucher-first")
    last = pay(world, second, paid["voucher_change"]["code"])

    assert (paid["state"], paid["is_final"], paid["voucher_change"]["amount"]) == ("succeeded", True, 4_498)
    assert (again["payment_id"], again["voucher_change"]) == (paid["payment_id"], paid["voucher_change"])
    assert last["voucher_change"] is None
    assert [invoice(world, one) for one in (first, second)] == [("paid", 0), ("paid", 0)]
    issued = journal_entry(world, transaction)
    assert issued is not None
    assert (issued["kind"], issued["amount"]) == ("voucher_issued", 15_000)


def test_what_goes_wrong_with_a_voucher_costs_nobody_anything(world: World) -> None:
    """Used twice, too small, unknown, cancelled, sold twice, forged, above the cap: each is refused by name."""
    bill, other = raised(world, "voucher-3"), raised(world, "voucher-4")
    transaction, told = sold(world)
    small = code_of(sold(world, "1.000")[1])
    cancelled_sale, cancelled = sold(world)
    back = Till(world, KIOSKS).call("voucher-cancellations", transaction=cancelled_sale)["calls"][0]
    repeated = sold(world, transaction=transaction)[1]
    changed = sold(world, "2.000", transaction=transaction)[1]
    forged = sold(world, secret="not the operator's")[1]
    above = sold(world, "2500.001")[1]
    pay(world, bill, code_of(told))

    used = pay(world, other, code_of(told), expect=409)
    too_small = pay(world, other, small, expect=422)
    unknown = pay(world, other, "0" * 16, expect=404)
    after_cancelling = pay(world, other, code_of(cancelled), expect=409)

    assert (used["current"], after_cancelling["current"]) == ("spent", "cancelled")
    assert [error["code"] for error in too_small["errors"]] == ["voucher_too_small"]
    assert unknown["type"].endswith("not-found")
    assert (back["codes"], document_of(repeated), changed["codes"]) == (
        ["cancelled"],
        document_of(told),
        ["same_transaction"],
    )
    assert forged["status"] == 401
    assert above["codes"][0] in {"operator_cap", "above_holding_cap"}
    assert invoice(world, other) == ("issued", 10_502)
