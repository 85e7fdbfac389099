"""Reading reports: finance sees everything, an agency its own, and another one's is not there."""

import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.read_reports import handler
from mizan import bootstrap
from mizan.application import read_reports
from mizan.domain.accounts import Caller
from mizan.domain.errors import InvalidInputError, NotFoundError
from mizan.domain.ledger import suspense
from tests.fakes.samples import ACCOUNT
from tests.unit.reconciliation.samples import DAY, a_line
from tests.unit.reconciliation.world import ReconciliationWorld

FINANCE = Caller("*", "finance", "key-f", frozenset({"reports:read"}))
MOIC = Caller("moic", "agency", "key-m", frozenset({"reports:read"}))
HEALTH = replace(MOIC, agency="health", key_id="key-h")
STRANGER = replace(MOIC, agency="municipal", key_id="key-s")


@pytest.fixture
def world() -> ReconciliationWorld:
    """Payments 1 and 2 are moic's, 3 is health's; moic's file lacks the second."""
    world = ReconciliationWorld()
    other = replace(ACCOUNT, account_id="acc-2", token="tok-2", agency="health", terminal_id="TERM0002")
    world.accounts.append(replace(other, effective_from=world.accounts[0].effective_from))
    world.capture(1, 2)
    world.capture(3, agency="health", account_id="acc-2")
    world.deliver([a_line(1, 2)])
    world.run()
    return world


def test_finance_reads_the_whole_day_and_an_agency_its_own_part(world: ReconciliationWorld) -> None:
    """Three captures for finance, two for moic, one for health; the sums are each scope's."""
    documents = [world.reports.read_run(DAY, caller=caller).document for caller in (FINANCE, MOIC, HEALTH)]

    assert [document["platform"]["input"]["count"] for document in documents] == [3, 2, 1]
    assert [document["platform"]["input"]["amount"] for document in documents] == [37_500, 25_000, 12_500]
    assert [document["agency"] for document in documents] == ["*", "moic", "health"]
    assert {row["agency"] for row in documents[1]["exceptions"]} == {"moic"}
    assert [source["name"] for source in documents[2]["sources"]] == []


@pytest.mark.parametrize("name", ["exceptions.csv", "matched.csv", "report.json"])
def test_an_agencys_files_hold_no_other_agency(world: ReconciliationWorld, name: str) -> None:
    """Also by name: the file of the same name is another file for another caller."""
    mine = world.reports.read_file(DAY, name, caller=MOIC)
    everyones = world.reports.read_file(DAY, name, caller=FINANCE)

    assert mine.text is not None
    assert "health" not in mine.text
    assert mine.report.key != everyones.report.key


def test_the_workbook_is_fetched_by_a_link(world: ReconciliationWorld) -> None:
    """Five minutes, to the caller's own workbook."""
    found = world.reports.read_file(DAY, "report.xlsx", caller=MOIC)

    assert found.text is None
    assert found.link is not None
    assert "/agencies/moic/report.xlsx" in found.link
    assert found.link.endswith("expires=300")


