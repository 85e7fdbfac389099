"""The bill: what is owed, by which way it can be paid with a card, and by which without one."""

from mizan.application.show_pay_page import Bill
from mizan.domain.invoices import InvoiceState
from mizan.domain.services import Channel
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import Language, amount_text, date_text, reference_text, time_text
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page, row
from mizan.entrypoints.pages.other_ways import other_ways
from mizan.entrypoints.pages.pay_form import pay_form

SUMMARY = """<section aria-labelledby="$anchor">
<h2 id="$anchor">$service</h2>
<p class="total">$amount</p>
<dl>
$rows
</dl></section>"""

WAYS = """<section aria-labelledby="ways"><h2 id="ways">$title</h2>
$ways</section>"""
WAY = "<details><summary>$name</summary><ol>$steps</ol></details>"
ALERT = '<div class="notice wait" role="alert"><p>$text</p></div>'
PLAIN = '<div class="notice wait"><p>$text</p></div>'

CLOSED = {
    InvoiceState.PAID: ("good", "paid"),
    InvoiceState.CANCELLED: ("bad", "cancelled_bill"),
    InvoiceState.SUPERSEDED: ("bad", "cancelled_bill"),
    InvoiceState.HELD: ("wait", "held_bill"),
    InvoiceState.EXPIRED: ("bad", "expired_bill"),
    InvoiceState.WRITTEN_OFF: ("wait", "written_off_bill"),
}
"""States in which nothing is taken, and what is said then."""


def bill_page(
    view: View,
    bill: Bill,
    *,
    token: str,
    is_local: bool,
    code: Html = EMPTY,
    wrong: str | None = None,
    replaced: str | None = None,
) -> Page:
    """`token` makes this form's submission one attempt, however often it is sent; `code`: the section with the QR code;
    `wrong`: the key of what was wrong with the last form; `replaced`: the reference of the wrong bill that led here.
    """
    if bill.state in CLOSED:
        kind, key = CLOSED[bill.state]
        heading = notice(kind, view.text(f"{key}_title"), view.text(key))
        return page(view, view.text(f"{key}_title"), join([heading, summary(view, bill)]))
    parts = [fill("<h1>$title</h1>", title=view.text("bill_title"))]
    if wrong is not None:
        parts.append(fill(ALERT, text=view.text(wrong)))
    if replaced is not None:
        parts.append(fill(PLAIN, text=_replaced(view, replaced)))
    if bill.state is InvoiceState.CONTESTED:
        parts.append(fill(PLAIN, text=view.text("contested_bill")))
    parts += open_attempt(view, bill)
    form = pay_form(
        view, bill.reference, bill.currency, bill.ways, token=token, partial=bill.partial, offers=bill.offers
    )
    parts += [summary(view, bill), form, code, ways(view, bill)]
    status = 200 if wrong is None else 400
    return page(view, view.text("bill_title"), join(parts), status=status, is_local=is_local)


def no_card_payment_page(view: View, bill: Bill) -> Page:
    """No account takes cards for this agency now; everything else stays open."""
    title = view.text("no_card_payment_title")
    heading = notice("wait", title, view.text("no_card_payment"))
    return page(view, title, join([heading, summary(view, bill), ways(view, bill)]), status=409)


def open_attempt(view: View, bill: Bill) -> list[Html]:
    """A warning where an attempt is under way whose outcome nobody knows."""
    if bill.open_attempt_at is None:
        return []
    text = view.text("open_attempt").format(time=time_text(bill.open_attempt_at, view.language))
    return [fill(PLAIN, text=text)]


def summary(view: View, bill: Bill) -> Html:
    """Amount, due date, who bills and who is billed (masked), and what changes the amount."""
    language = view.language
    due: Html | str = date_text(bill.due_date, language)
    if bill.is_overdue:
        due = fill('$due <span class="tag">$overdue</span>', due=due, overdue=view.text("overdue"))
    rows = [
        row(view.text("agency"), language.of(bill.agency)),
        row(view.text("due"), due),
        *_amount_rows(view, bill),
        row(view.text("billed_to"), fill("<bdi>$name</bdi>", name=language.of(bill.payer))),
        row(view.text("reference"), isolated(reference_text(bill.reference))),
    ]
    return fill(
        SUMMARY,
        anchor="summary",
        service=language.of(bill.service),
        amount=amount_text(bill.amount, bill.currency, language),
        rows=join(rows),
    )


def _amount_rows(view: View, bill: Bill) -> list[Html]:
    """What of the amount is a discount or a charge, and what will change it."""
    if not bill.is_payable:
        return []

    def money(amount: int) -> str:
        return amount_text(amount, bill.currency, view.language)

    rows = []
    if bill.outstanding != bill.amount:
        rows.append(row(view.text("outstanding"), money(bill.outstanding)))
    if bill.discount is not None:
        until = date_text(bill.discount.until, view.language)
        rows.append(row(view.text("discount"), view.text("discount_until").format(money(bill.discount.amount), until)))
    if bill.late is not None:
        starts_on = date_text(bill.late.starts_on, view.language)
        rows.append(row(view.text("late"), view.text("late_from").format(money(bill.late.amount), starts_on)))
    return rows


def ways(view: View, bill: Bill) -> Html:
    """How to pay without a bank card: the service's open channels, or whom to ask where it names none."""
    if bill.offers:
        return other_ways(view, bill.offers, bill.currency, transfer=bill.transfer)
    content = [_way(view, channel) for channel in bill.ways_without_card]
    general = fill("<p>$text</p>", text=view.text("no_card_general"))
    return fill(WAYS, title=view.text("no_card"), ways=join(content) if content else general)


def _way(view: View, channel: Channel) -> Html:
    is_arabic = view.language is Language.ARABIC
    steps = channel.steps_ar if is_arabic else channel.steps
    name: Html | str = channel.name_ar if is_arabic else channel.name
    if channel.needs_smartphone:
        note = fill(' <span class="hint">($text)</span>', text=view.text("needs_smartphone"))
        name = fill("$name$note", name=name, note=note)
    return fill(WAY, name=name, steps=join([fill("<li>$step</li>", step=step) for step in steps]) if steps else EMPTY)


def _replaced(view: View, reference: str) -> Html:
    before, _, after = view.text("replaced_bill").partition("{reference}")
    return fill("$before$reference$after", before=before, reference=isolated(reference_text(reference)), after=after)
