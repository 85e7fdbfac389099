"""Vouchers at a machine: sold, sold again, refused with the cash given back, cancelled; all signed."""

import json
from typing import Any

import pytest

from mizan.adapters.gateways.kiosk.vouchers import KioskVouchers
from mizan.application.operator_room import OperatorRoom
from mizan.application.ports_billers import BillerOperation
from mizan.application.sell_voucher import AnsweredSale, VoucherCounter
from mizan.domain.operators import OperatorEvent, changed
from mizan.domain.vouchers import VoucherState
from tests.unit.billers.switches import kiosk_request
from tests.unit.billers.world import CAP, Billers

SALE = {
    "transaction": "V1-0001",
    "terminal": "K-1",
    "identifier": "cpr:800101123",
    "amount": 20_000,
    "currency": "BHD",
    "paid_at": "2026-03-01T11:58:00+03:00",
}


@pytest.fixture
def world() -> Billers:
    return Billers()


def serve(
    world: Billers, document: Any, operation: BillerOperation = BillerOperation.VOUCHER, **changes: Any
) -> AnsweredSale:
    counter = VoucherCounter(
        accounts=world.platform.accounts,
        wire=KioskVouchers(),
        desk=world.platform.voucher_desk(),
        room=OperatorRoom(operators=world.operators, balances=world.platform.books),
        gateway="kiosk",
    )
    now = world.platform.clock.now()
    request = kiosk_request(document, operation, **({"at": now, "received_at": now} | changes))
    return counter.serve(world.kiosk.token, request, "corr-v")


def told(answered: AnsweredSale) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answered.answer.body)
    return found


def test_a_machine_sells_a_voucher_and_prints_its_code(world: Billers) -> None:
    """The same sale again is the same voucher: a machine that heard no answer asks again."""
    first, again = serve(world, SALE), serve(world, SALE)

    document = told(first)
    assert (first.outcome, document["result"], document["amount"]) == ("sold", "sold", 20_000)
    assert (len(document["code"]), told(again)) == (16, document)
    assert world.platform.books.balance("operator_receivable:kiosk-1") == 20_000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 99}, "below_minimum"),
        ({"amount": 2_500_001}, "operator_cap"),
        ({"identifier": "cr:12345-1", "amount": CAP + 1}, "operator_cap"),
        ({"transaction": "V1-0001", "amount": 10_000}, "same_transaction"),
    ],
)
def test_what_may_not_be_sold_is_refused_and_the_cash_goes_back(
    world: Billers, changes: dict[str, Any], reason: str
) -> None:
    serve(world, SALE)

    refused = serve(world, SALE | {"transaction": "V1-0002"} | changes)

    assert told(refused) == {"result": "refused", "reason": reason}
    assert world.platform.books.balance("operator_receivable:kiosk-1") == 20_000


def test_a_suspended_operator_sells_nothing_and_still_hears_of_what_it_sold(world: Billers) -> None:
    """The answer to a sale that was made is the voucher, whatever holds by now: its code was paid for."""
    sold = told(serve(world, SALE))
    (operator,) = world.operators.all()
    suspended = changed(operator, OperatorEvent.SUSPEND, world.platform.clock.now(), actor="omar", reason="audit")
    world.operators.replace(operator, suspended)

    again, another = serve(world, SALE), serve(world, SALE | {"transaction": "V1-0002"})

    assert (told(again), told(another)) == (sold, {"result": "refused", "reason": "operator_suspended"})


def test_a_sale_is_taken_back_while_nobody_used_its_code(world: Billers) -> None:
    """The same cancellation again is answered alike; what was never sold is unknown."""
    serve(world, SALE)
    cancel = {"transaction": "V1-0001", "terminal": "K-1"}

    first = serve(world, cancel, BillerOperation.VOUCHER_CANCELLATION)
    again = serve(world, cancel, BillerOperation.VOUCHER_CANCELLATION)
    unknown = serve(world, cancel | {"transaction": "V9"}, BillerOperation.VOUCHER_CANCELLATION)

    (voucher,) = world.platform.books.vouchers.values()
    assert (told(first)["result"], told(again), voucher.state) == ("cancelled", told(first), VoucherState.CANCELLED)
    assert told(unknown) == {"result": "refused", "reason": "unknown"}
    assert world.platform.books.balance("operator_receivable:kiosk-1") == 0


@pytest.mark.parametrize(
    ("document", "changes", "status", "reason"),
    [
        (SALE, {"secret": "another operator's"}, 401, "bad_signature"),
        (SALE, {"signed_as": "notices"}, 401, "bad_signature"),
        (SALE | {"more": 1}, {}, 400, "bad_schema"),
        (SALE | {"identifier": "phone:33000000"}, {}, 400, "bad_schema"),
        (SALE | {"amount": "20"}, {}, 400, "unreadable_amount"),
        (SALE | {"currency": "KWD"}, {}, 400, "bad_schema"),
        (b"<xml/>", {}, 400, "bad_schema"),
    ],
)
def test_what_is_forged_or_malformed_sells_nothing(
    world: Billers, document: Any, changes: dict[str, Any], status: int, reason: str
) -> None:
    answered = serve(world, document, **changes)

    assert (answered.answer.status, answered.outcome) == (status, reason)
    assert world.platform.journal.rows == {}


def test_an_address_that_is_no_operators_is_refused_without_a_word_more(world: Billers) -> None:
    world.kiosk = world.mfep

    assert serve(world, SALE).outcome == "unknown_account"
