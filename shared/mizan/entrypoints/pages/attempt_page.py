"""What became of a payment: the page the payer returns to, and may come back to later."""

from mizan.domain.payments import UNDECIDED_STATES, Disposition, Payment, PaymentMethod, PaymentState
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import amount_text, reference_text, time_text
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page, row

REFRESH_SECONDS = 3
REFRESH_COUNT_MAX = 40
"""Two minutes of refreshing by itself; after them the payer decides when to look again."""

RECEIPT = """<section aria-labelledby="receipt">
<h2 id="receipt">$title</h2>
<p class="total">$amount</p>
<dl>
$rows
</dl></section>"""

OUTCOMES = {
    PaymentState.CREATED: ("wait", "waiting"),
    PaymentState.PENDING: ("wait", "waiting"),
    PaymentState.UNKNOWN: ("wait", "unknown"),
    PaymentState.DECLINED: ("bad", "declined"),
    PaymentState.CANCELLED: ("wait", "cancelled"),
    PaymentState.EXPIRED: ("wait", "expired"),
    PaymentState.VOIDED: ("wait", "voided"),
    PaymentState.REVERSED: ("wait", "voided"),
    PaymentState.CHARGED_BACK: ("wait", "charged_back"),
}
TO_GATEWAY = {PaymentMethod.WALLET: "to_wallet_page", PaymentMethod.SADAD: "to_cash_bill"}
"""Where a pending attempt goes on, where that is no bank's page."""
PAID_STATES = (PaymentState.SUCCEEDED, PaymentState.DISPUTED)  # a dispute is between the agency and the bank
MONEY_IN = {
    Disposition.ALLOCATED: ("good", "succeeded"),
    Disposition.OVERPAID: ("wait", "overpaid"),
    Disposition.SUSPENDED: ("wait", "suspended"),
}


def attempt_page(
    view: View, payment: Payment, *, refresh_count: int, has_returned: bool, leaves_rest: bool = False
) -> Page:
    """`refresh_count`: how often this page refreshed itself so far; `has_returned`: the payer was at the gateway;
    `leaves_rest`: something of the bill is still owed.
    """
    if payment.state in PAID_STATES and payment.capture is not None:
        return _money_in(view, payment, leaves_rest=leaves_rest)
    if payment.state in UNDECIDED_STATES:
        return _waiting(view, payment, refresh_count, has_returned=has_returned)
    kind, key = OUTCOMES[payment.state]
    parts = [notice(kind, view.text(f"{key}_title"), _reason(view, payment) or view.text(key)), _back(view, payment)]
    return page(view, view.text(f"{key}_title"), join(parts))


def _money_in(view: View, payment: Payment, *, leaves_rest: bool) -> Page:
    kind, key = MONEY_IN[payment.disposition or Disposition.SUSPENDED]
    if key == "succeeded" and leaves_rest:
        key = "received"
    heading = notice(kind, view.text(f"{key}_title"), view.text(key))
    back = [_back(view, payment)] if leaves_rest else []
    return page(view, view.text(f"{key}_title"), join([heading, _receipt(view, payment), *back]))


def _waiting(view: View, payment: Payment, refresh_count: int, *, has_returned: bool) -> Page:
    kind, key = OUTCOMES[payment.state]
    here = view.link(view.path)
    is_over = refresh_count >= REFRESH_COUNT_MAX
    parts = [notice(kind, view.text(f"{key}_title"), view.text("waited_long" if is_over else key), is_live=True)]
    returned = "returned=1&" if has_returned else ""
    parts.append(_link(f"{here}?{returned}lang={view.language}", view.text("look_again")))
    if payment.redirect_url and payment.state is PaymentState.PENDING and not has_returned:
        parts.append(
            _link(
                payment.redirect_url,
                view.text(TO_GATEWAY.get(payment.method, "to_card_page")),
                css_class="button plain",
            )
        )
    head = EMPTY
    if not is_over:
        url = f"{here}?{returned}n={refresh_count + 1}&lang={view.language}"
        head = fill('<meta http-equiv="refresh" content="$seconds;url=$url">\n', seconds=REFRESH_SECONDS, url=url)
    return page(view, view.text(f"{key}_title"), join(parts), head=head)


def _receipt(view: View, payment: Payment) -> Html:
    capture = payment.capture
    if capture is None:
        return EMPTY
    rows = [
        row(view.text("reference"), isolated(reference_text(payment.reference))),
        row(view.text("captured_at"), time_text(capture.captured_at, view.language)),
    ]
    if payment.payer is not None:
        rows.append(row(view.text("paid_by"), fill("<bdi>$name</bdi>", name=payment.payer.masked_name)))
    if payment.is_surcharged and payment.surcharge:
        added = amount_text(payment.surcharge, capture.currency, view.language)
        rows.append(row(view.text("surcharge"), added))
    if capture.rrn:
        rows.append(row(view.text("rrn"), isolated(capture.rrn)))
    amount = amount_text(capture.amount, capture.currency, view.language)
    return fill(RECEIPT, title=view.text("receipt"), amount=amount, rows=join(rows))


def _reason(view: View, payment: Payment) -> str:
    """The gateway's reason for a decline, in the payer's language."""
    if payment.decline is None:
        return ""
    is_arabic = view.language.direction == "rtl"
    return payment.decline.text_ar if is_arabic else payment.decline.text


def _back(view: View, payment: Payment) -> Html:
    return _link(f"{view.link(f'/pay/{payment.reference}')}?lang={view.language}", view.text("try_again"))


def _link(url: str, text: str, *, css_class: str = "button") -> Html:
    return fill('<a class="$css_class" href="$url">$text</a>', css_class=css_class, url=url, text=text)
