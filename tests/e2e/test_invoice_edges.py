"""Every edge of an invoice that a caller, a payer or the calendar can drive, on the running platform over HTTP."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mizan.domain.calendar import business_date
from mizan.domain.invoices import INVOICE_STATES, InvoiceEvent, InvoiceState
from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import wait_for

pytestmark = pytest.mark.engine

TODAY = business_date(datetime.now(UTC))
LATER, AGO, LONG_AGO = ((TODAY + timedelta(days=days)).isoformat() for days in (30, -2, -3))
AMOUNT, PART = 10_000, 4_000
INSTALMENTS = {
    "plan_id": "two",
    "legs": [{"amount": PART, "due_date": LONG_AGO}, {"amount": AMOUNT - PART, "due_date": AGO}],
}
STATE, EVENT = InvoiceState, InvoiceEvent


class Demand:
    """One invoice of the traffic agency, whose fines may be paid in parts. Every call asserts its status."""

    count = 0

    def __init__(self, world: World, **changes: Any) -> None:
        Demand.count += 1
        self.world, self.api, self.name = world, world.api("agency_traffic"), f"edge-{Demand.count}"
        body = {
            "service": "traffic-fine",
            "due_date": LATER,
            "customer": {"name": "Maryam Sample", "cpr": "900112345"},
            "lines": [{"description": "Fine", "description_ar": "مخالفة", "amount": AMOUNT}],
            "terms": {"partial": {"minimum": 1000}},
        }
        self.body = body | changes
        self.made = self.api.post("/v1/invoices", self.body, idempotency_key=self.name, expect=201)
        self.reference: str = self.made["reference"]

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/v1/invoices/{self.reference}")
        return found

    def act(self, path: str) -> None:
        self.api.post(f"/v1/invoices/{self.reference}/{path}", idempotency_key=f"{self.name}-{path}-{time.monotonic()}")

    def amend(self) -> None:
        with self.world.http("agency_traffic") as http:
            answer = http.patch(
                f"/v1/invoices/{self.reference}", json={"due_date": LATER, "metadata": {"was": "wrong"}}
            )
        assert answer.status_code == 200, answer.text

    def supersede(self) -> None:
        path = f"/v1/invoices/{self.reference}/supersede"
        successor = self.api.post(path, self.body | {"due_date": LATER}, idempotency_key=f"{self.name}-new", expect=201)
        assert (successor["supersedes"], self.read()["superseded_by"]) == (self.reference, successor["reference"])

    def pay(self, **what: Any) -> None:
        """Pay by card at the sandbox, and wait until the platform has found out."""
        before = self.read()["outstanding"]
        attempt = self.api.post(
            f"/v1/invoices/{self.reference}/payments",
            {"method": "debit_card", **what},
            idempotency_key=f"{self.name}-{time.monotonic()}",
            expect=201,
        )
        self.world.pay_by_card(attempt["redirect_url"].rpartition("PaymentID=")[2])
        wait_for(lambda: self.read()["outstanding"] < before)

    def pay_part(self) -> None:
        self.pay(amount=PART)


def issued(world: World) -> Demand:
    return Demand(world)


def draft(world: World) -> Demand:
    return Demand(world, draft=True)


def overdue(world: World) -> Demand:
    return Demand(world, due_date=AGO)


def expired(world: World) -> Demand:
    return Demand(world, due_date=AGO, terms={"expires_on": AGO})


def partially_paid(world: World) -> Demand:
    demand = issued(world)
    demand.pay_part()
    return demand


def by_plan(world: World) -> Demand:
    """Its second instalment was due already."""
    return Demand(world, terms={"plans": [INSTALMENTS]})


def contested(world: World) -> Demand:
    demand = issued(world)
    demand.act("contest")
    return demand


def held(world: World) -> Demand:
    demand = issued(world)
    demand.act("hold")
    return demand


def stopped_in_part(path: str) -> Callable[[World], Demand]:
    def make(world: World) -> Demand:
        demand = partially_paid(world)
        demand.act(path)
        return demand

    return make


def act(path: str) -> Callable[[Demand], None]:
    return lambda demand: demand.act(path)


NOTHING: Callable[[Demand], None] = lambda demand: None  # noqa: E731  # time has done it before anybody asks
ACTS: dict[InvoiceEvent, Callable[[Demand], None]] = {
    EVENT.ISSUE: act("issue"),
    EVENT.AMEND: Demand.amend,
    EVENT.CONTEST: act("contest"),
    EVENT.HOLD: act("hold"),
    EVENT.RELEASE: act("release"),
    EVENT.CANCEL: act("cancel"),
    EVENT.SUPERSEDE: Demand.supersede,
    EVENT.WRITE_OFF: act("write-off"),
    EVENT.PAY: Demand.pay,
    EVENT.PAY_PART: Demand.pay_part,
}
MADE = {
    STATE.DRAFT: draft,
    STATE.ISSUED: issued,
    STATE.PARTIALLY_PAID: partially_paid,
    STATE.OVERDUE: overdue,
    STATE.CONTESTED: contested,
    STATE.HELD: held,
    STATE.EXPIRED: expired,
}
BY_TIME: dict[tuple[InvoiceState, InvoiceEvent], tuple[Callable[[World], Demand], Callable[[Demand], None]]] = {
    (STATE.ISSUED, EVENT.FALL_DUE): (overdue, NOTHING),
    (STATE.ISSUED, EVENT.EXPIRE): (lambda world: Demand(world, due_date=AGO, terms={"expires_on": AGO}), NOTHING),
    (STATE.OVERDUE, EVENT.EXPIRE): (expired, NOTHING),
    (STATE.PARTIALLY_PAID, EVENT.FALL_DUE): (by_plan, lambda demand: demand.pay(plan="two")),
    (STATE.CONTESTED, EVENT.RELEASE_PART): (stopped_in_part("contest"), act("release")),
    (STATE.HELD, EVENT.RELEASE_PART): (stopped_in_part("hold"), act("release")),
}
NOT_BY_A_CALL = {
    **{
        edge: "money that goes back: the refunds' tests drive it"
        for edge in INVOICE_STATES.edges
        if "reverse" in edge[1]
    },
    **{
        edge: "every way to pay has to be down: test_rails_go_down drives it"
        for edge in INVOICE_STATES.edges
        if edge[1] is EVENT.STAND_IN
    },
    (STATE.PARTIALLY_PAID, EVENT.EXPIRE): "a day has to pass between the payment and the expiry",
    (STATE.EXPIRED, EVENT.PAY): "a payment that began before the expiry is heard of after it",
    (STATE.EXPIRED, EVENT.PAY_PART): "the same",
}
"""Edges that need another clock or another caller; unit tests drive them."""

DRIVEN = [edge for edge in INVOICE_STATES.edges if edge not in NOT_BY_A_CALL]


@pytest.mark.parametrize(("source", "event"), DRIVEN, ids=str)
def test_an_edge_of_the_table_is_driven_over_http(world: World, source: InvoiceState, event: InvoiceEvent) -> None:
    """From the state that it starts in to the one that the table says; what happened is in the timeline."""
    make, drive = BY_TIME.get((source, event)) or (MADE[source], ACTS[event])
    demand = make(world)
    if (source, event) not in BY_TIME:
        assert demand.read()["state"] == source

    drive(demand)

    found = demand.read()
    assert found["state"] == INVOICE_STATES.next_state(source, event)
    events = [entry["event"] for entry in found["timeline"]]
    assert event in events
    assert all(entry["label"] and entry["label_ar"] for entry in found["timeline"])


@pytest.mark.parametrize("state", [*MADE, STATE.PAID, STATE.CANCELLED], ids=str)
def test_whatever_is_out_of_order_is_409_and_names_the_state_and_what_is_possible(
    world: World, state: InvoiceState
) -> None:
    """Each action that the table does not have from here; nothing changes."""
    demand = MADE.get(state, issued)(world)
    if state is STATE.PAID:
        demand.pay()
    if state is STATE.CANCELLED:
        demand.act("cancel")
    before = demand.read()
    paths = {
        "issue": EVENT.ISSUE,
        "contest": EVENT.CONTEST,
        "hold": EVENT.HOLD,
        "release": EVENT.RELEASE,
        "cancel": EVENT.CANCEL,
        "write-off": EVENT.WRITE_OFF,
    }
    already = {STATE.CONTESTED: "contest", STATE.HELD: "hold", STATE.CANCELLED: "cancel"}.get(state)
    refused = [
        path
        for path, event in paths.items()
        if event not in before["possible"] and path != already and not (path == "issue" and _is_issued(state))
    ]

    with world.http("agency_traffic") as http:
        answers = [http.post(f"/v1/invoices/{demand.reference}/{path}") for path in refused]

    assert refused
    for answer in answers:
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"].endswith("/illegal-transition")
        assert answer.json()["current"] == state
        assert set(before["possible"]) <= set(answer.json()["possible"])
    assert demand.read() == before


def _is_issued(state: InvoiceState) -> bool:
    """A repeated issue is answered as it stands."""
    return state in {STATE.ISSUED, STATE.OVERDUE, STATE.PARTIALLY_PAID, STATE.PAID, STATE.EXPIRED}


def test_a_superseded_bill_leads_to_the_new_one_on_the_page_and_in_the_api(world: World) -> None:
    """The printed reference is still good for finding what is right."""
    demand = issued(world)
    demand.supersede()
    new = demand.read()["superseded_by"]

    with world.http(None) as http:
        answer = http.get(f"/pay/{demand.reference}?lang=en")
        page = http.get(f"/pay/{new}?replaces={demand.reference}&lang=ar")

    assert answer.status_code == 303
    assert f"/pay/{new}?replaces={demand.reference}" in answer.headers["location"]
    assert "تحل هذه الفاتورة محل" in page.text


def test_payment_stops_at_once_though_a_payer_is_at_the_bank(world: World) -> None:
    """What is captured after the hold is in suspense, visible, and not counted for the invoice."""
    demand = issued(world)
    path = f"/v1/invoices/{demand.reference}/payments"
    attempt = demand.api.post(path, {"method": "debit_card"}, idempotency_key="mid-page", expect=201)
    demand.act("hold")

    world.pay_by_card(attempt["redirect_url"].rpartition("PaymentID=")[2])
    paid = wait_for(
        lambda: next(
            (one for one in demand.api.get("/v1/payments", reference=demand.reference)["items"] if one["disposition"]),
            None,
        )
    )

    assert (paid["disposition"], paid["captured_amount"]) == ("suspended", AMOUNT)
    assert (demand.read()["state"], demand.read()["outstanding"]) == ("held", AMOUNT)
    with world.http("agency_traffic") as http:
        refused = http.post(path, json={"method": "debit_card"}, headers={"Idempotency-Key": "late"})
    assert (refused.status_code, refused.json()["current"]) == (409, "held")


def test_a_basket_pays_bills_of_two_agencies_at_once(world: World) -> None:
    """One reference, one payment; each invoice is paid, and each agency's counter sees it."""
    fine, renewal = Demand(world), world.api("agency")
    body = Demand(world, draft=True).body | {"service": "cr-renewal", "terms": None, "draft": False}
    other = renewal.post("/v1/invoices", body, idempotency_key="basket-other", expect=201)["reference"]
    body = {"references": [fine.reference, other]}
    basket = fine.api.post("/v1/baskets", body, idempotency_key="basket-1", expect=201)
    again = fine.api.post("/v1/baskets", body, idempotency_key="basket-1", expect=201)

    path = f"/v1/baskets/{basket['reference']}/payments"
    attempt = fine.api.post(path, {"method": "debit_card"}, idempotency_key="basket-pay", expect=201)
    world.pay_by_card(attempt["redirect_url"].rpartition("PaymentID=")[2])

    assert again == basket
    assert (basket["amount"], attempt["amount"]) == (2 * AMOUNT, 2 * AMOUNT)
    wait_for(lambda: fine.api.get(f"/v1/baskets/{basket['reference']}")["is_paid"])
    for api, reference in ((fine.api, fine.reference), (renewal, other)):
        status = api.get(f"/v1/invoices/{reference}/status")
        assert (status["is_paid"], status["amount_due"], status["outstanding"]) == (True, None, 0)
        assert status["last_payment"]["payment_id"] == attempt["payment_id"]


