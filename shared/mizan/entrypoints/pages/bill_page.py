"""The bill: what is owed, by which way it can be paid with a card, and by which without one."""

from mizan.application.show_pay_page import Bill
from mizan.domain.invoices import InvoiceState
from mizan.domain.payments import PaymentMethod
from mizan.domain.services import Channel
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import Language, amount_text, date_text, reference_text, time_text
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page, row

SUMMARY = """<section aria-labelledby="$anchor">
<h2 id="$anchor">$service</h2>
<p class="total">$amount</p>
<dl>
$rows
</dl></section>"""

FORM = """<section><form method="post" action="$action">
<input type="hidden" name="token" value="$token"><input type="hidden" name="lang" value="$lang">
<fieldset><legend>$legend</legend>
<div class="choice">
<input type="radio" id="debit_card" name="method" value="$method" checked aria-describedby="card-hint">
<div><label for="debit_card">$label</label><span class="hint" id="card-hint">$hint</span></div></div>
</fieldset>
<button>$button</button>
</form></section>"""

WAYS = """<section aria-labelledby="ways"><h2 id="ways">$title</h2>
$ways</section>"""
WAY = "<details><summary>$name</summary><ol>$steps</ol></details>"


def bill_page(view: View, bill: Bill, *, token: str, is_local: bool, is_stale: bool = False) -> Page:
    """`token` makes this form's submission one attempt, however often it is sent; `is_stale`: the last one had none."""
    language = view.language
    if bill.state is not InvoiceState.ISSUED:
        kind, key = ("good", "paid") if bill.state is InvoiceState.PAID else ("bad", "cancelled_bill")
        heading = notice(kind, view.text(f"{key}_title"), view.text(key))
        return page(view, view.text(f"{key}_title"), join([heading, summary(view, bill)]))
    parts = [fill("<h1>$title</h1>", title=view.text("bill_title"))]
    if is_stale:
        parts.append(fill('<div class="notice wait" role="alert"><p>$text</p></div>', text=view.text("form_stale")))
    if bill.open_attempt_at is not None:
        text = view.text("open_attempt").format(time=time_text(bill.open_attempt_at, language))
        parts.append(fill('<div class="notice wait"><p>$text</p></div>', text=text))
    parts += [summary(view, bill), _form(view, bill, token), ways(view, bill)]
    return page(view, view.text("bill_title"), join(parts), status=400 if is_stale else 200, is_local=is_local)


def no_card_payment_page(view: View, bill: Bill) -> Page:
    """No account takes cards for this agency now; everything else stays open."""
    title = view.text("no_card_payment_title")
    heading = notice("wait", title, view.text("no_card_payment"))
    return page(view, title, join([heading, summary(view, bill), ways(view, bill)]), status=409)


def summary(view: View, bill: Bill) -> Html:
    """Amount, due date, who bills and who is billed (masked)."""
    language = view.language
    due: Html | str = date_text(bill.due_date, language)
    if bill.is_overdue:
        due = fill('$due <span class="tag">$overdue</span>', due=due, overdue=view.text("overdue"))
    rows = [
        row(view.text("agency"), language.of(bill.agency)),
        row(view.text("due"), due),
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


def ways(view: View, bill: Bill) -> Html:
    """How to pay without a bank card: the service's open channels, or whom to ask where it names none."""
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


def _form(view: View, bill: Bill, token: str) -> Html:
    return fill(
        FORM,
        action=view.link(f"/pay/{bill.reference}"),
        token=token,
        lang=view.language,
        legend=view.text("choose"),
        method=PaymentMethod.DEBIT_CARD,
        label=view.text("debit_card"),
        hint=view.text("debit_card_hint"),
        button=view.text("pay").format(amount=amount_text(bill.amount, bill.currency, view.language)),
    )
