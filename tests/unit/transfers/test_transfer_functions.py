"""Suspense and transfer instructions over HTTP, and the function that works off the inbox."""

from functools import partial
from typing import Any

import pytest

from functions.decide_suspense.handler import lambda_handler as decide_handler
from functions.read_invoices.handler import lambda_handler as invoices_handler
from functions.read_suspense.handler import lambda_handler as read_handler
from functions.take_bank_files.handler import lambda_handler as files_handler
from mizan import bootstrap
from mizan.adapters.statements.bank_files.note import refusal_note
from mizan.adapters.statements.bank_files.reading import read_bank_file
from mizan.application.follow_returns import follow_returns
from mizan.application.take_bank_files import BankFileDesk
from mizan.domain.invoices import InvoiceState
from mizan.domain.transfers import creditor_reference, virtual_iban
from tests.fakes.reconciliation import FakeObjectStore
from tests.fakes.samples import AMOUNT
from tests.fakes.transfers import BANK, PREFIX, TransferPlatform, a_credit
from tests.fakes.world import FakeAccountDirectory
from tests.unit.entrypoints.calls import Answer, an_event, call
from tests.unit.transfers.files import CamtEntry, CamtFile

FINANCE = {"agency": "*", "scopes": "suspense:write reports:read"}


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> TransferPlatform:
    platform = TransferPlatform()
    wired: dict[str, Any] = {
        "suspense_reader": platform.reader(),
        "suspense_decisions": platform.decisions(),
        "clock": platform.clock,
        "invoices": platform.invoices,
        "accounts": platform.accounts,
    }
    for name, part in wired.items():
        monkeypatch.setattr(bootstrap, name, lambda part=part: part)
    return platform


def _post(path: str, body: Any = None, *, person: str | None = "amal", **who: Any) -> Answer:
    return call(decide_handler, an_event("POST", path, body, person=person, **(FINANCE | who)))


def _get(path: str, query: dict[str, str] | None = None, **who: Any) -> Answer:
    return call(read_handler, an_event("GET", path, query=query, **(FINANCE | who)))


def _case(platform: TransferPlatform) -> str:
    platform.credit_desk().take(BANK, a_credit())
    return platform.only_case().case_id


def test_a_case_is_listed_read_proposed_and_confirmed(platform: TransferPlatform) -> None:
    """The answers carry reasons in both languages, a masked sender, and what may be asked for next."""
    invoice, case_id = platform.with_invoice(), _case(platform)

    (listed,) = _get("/v1/suspense").json["items"]
    detail = _get(f"/v1/suspense/{case_id}").json
    order = {"reference": invoice.reference, "seen_left": detail["left"]}
    proposed = _post(f"/v1/suspense/{case_id}/allocate", order)
    confirmed = _post(f"/v1/suspense/{case_id}/confirm", person="dana")

    assert (listed["case_id"], listed["amount"], listed["age_days"]) == (case_id, AMOUNT, 0)
    assert listed["reason"] == {
        "code": "no_reference",
        "text": "No reference was given.",
        "text_ar": "لم يُذكر أي رقم مرجعي.",
    }
    assert listed["remitter"] == {"name": "M••• A•••", "iban": "BH57**************7890"}
    assert detail["possible"] == ["propose_allocation", "propose_return"]
    assert (proposed.status, proposed.json["state"], proposed.json["possible"]) == (
        200,
        "proposed",
        ["allocate", "drop"],
    )
    assert (confirmed.status, confirmed.json["state"], confirmed.json["checker"]) == (200, "allocated", "dana")
    assert [entry["event"] for entry in confirmed.json["timeline"]] == ["receive", "propose_allocation", "allocate"]
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


