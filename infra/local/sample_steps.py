"""The steps of a sample day, in order; each ends seen, or raises with what went wrong."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from infra.local.sample_day import SampleDay, StepFailedError
from mizan.domain.calendar import business_date
from mizan.domain.money import format_amount, parse_amount
from mizan.domain.references import track_id

SAMPLE_INVOICES = Path(__file__).with_name("sample_invoices.csv")
DUE_IN = timedelta(days=14)
CARD_APPROVED, CARD_SHORT_OF_FUNDS = "4600410112345678", "4415550112345678"


def register_webhook(day: SampleDay) -> None:
    endpoint = day.agency.post(
        "/v1/webhook-endpoints", {"url": day.receiver.url}, idempotency_key=f"{day.correlation_id}-webhook", expect=201
    )
    day.receiver.trust(endpoint["secret"])
    day.summary["webhook_endpoint"] = endpoint["endpoint_id"]
    day.say(f"{day.receiver.url} will be told, signed by the Standard Webhooks scheme")


def raise_invoices(day: SampleDay) -> None:
    due = (datetime.now(UTC).date() + DUE_IN).isoformat()
    with SAMPLE_INVOICES.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=1):
            customer = {name: row[f"customer_{name}"] for name in ("name", "name_ar")}
            customer |= {name: row[name] for name in ("cpr", "phone") if row[name]}
            amount = parse_amount(row["amount_bhd"])
            body = {
                "service": row["service"],
                "invoice_number": f"D{day.number:04d}-{line:03d}",
                "due_date": due,
                "customer": customer,
                "lines": [
                    {"description": row["description"], "description_ar": row["description_ar"], "amount": amount}
                ],
            }
            invoice = day.agency.post("/v1/invoices", body, idempotency_key=f"{day.number}-{line}", expect=201)
            day.invoices[row["story"]] = invoice
            day.say(f"{invoice['reference']}  BHD {format_amount(invoice['amount']):>8}  {row['description']}")


def pay_one(day: SampleDay) -> None:
    page = day.open_card_page("paid")
    day.say(f"sent to {page.url.partition('?')[0]}")
    day.pay(page, CARD_APPROVED)
    day.wait_for("gateway calls back, inquiry confirms", lambda: day.invoice("paid")["state"] == "paid", 60)
    payment = day.payments("paid")[-1]
    day.say(f"paid: gateway transaction {payment['gateway_transaction']}, captured {payment['captured_at']}")


def lose_a_notification(day: SampleDay) -> None:
    page = day.open_card_page("lost")
    payment = day.payments("lost")[-1]
    day.script("no_callback", track_id(payment["payment_id"]))
    browser_page = day.browser.submit(page.form("card"), card=CARD_APPROVED, expiry="12/30", pin="1234", action="pay")
    day.say(f"charged, but no notification comes and the payer closes the page ({browser_page.status})")


def decline_then_pay(day: SampleDay) -> None:
    day.pay(day.open_card_page("declined"), CARD_SHORT_OF_FUNDS)
    declined = day.wait_for(
        "the refusal is confirmed by inquiry",
        lambda: next((one for one in day.payments("declined") if one["state"] == "declined"), None),
        60,
    )
    day.say(f"declined: {declined['decline']['text']} / {declined['decline']['text_ar']}")
    day.pay(day.open_card_page("declined"), CARD_APPROVED)
    day.wait_for("second try on the same invoice", lambda: day.invoice("declined")["state"] == "paid", 60)


def pay_twice(day: SampleDay) -> None:
    pages = [day.open_card_page("twice"), day.open_card_page("twice")]
    for page in pages:
        day.pay(page, CARD_APPROVED)

    def both_booked() -> bool:
        return all(payment["state"] == "succeeded" for payment in day.payments("twice"))

    day.wait_for("two pages were open, both are paid", both_booked, 60)
    dispositions = sorted(payment["disposition"] for payment in day.payments("twice"))
    if dispositions != ["allocated", "overpaid"]:
        raise StepFailedError(f"one payment must settle the invoice and one be an overpayment, not {dispositions}")
    day.say("one settles the invoice, the other is a visible overpayment")


def cancel_one(day: SampleDay) -> None:
    invoice = day.agency.post(
        f"/v1/invoices/{day.reference('cancelled')}/cancel", idempotency_key=f"{day.correlation_id}-cancel"
    )
    day.say(f"{invoice['reference']} is {invoice['state']}")


def see_the_webhook(day: SampleDay) -> None:
    event = day.wait_for("webhook arrives", lambda: day.receiver.event_of(day.reference("paid")), 60)
    day.summary["webhook_event"] = event["id"]
    day.say(f"{event['id']} {event['body']['type']}: signature verified")


def find_the_lost_one(day: SampleDay) -> None:
    day.wait_for("the sweep asks the gateway", lambda: day.invoice("lost")["state"] == "paid", 240)
    day.say("found out by inquiry: paid, though nobody told us")


def balance_the_books(day: SampleDay) -> None:
    balance = day.finance.get("/v1/ledger/trial-balance", on=business_date(datetime.now(UTC)).isoformat())
    debit = sum(account["debit"] for account in balance["accounts"])
    credit = sum(account["credit"] for account in balance["accounts"])
    if debit != credit or debit == 0:
        raise StepFailedError(f"the ledger does not balance: debit {debit}, credit {credit} fils")
    day.summary["trial_balance"] = {"debit": debit, "credit": credit, "accounts": balance["accounts"]}
    for account in balance["accounts"]:
        day.say(f"{account['account']:<44} {account['debit']:>10} {account['credit']:>10} fils")
    day.say(f"{'Σ':<44} {debit:>10} {credit:>10} fils")


def _captured_days(day: SampleDay) -> list[date]:
    payments = [payment for story in day.invoices for payment in day.payments(story) if payment["captured_at"]]
    return sorted({business_date(datetime.fromisoformat(payment["captured_at"])) for payment in payments})


def land_the_settlement_file(day: SampleDay) -> None:
    for settled_on in _captured_days(day):
        url = f"{day.places.sandbox_url}/sandbox/settlements/{day.places.terminal_id}/{settled_on}.csv"
        response = httpx.get(url, timeout=30, trust_env=False)
        response.raise_for_status()
        name = f"{settled_on}-{day.number:04d}.csv"
        (day.places.folder / f"settlement-{name}").write_bytes(response.content)
        key = f"inbox/settlement/benefit/{day.places.account_id}/{name}"
        day.places.storage.put_object(Bucket=day.places.bucket, Key=key, Body=response.content)
        day.say(f"{len(response.content.splitlines()) - 2} lines, to s3://{day.places.bucket}/{key}")


def read_the_report(day: SampleDay) -> None:
    """Waits for a run that knows every payment of the day, then fetches its files."""
    settled_on = _captured_days(day)[-1]
    path = f"/v1/reconciliations/{settled_on}"
    wanted = {payment["payment_id"] for story in day.invoices for payment in day.payments(story)}
    wanted = {payment_id for payment_id in wanted if _is_captured(day, payment_id)}

    def finished() -> dict[str, Any] | None:
        report = day.finance.find(path)
        if not report or "matched.csv" not in {file["name"] for file in report["files"]}:
            return None
        matched = day.finance.download(f"{path}/files/matched.csv").decode()
        knows_all = all(payment_id in matched for payment_id in wanted)
        return day.finance.get(path) if knows_all else None  # read again: a newer run may have come in between

    report = day.wait_for("the schedule reconciles the day", finished, 240)
    for file in report["files"]:
        (day.places.folder / file["name"]).write_bytes(day.finance.download(file["url"]))
    day.summary["report"] = {"business_date": str(settled_on), "path": str(day.places.folder / "report.xlsx")}
    day.summary["reconciliation"] = report
    day.say(f"run {report['run']}: {report['status']}; {', '.join(file['name'] for file in report['files'])}")


def _is_captured(day: SampleDay, payment_id: str) -> bool:
    return day.agency.get(f"/v1/payments/{payment_id}")["captured_at"] is not None


def ask_at_the_counter(day: SampleDay) -> None:
    answer = day.counter.get("/v1/services/cr-registration/phase-check", channel="counter_cash")
    if answer["allowed"]:
        raise StepFailedError("the counter was told that it may take cash for a service that stopped it")
    day.summary["phase_check"] = answer
    day.say(f"cash for commercial registration? No, since {answer['since']}: {answer['reason']['text']}")
    without_card = [channel["name"] for channel in answer["channels"] if not channel["needs_card"]]
    if not without_card:
        raise StepFailedError("no way to pay without a card was offered")
    day.say(f"without a card the payer can use: {', '.join(without_card)}")


def leave_no_endpoint(day: SampleDay) -> None:
    day.agency.delete(f"/v1/webhook-endpoints/{day.summary['webhook_endpoint']}")
    day.say("the receiver of this day is gone, and so is its registration")


STEPS: tuple[tuple[str, Callable[[SampleDay], None]], ...] = (
    ("An agency registers where it wants to be told", register_webhook),
    ("It raises invoices from a file", raise_invoices),
    ("A payer opens the page, chooses debit card, pays", pay_one),
    ("A notification gets lost on its way to us", lose_a_notification),
    ("A card is declined, the payer tries another", decline_then_pay),
    ("Somebody pays the same invoice twice", pay_twice),
    ("The agency withdraws an invoice", cancel_one),
    ("The agency's webhook arrives", see_the_webhook),
    ("The platform finds out what nobody told it", find_the_lost_one),
    ("The ledger is balanced", balance_the_books),
    ("The gateway's settlement file lands", land_the_settlement_file),
    ("Finance reads the reconciliation report", read_the_report),
    ("The counter asks whether it may take cash", ask_at_the_counter),
    ("The agency takes its webhook back", leave_no_endpoint),
)


def finish(day: SampleDay) -> dict[str, Any]:
    """What the day came to, for `summary.json`: references, states, amounts in fils, balance, report."""
    invoices = []
    for story in day.invoices:
        now = day.invoice(story)
        attempts = [
            {name: payment[name] for name in ("payment_id", "state", "amount", "disposition")}
            for payment in day.payments(story)
        ]
        fields = ("reference", "invoice_number", "state", "amount", "outstanding", "currency")
        invoices.append({"story": story, **{name: now[name] for name in fields}, "payments": attempts})
    return {"sample_day": day.number, "correlation_id": day.correlation_id, "invoices": invoices, **day.summary}
