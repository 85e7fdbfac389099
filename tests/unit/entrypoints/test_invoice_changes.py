"""What an agency does to its invoices over HTTP, over the fakes: every action, its repeats, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from functions.change_invoice.handler import ACTIONS
from functions.change_invoice.handler import lambda_handler as change_handler
from functions.create_invoice.handler import lambda_handler as create_handler
from functions.read_invoices.handler import lambda_handler as read_handler
from functions.supersede_invoice.handler import lambda_handler as supersede_handler
from mizan.domain.invoices import Invoice, InvoiceState
from mizan.domain.money import AMOUNT_MAX
from tests.fakes.platform import Platform
from tests.fakes.samples import a_reference, an_invoice
from tests.unit.entrypoints.calls import Answer, an_event, call
from tests.unit.entrypoints.test_invoice_schemas import BODY, body_with

PATHS = [action.path for action in ACTIONS]


def act(reference: str, path: str, body: Any = None, key: str | None = None, **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    event = an_event("POST", f"/v1/invoices/{reference}/{path}", body, headers=headers, **changes)
    return call(change_handler, event)


def amend(reference: str, body: Any, key: str | None = None, **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return call(change_handler, an_event("PATCH", f"/v1/invoices/{reference}", body, headers=headers, **changes))


def supersede(reference: str, body: Any, key: str | None = "new-1", **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    path = f"/v1/invoices/{reference}/supersede"
    return call(supersede_handler, an_event("POST", path, body, headers=headers, **changes))


def read(reference: str) -> Answer:
    return call(read_handler, an_event("GET", f"/v1/invoices/{reference}"))


def stored(platform: Platform, **changes: Any) -> str:
    return platform.with_invoice(an_invoice(**changes)).reference


@pytest.mark.parametrize(
    ("start", "path", "state", "possible"),
    [
        ("draft", "issue", "issued", ["amend", "contest", "hold", "cancel", "supersede", "write_off"]),
        ("draft", "cancel", "cancelled", []),
        ("issued", "contest", "contested", ["release", "cancel", "supersede", "write_off"]),
        ("issued", "hold", "held", ["release", "cancel", "supersede", "write_off"]),
        ("held", "release", "issued", ["amend", "contest", "hold", "cancel", "supersede", "write_off"]),
        ("contested", "write-off", "written_off", []),
    ],
)
def test_an_action_moves_the_invoice_and_a_repeat_is_answered_as_it_stands(
    platform: Platform, start: str, path: str, state: str, possible: list[str]
) -> None:
    """200 both times with the same answer; one entry in the timeline, labelled, with who did it."""
    reference = stored(platform, state=InvoiceState(start), history=())

    first, again = act(reference, path), act(reference, path)

    assert (first.status, first.json["state"], first.json["possible"]) == (200, state, possible)
    assert (again.status, again.text) == (200, first.text)
    (entry,) = first.json["timeline"]
    assert entry["label"]
    assert entry["label_ar"]
    assert (entry["actor"], entry["at"]) == ("key:key-1", "2026-03-01T09:00:00Z")
    assert len(platform.invoices.rows[reference].history) == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("agency", "number"), [("health", 1), ("moic", 99)])
def test_a_foreign_invoice_and_an_unknown_one_are_404_and_bind_no_key(
    platform: Platform, path: str, agency: str, number: int
) -> None:
    """One answer; nothing is written, not even the key."""
    stored(platform)

    answer = act(a_reference(number), path, key="k", agency=agency)

    assert answer.status == 404
    assert platform.invoices.reserve_key(agency, f"{a_reference(number)}/k", "free", platform.clock.now()) == "free"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("reference", ["0" * 18, "x", "1" * 300, "٤" * 18])
def test_what_is_no_reference_is_404_in_every_action(path: str, reference: str) -> None:
    """Wrong check digits, wrong length, digits of another script."""
    assert act(reference, path).status == 404


def test_the_same_key_with_another_action_is_a_conflict_and_on_another_invoice_is_free(platform: Platform) -> None:
    """A key is bound to what was asked of one invoice."""
    first, second = stored(platform, number=1), stored(platform, number=2)

    answers = [act(first, "hold", key="k"), act(first, "release", key="k"), act(second, "release", key="k")]

    assert [answer.status for answer in answers] == [200, 409, 409]
    slugs = [answer.json["type"].rpartition("/")[2] for answer in answers[1:]]
    assert slugs == ["idempotency-conflict", "illegal-transition"]
    assert platform.invoices.rows[first].state is InvoiceState.HELD


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({}, 200, None),
        ({"reason": "typo"}, 422, {"reason": "unknown_field"}),
        ("[]", 422, {"body": "not_an_object"}),
        ("{", 400, {}),
    ],
)
def test_an_action_takes_no_body(platform: Platform, body: Any, status: int, wrong: dict[str, str] | None) -> None:
    """What somebody sends and nobody reads would be taken for done."""
    answer = act(stored(platform), "hold", body)

    assert answer.status == status
    if wrong is not None:
        assert answer.wrong == wrong


@pytest.mark.parametrize(
    ("state", "path", "current"),
    [
        ("issued", "release", "issued"),
        ("paid", "cancel", "paid"),
        ("cancelled", "hold", "cancelled"),
        ("expired", "contest", "expired"),
        ("superseded", "write-off", "superseded"),
    ],
)
def test_out_of_order_is_409_with_the_state_and_what_is_possible(
    platform: Platform, state: str, path: str, current: str
) -> None:
    """Nothing changes."""
    before = platform.with_invoice(an_invoice(state=InvoiceState(state), outstanding=0 if state == "paid" else 12_500))

    answer = act(before.reference, path)

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "illegal-transition")
    assert answer.json["current"] == current
    assert isinstance(answer.json["possible"], list)
    assert platform.invoices.rows[before.reference] == before


def test_only_a_key_with_the_scope_changes_anything(platform: Platform) -> None:
    """403 before anything is read."""
    reference = stored(platform)

    answers = [act(reference, "hold", scopes="invoices:read"), amend(reference, {}, scopes="invoices:read")]
    answers.append(supersede(reference, BODY, scopes="payments:write"))

    assert [answer.status for answer in answers] == [403, 403, 403]


# -- amending -------------------------------------------------------------------------------------------------------


def test_an_amendment_replaces_what_is_given_and_keeps_the_rest(platform: Platform) -> None:
    """The amount follows the lines; asked again, nothing changes; a replayed creation still has its first answer."""
    created = call(create_handler, an_event("POST", "/v1/invoices", BODY, headers={"Idempotency-Key": "c"}))
    reference = created.json["reference"]
    change = {
        "lines": [{"description": "Right fee", "amount": 9_000, "ledger_code": "4110-02", "tax_category": "exempt"}],
        "due_date": "2027-01-31",
    }

    first, again = amend(reference, change, "a"), amend(reference, change, "a")
    replayed = call(create_handler, an_event("POST", "/v1/invoices", BODY, headers={"Idempotency-Key": "c"}))

    assert (first.status, first.json["amount"], first.json["outstanding"]) == (200, 9_000, 9_000)
    assert (first.json["due_date"], first.json["customer"]["cpr"]) == ("2027-01-31", "900112345")
    assert first.json["lines"][0]["ledger_code"] == "4110-02"
    assert again.text == first.text
    assert [entry["event"] for entry in first.json["timeline"]] == ["issue", "amend"]
    assert replayed.text == created.text


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"body": "nothing_changes"}),
        ({"lines": None}, {"body": "nothing_changes"}),
        ({"agency": "health"}, {"agency": "unknown_field"}),
        ({"service": "clinic-fees"}, {"service": "unknown_field"}),
        ({"lines": []}, {"lines": "too_few"}),
        ({"lines": [{"description": "x", "amount": 10**40}]}, {"lines.0.amount": "amount_too_large"}),
        ({"lines": [{"description": "x", "amount": AMOUNT_MAX}] * 2}, {"lines": "total_too_large"}),
        ({"customer": {"name": "Ali\u200bX"}}, {"customer.name": "unsafe_characters"}),
        ({"customer": {"name": "A", "cr": "12345678"}}, {"customer.cr": "bad_cr"}),
        (
            {"terms": {"discount": {"amount": 12_500, "until": "2026-03-10"}}},
            {"terms.discount.amount": "discount_too_large"},
        ),
        ({"terms": {"partial": {}}}, {"terms.partial": "no_partial_payment"}),
        ({"due_date": 20270131}, {"due_date": "bad_date"}),
    ],
)
def test_a_wrong_amendment_names_what_is_wrong_and_changes_nothing(
    platform: Platform, body: Any, wrong: dict[str, str]
) -> None:
    """As strict as creation, and judged as the invoice would become."""
    before = platform.with_invoice(an_invoice())

    answer = amend(before.reference, body)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.invoices.rows[before.reference] == before


def test_once_something_is_paid_nothing_is_amended_cancelled_or_superseded(platform: Platform) -> None:
    """Money was allocated to it: a refund comes first."""
    reference = stored(platform, state=InvoiceState.PARTIALLY_PAID, outstanding=5_000)

    answers = [amend(reference, {"due_date": "2027-01-31"}), act(reference, "cancel"), supersede(reference, BODY)]

    assert [answer.status for answer in answers] == [409, 409, 409]
    assert {answer.json["current"] for answer in answers} == {"partially_paid"}
    for answer in answers:
        assert not {"amend", "cancel", "supersede"} & set(answer.json["possible"])


def test_an_amendments_key_with_another_body_is_a_conflict(platform: Platform) -> None:
    """409, and the first amendment stands."""
    reference = stored(platform)
    amend(reference, {"due_date": "2027-01-31"}, "k")

    answer = amend(reference, {"due_date": "2027-02-01"}, "k")

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "idempotency-conflict")
    assert platform.invoices.rows[reference].due_date.isoformat() == "2027-01-31"


# -- superseding ----------------------------------------------------------------------------------------------------


def test_a_wrong_bill_is_replaced_and_each_leads_to_the_other(platform: Platform) -> None:
    """201 with the new invoice; a repeat is the same answer, marked; the old one says by which it was replaced."""
    reference = stored(platform)

    first, again = supersede(reference, BODY), supersede(reference, BODY)

    assert (first.status, first.json["supersedes"], first.json["state"]) == (201, reference, "issued")
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (201, first.text, "true")
    old = read(reference).json
    assert (old["state"], old["superseded_by"], old["amount_due"]) == ("superseded", first.json["reference"], None)
    assert len(platform.invoices.rows) == 2


@pytest.mark.parametrize(
    ("body", "key", "status", "slug"),
    [
        (body_with("lines.0.amount", 1), "new-1", 409, "idempotency-conflict"),
        (BODY, "another", 409, "illegal-transition"),
        (body_with("invoice_number", "INV-9"), "third", 409, "illegal-transition"),
    ],
)
def test_a_bill_is_replaced_once(platform: Platform, body: Any, key: str, status: int, slug: str) -> None:
    """Another body under the key, or another correction of what was corrected already."""
    reference = stored(platform)
    supersede(reference, BODY)

    answer = supersede(reference, body, key)

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (status, slug)
    assert len(platform.invoices.rows) == 2


@pytest.mark.parametrize(
    ("body", "key", "wrong"),
    [
        (BODY, None, {"invoice_number": "number_or_key_required"}),
        (BODY | {"colour": 1}, "k", {"colour": "unknown_field"}),
        (body_with("customer.cpr", "901312345"), "k", {"customer.cpr": "bad_cpr"}),
        (body_with("service", "clinic-fees"), "k", {"service": "unknown_service"}),
        (body_with("lines.0.description", "Fee\u2060"), "k", {"lines.0.description": "unsafe_characters"}),
    ],
)
def test_a_correction_is_held_to_the_rules_of_any_invoice(
    platform: Platform, body: Any, key: str | None, wrong: dict[str, str]
) -> None:
    """Named field by field, nothing made."""
    reference = stored(platform)

    answer = supersede(reference, body, key)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert list(platform.invoices.rows) == [reference]


def test_another_agencys_bill_and_a_platform_role_replace_nothing(platform: Platform) -> None:
    """404 for the stranger, 403 for who has no invoices."""
    reference = platform.with_invoice(an_invoice(agency="health")).reference

    assert supersede(reference, BODY).status == 404
    assert supersede(reference, BODY, agency="*").status == 403
    assert list(platform.invoices.rows) == [reference]


# -- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state", "amount_due", "is_overdue"),
    [
        (0, "issued", 12_000, False),
        (20, "overdue", 12_500, True),
        (40, "overdue", 13_500, True),
        (70, "expired", None, False),
    ],
)
def test_what_is_due_follows_the_bahrain_day(
    platform: Platform, days: int, state: str, amount_due: int | None, is_overdue: bool
) -> None:
    """Early discount, the face amount, the late amount, and nothing after the last day."""
    terms = {
        "discount": {"amount": 500, "until": "2026-03-10"},
        "late": {"amount": 1_000, "starts_on": "2026-04-01"},
        "expires_on": "2026-05-01",
    }
    created = call(
        create_handler,
        an_event(
            "POST", "/v1/invoices", BODY | {"due_date": "2026-03-15", "terms": terms}, headers={"Idempotency-Key": "t"}
        ),
    )
    platform.clock.advance(timedelta(days=days))

    found = read(created.json["reference"]).json

    assert (found["state"], found["amount_due"], found["is_overdue"]) == (state, amount_due, is_overdue)
    assert (found["amount"], found["outstanding"]) == (12_500, 12_500)
    assert found["terms"]["late"] == {"amount": 1_000, "starts_on": "2026-04-01"}


def test_a_draft_is_not_owed_until_it_is_issued(platform: Platform) -> None:
    """Nothing is due; what may be asked for is said."""
    created = call(
        create_handler, an_event("POST", "/v1/invoices", BODY | {"draft": True}, headers={"Idempotency-Key": "d"})
    )

    assert (created.json["state"], created.json["amount_due"]) == ("draft", None)
    assert created.json["possible"] == ["issue", "amend", "cancel"]
    assert [entry["event"] for entry in created.json["timeline"]] == ["draft"]
    assert act(created.json["reference"], "issue").json["amount_due"] == 12_500
    invoice: Invoice = platform.invoices.rows[created.json["reference"]]
    assert invoice.state is InvoiceState.ISSUED