def test_an_invoice_is_found_by_number_payer_state_and_day(world: World) -> None:
    """By number at once; by payer once the stream has brought it; whose hash is nobody else's."""
    number = f"FIND-{time.time_ns()}"
    demand = Demand(world, invoice_number=number, customer={"name": "Hamad Sample", "cr": "54321-2"})

    by_number = demand.api.get("/v1/invoices", invoice_number=number)["items"]
    status = demand.api.get("/v1/invoices/status", invoice_number=number)
    wait_for(
        lambda: (
            demand.reference in [i["reference"] for i in demand.api.get("/v1/invoices", payer="cr:54321-2")["items"]]
        )
    )
    filtered = demand.api.get("/v1/invoices", payer="cr:54321-2", state="paid")["items"]
    created = all_pages(demand, created_from=TODAY.isoformat(), service="traffic-fine")

    assert [item["reference"] for item in by_number] == [demand.reference]
    assert (status["reference"], status["is_paid"], status["amount_due"]) == (demand.reference, False, AMOUNT)
    assert filtered == []
    assert demand.reference in [item["reference"] for item in created]
    assert world.api("agency").get("/v1/invoices", payer="cr:54321-2")["items"] == []


def all_pages(demand: Demand, **filters: Any) -> list[dict[str, Any]]:
    """Every page of a listing: other tests' invoices may fill the first ones."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = demand.api.get("/v1/invoices", limit="100", **filters, **cursor)
        found += page["items"]
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}


def test_an_amended_payer_is_found_under_the_new_identity_alone(world: World) -> None:
    """The amendment's kept revision tells the projector; what the old row says is checked against the invoice."""
    demand = Demand(world, customer={"name": "Old Sample", "passport": "OLD123456"})
    wait_for(lambda: demand.api.get("/v1/invoices", payer="passport:old123456")["items"])
    with world.http("agency_traffic") as http:
        change = {"customer": {"name": "New Sample", "passport": "NEW123456"}}
        assert http.patch(f"/v1/invoices/{demand.reference}", json=change).status_code == 200

    found = wait_for(lambda: demand.api.get("/v1/invoices", payer="passport:NEW123456")["items"])

    assert [item["reference"] for item in found] == [demand.reference]
    assert demand.api.get("/v1/invoices", payer="passport:OLD123456")["items"] == []


def test_a_quote_is_kept_and_paid_as_it_says(world: World) -> None:
    """201 twice with the same quote; the payment takes its amount; another body under its key is 409."""
    demand = Demand(world)
    path = f"/v1/invoices/{demand.reference}/quote"

    first = demand.api.post(path, {"amount": PART}, idempotency_key="q", expect=201)
    again = demand.api.post(path, {"amount": PART}, idempotency_key="q", expect=201)
    with world.http("agency_traffic") as http:
        other = http.post(path, json={"amount": PART + 1}, headers={"Idempotency-Key": "q"})
    demand.pay(quote_id=first["quote_id"])

    assert again == first
    assert (first["amount"], first["discharge"], other.status_code) == (PART, PART, 409)
    assert demand.read()["outstanding"] == AMOUNT - PART