def test_a_large_text_is_fetched_by_a_link_too(world: ReconciliationWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of a function has a limit; a day of a million payments is above it."""
    monkeypatch.setattr(read_reports, "INLINE_BYTES_MAX", 10)

    assert world.reports.read_file(DAY, "matched.csv", caller=FINANCE).link is not None


@pytest.mark.parametrize("caller", [STRANGER, HEALTH])
def test_what_a_caller_has_no_part_in_does_not_exist(world: ReconciliationWorld, caller: Caller) -> None:
    """The same answer for no run, no part and no such file."""
    other_day = DAY + timedelta(days=1 if caller is HEALTH else 0)

    with pytest.raises(NotFoundError):
        world.reports.read_run(other_day, caller=caller)
    with pytest.raises(NotFoundError):
        world.reports.read_file(DAY, "summary.txt", caller=caller)


def test_the_list_shows_the_callers_dates_newest_first(world: ReconciliationWorld) -> None:
    """Health took part on one day only; finance pages through both."""
    line = a_line(9, 2, captured_at=a_line(9).captured_at - timedelta(days=1))
    world.deliver([line], f"{YESTERDAY}-1.csv", day=YESTERDAY)
    world.run()

    first, cursor = world.reports.list_runs(caller=FINANCE, limit=1, cursor=None)
    second, _ = world.reports.list_runs(caller=FINANCE, limit=1, cursor=cursor)
    health, _ = world.reports.list_runs(caller=HEALTH, limit=10, cursor=None)

    assert [run.business_date for run, _ in (*first, *second)] == [DAY, YESTERDAY]
    assert [(run.business_date, outcome.platform.input.count) for run, outcome in health] == [(DAY, 1)]
    with pytest.raises(InvalidInputError):
        world.reports.list_runs(caller=FINANCE, limit=1, cursor="tomorrow")


def test_the_trial_balance_is_the_callers_and_balances(world: ReconciliationWorld) -> None:
    """Debits equal credits in each scope; health does not see moic's accounts."""
    everyone = world.reports.trial_balance(DAY, caller=FINANCE)
    health = world.reports.trial_balance(DAY, caller=HEALTH)

    assert everyone.transaction_count == 3
    assert sum(found.debit for found in everyone.accounts) == sum(found.credit for found in everyone.accounts) == 37_500
    assert [(found.account, found.balance) for found in health.accounts] == [
        ("agency_payable:health", -12_500),
        ("gateway_clearing:fake:acc-2", 12_500),
    ]
    assert suspense("fake") not in {found.account for found in everyone.accounts}


# -- over HTTP ------------------------------------------------------------------------------------------------------


def test_the_days_reconciliation_answers_with_links_to_its_files(
    world: ReconciliationWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document of the caller's scope, and a path for each file; the summary itself is not one of them."""
    status, _, body = _get(world, monkeypatch, f"/v1/reconciliations/{DAY}")

    answer = json.loads(body)
    assert status == 200
    assert (answer["run"], answer["status"], answer["control"]) == (1, "exceptions", "PASS")
    assert {row["reason"] for row in answer["exceptions"]} == {"MISSING_AT_GATEWAY", "AWAITING_GATEWAY"}
    assert [file["name"] for file in answer["files"]] == ["report.xlsx", "exceptions.csv", "matched.csv", "report.json"]
    assert answer["files"][0]["url"] == f"/v1/reconciliations/{DAY}/files/report.xlsx"


def test_a_csv_is_answered_as_it_is_and_the_workbook_by_303(
    world: ReconciliationWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API Gateway passes text unchanged; bytes would need binary media types for the whole API."""
    csv_answer = _get(world, monkeypatch, f"/v1/reconciliations/{DAY}/files/matched.csv")
    json_answer = _get(world, monkeypatch, f"/v1/reconciliations/{DAY}/files/report.json")
    xlsx_answer = _get(world, monkeypatch, f"/v1/reconciliations/{DAY}/files/report.xlsx")

    assert csv_answer[0] == 200
    assert csv_answer[1]["Content-Type"] == ["text/csv; charset=utf-8"]
    assert csv_answer[2].startswith("\ufeffkind,agency")
    assert json.loads(json_answer[2])["business_date"] == "2026-03-01"
    assert xlsx_answer[0] == 303
    assert xlsx_answer[1]["Location"][0].startswith("https://bucket.invalid/reports/")


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/v1/reconciliations/2026-03-02", {}, (404, "not-found")),
        ("/v1/reconciliations/yesterday", {}, (422, "invalid-input")),
        ("/v1/reconciliations/2026-03-01/files/passwd", {}, (404, "not-found")),
        ("/v1/reconciliations", {"cursor": "x"}, (422, "invalid-input")),
        ("/v1/reconciliations", {"limit": "0"}, (422, "invalid-input")),
        ("/v1/ledger/trial-balance", {}, (422, "invalid-input")),
        ("/v1/journal", {"on": "2026-13-01"}, (422, "invalid-input")),
    ],
)
def test_a_wrong_question_is_a_problem(
    world: ReconciliationWorld,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    query: dict[str, str],
    problem: tuple[int, str],
) -> None:
    """Never a wrong answer, never a 500."""
    answered, _, body = _get(world, monkeypatch, path, query)

    assert (answered, json.loads(body)["type"].rpartition("/")[2]) == problem


def test_without_the_scope_nothing_is_read(world: ReconciliationWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """reports:read on each of the five routes."""
    places = ("", f"/{DAY}", f"/{DAY}/files/report.json")
    paths = [f"/v1/reconciliations{place}" for place in places]

    statuses = [_get(world, monkeypatch, path, scopes="payments:read")[0] for path in paths]
    on = {"on": str(DAY)}
    statuses += [
        _get(world, monkeypatch, path, on, scopes="payments:read")[0]
        for path in ("/v1/ledger/trial-balance", "/v1/journal")
    ]

    assert statuses == [403] * 5


def test_list_trial_balance_and_journal_answer_in_fils(
    world: ReconciliationWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For moic: one date, a balanced day of 25.000, and its two transactions over two pages."""
    on = {"on": str(DAY)}
    listed = json.loads(_get(world, monkeypatch, "/v1/reconciliations", agency="moic")[2])
    balance = json.loads(_get(world, monkeypatch, "/v1/ledger/trial-balance", on, agency="moic")[2])
    first = json.loads(_get(world, monkeypatch, "/v1/journal", on | {"limit": "1"}, agency="moic")[2])
    cursor = {"limit": "1", "cursor": first["cursor"]}
    second = json.loads(_get(world, monkeypatch, "/v1/journal", on | cursor, agency="moic")[2])

    assert [(item["business_date"], item["platform"]["input"]["amount"]) for item in listed["items"]] == [
        ("2026-03-01", 25_000)
    ]
    assert (balance["debit"], balance["credit"], balance["is_balanced"]) == (25_000, 25_000, True)
    items = first["items"] + second["items"]
    assert {item["correlation_id"] for item in items} == {"corr-1", "corr-2"}
    assert all(item["postings"][0]["amount"] == item["amount"] == 12_500 for item in items)
    assert second["cursor"] is None


YESTERDAY = date(2026, 2, 28)


def _get(
    world: ReconciliationWorld,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    query: dict[str, str] | None = None,
    *,
    agency: str = "*",
    scopes: str = "reports:read",
) -> tuple[int, dict[str, list[str]], str]:
    """As API Gateway calls the function: status, headers, body."""
    monkeypatch.setattr(bootstrap, "reports", lambda: world.reports)
    event: dict[str, Any] = {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()},
        "pathParameters": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "request-1",
            "authorizer": {"agency": agency, "role": "finance", "key_id": "key-1", "scopes": scopes},
        },
    }
    context = SimpleNamespace(
        function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn", aws_request_id="request-1"
    )
    answer = handler.lambda_handler(event, context)
    return answer["statusCode"], answer["multiValueHeaders"], answer["body"]
