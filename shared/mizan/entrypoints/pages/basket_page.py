"""A basket: several bills, their amounts and their sum, and one button to pay them all."""

from mizan.application.show_pay_page import BasketBill, Bill, Way
from mizan.domain.invoices import InvoiceState
from mizan.entrypoints.pages.bill_page import PLAIN
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import amount_text, reference_text, time_text
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page
from mizan.entrypoints.pages.other_ways import other_ways
from mizan.entrypoints.pages.pay_form import pay_form

BASKET = """<section aria-labelledby="summary">
<h2 id="summary">$title</h2>
<p class="total">$amount</p>
<ul class="bills">
$lines
</ul></section>"""
LINE = """<li><span><strong>$service</strong><span class="hint">$agency · $reference</span></span>
<span class="number">$amount$tag</span></li>"""


def basket_page(
    view: View, basket: BasketBill, *, token: str, is_local: bool, code: Html = EMPTY, wrong: str | None = None
) -> Page:
    """`code`: the section with the QR code; `wrong`: the key of what was wrong with the last form."""
    if basket.amount is None:
        kind, key = ("good", "basket_paid") if basket.is_paid else ("bad", "basket_stopped")
        heading = notice(kind, view.text(f"{key}_title"), view.text(key))
        return page(view, view.text(f"{key}_title"), join([heading, _summary(view, basket)]))
    parts = [fill("<h1>$title</h1>", title=view.text("basket_title"))]
    if wrong is not None:
        parts.append(fill('<div class="notice wait" role="alert"><p>$text</p></div>', text=view.text(wrong)))
    if basket.open_attempt_at is not None:
        text = view.text("open_attempt").format(time=time_text(basket.open_attempt_at, view.language))
        parts.append(fill(PLAIN, text=text))
    whole = [Way(basket.amount)]
    form = pay_form(view, basket.reference, basket.currency, whole, token=token, offers=basket.offers)
    parts += [_summary(view, basket), form, code]
    if basket.offers:
        parts.append(other_ways(view, basket.offers, basket.currency))
    status = 200 if wrong is None else 400
    return page(view, view.text("basket_title"), join(parts), status=status, is_local=is_local)


def no_card_basket_page(view: View, basket: BasketBill) -> Page:
    """No account takes cards for what is in it now."""
    title = view.text("no_card_payment_title")
    heading = notice("wait", title, view.text("no_card_payment"))
    return page(view, title, join([heading, _summary(view, basket)]), status=409)


def _summary(view: View, basket: BasketBill) -> Html:
    total = sum(bill.amount for bill in basket.bills)
    return fill(
        BASKET,
        title=view.text("basket_lines").format(count=len(basket.bills)),
        amount=amount_text(total if basket.amount is None else basket.amount, basket.currency, view.language),
        lines=join([_line(view, bill) for bill in basket.bills]),
    )


def _line(view: View, bill: Bill) -> Html:
    language = view.language
    key = "tag_paid" if bill.state is InvoiceState.PAID else "tag_stopped"
    tag = fill("") if bill.is_payable else fill('<span class="tag">$text</span>', text=view.text(key))
    return fill(
        LINE,
        service=language.of(bill.service),
        agency=language.of(bill.agency),
        reference=isolated(reference_text(bill.reference)),
        amount=amount_text(bill.amount, bill.currency, language),
        tag=tag,
    )