def test_who_may_not_is_told_why(platform: TransferPlatform) -> None:
    invoice, case_id = platform.with_invoice(), _case(platform)
    path, order = f"/v1/suspense/{case_id}", {"reference": invoice.reference, "seen_left": AMOUNT}

    assert _post(f"{path}/allocate", order, person=None).json["type"].endswith("/person-required")
    assert _post(f"{path}/allocate", order, scopes="reports:read").status == 403
    assert _post(f"{path}/allocate", order, agency="moic").status == 404
    assert _post(f"{path}/allocate", order | {"seen_left": 1}).status == 412
    assert _post(f"{path}/confirm").json["type"].endswith("/illegal-transition")
    _post(f"{path}/allocate", order)
    assert _post(f"{path}/confirm").json["type"].endswith("/same-person")
    assert _get("/v1/suspense", scopes="invoices:read").status == 403
    assert _get(f"{path[:-1]}x").status == 404


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"reference": "missing", "seen_left": "missing"}),
        ({"reference": "", "seen_left": -1}, {"reference": "empty", "seen_left": "too_small"}),
        ({"reference": "1", "seen_left": "1", "x": 1}, {"seen_left": "not_an_integer", "x": "unknown_field"}),
    ],
)
def test_every_wrong_field_of_a_proposal_is_named(
    platform: TransferPlatform, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    answer = _post(f"/v1/suspense/{_case(platform)}/allocate", body)

    assert (answer.status, answer.wrong) == (422, wrong)


def test_a_way_back_needs_a_beneficiary_where_the_bank_told_none(platform: TransferPlatform) -> None:
    platform.credit_desk().take(BANK, a_credit(remitter=type(a_credit().remitter)()))
    path = f"/v1/suspense/{platform.only_case().case_id}/return"
    order = {"seen_left": AMOUNT, "reason": "Not ours"}

    refused = _post(path, order)
    wrong = _post(path, order | {"beneficiary": {"name": "Maryam Ali", "iban": "BH00"}})
    done = _post(path, order | {"beneficiary": {"name": "Maryam Ali", "iban": "BH57 NBOB 0000 1234 5678 90"}})

    assert (refused.status, refused.wrong) == (422, {"beneficiary": "missing"})
    assert wrong.wrong == {"beneficiary.iban": "bad_iban"}
    assert (done.json["state"], done.json["proposal"]["kind"]) == ("proposed", "return")


def test_a_cursor_and_a_state_are_checked(platform: TransferPlatform) -> None:
    assert _get("/v1/suspense", {"cursor": "x"}).wrong == {"cursor": "bad_cursor"}
    assert _get("/v1/suspense", {"state": "lost"}).status == 422
    assert _get("/v1/suspense", {"state": "allocated"}).json == {"items": [], "cursor": None}


def test_the_invoice_says_where_to_transfer_to(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()

    answer = call(invoices_handler, an_event("GET", f"/v1/invoices/{invoice.reference}/transfer"))

    assert answer.status == 200
    assert (answer.json["iban"], answer.json["creditor_reference"]) == (
        virtual_iban(invoice.reference, PREFIX),
        creditor_reference(invoice.reference),
    )
    assert (answer.json["amount"], answer.json["beneficiary"], answer.json["is_virtual"]) == (AMOUNT, "Treasury", True)
    assert all(step["text_ar"] for step in answer.json["steps"])


def test_where_nobody_takes_transfers_there_are_no_instructions(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    platform.accounts.rows.clear()

    answer = call(invoices_handler, an_event("GET", f"/v1/invoices/{invoice.reference}/transfer"))

    assert (answer.status, answer.json["detail"]) == (404, "This invoice cannot be paid by bank transfer.")


def test_the_worker_says_what_it_did(platform: TransferPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FakeObjectStore(platform.clock)
    entry = CamtEntry(booked="<BookgDt><Dt>2026-03-01</Dt></BookgDt>", value="<ValDt><Dt>2026-03-01</Dt></ValDt>")
    store.put("inbox/bank/bank-treasury/1.xml", CamtFile((entry,)).content())
    store.put("inbox/bank/bank-treasury/2.xml", b"<html/>")
    desk = BankFileDesk(
        store=store,
        accounts=FakeAccountDirectory(BANK),
        read=read_bank_file,
        note=refusal_note,
        desk=platform.credit_desk(),
        clock=platform.clock,
    )
    monkeypatch.setattr(bootstrap, "bank_file_desk", lambda: desk)
    follow = partial(follow_returns, cases=platform.cases, decisions=platform.decisions())
    monkeypatch.setattr(bootstrap, "follow_returns", lambda: follow)

    class Context:
        function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"

    told = files_handler({"time": "1999-01-01T00:00:00Z"}, Context())

    assert (told["taken"], told["refused"], told["followed"]) == (1, 1, 0)
    assert told["outcomes"] == {"suspended": 1, "debit": 0, "pending": 0}
