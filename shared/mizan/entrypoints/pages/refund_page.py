"""Where a refund stands: the page that its payer follows it on.

Whoever has the address sees it, so it names nobody and shows no cash-out code: that is handed out by the agency alone.
"""

from mizan.domain.refunds import Refund, RefundDestination, RefundState
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import Language, amount_text, reference_text, time_text
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page, row
from mizan.entrypoints.timeline_labels import REFUND_LABELS

STANDS = {
    RefundState.REQUESTED: "wait",
    RefundState.APPROVED: "wait",
    RefundState.REJECTED: "bad",
    RefundState.WITHDRAWN: "wait",
    RefundState.SENDING: "wait",
    RefundState.UNKNOWN: "wait",
    RefundState.REDEEMABLE: "good",
    RefundState.COMPLETED: "good",
    RefundState.FAILED: "bad",
}

DETAILS = """<section aria-labelledby="refund">
<h2 id="refund">$title</h2>
<p class="total">$amount</p>
<dl>
$rows
</dl></section>"""

HOW_TO_COLLECT = """<section aria-labelledby="collect">
<h2 id="collect">$title</h2>
<ol>
$steps
</ol></section>"""

TIMELINE = """<section aria-labelledby="timeline">
<h2 id="timeline">$title</h2>
<ol class="timeline">
$entries
</ol></section>"""

ENTRY = '<li><span>$label</span> <time datetime="$instant">$time</time></li>'


def refund_page(view: View, refund: Refund) -> Page:
    """Its state in a sentence, what goes where, how to collect cash, and what happened so far."""
    key = f"refund_{refund.state}"
    parts = [
        notice(STANDS[refund.state], view.text(f"{key}_title"), _reason(view, refund) or view.text(key)),
        _details(view, refund),
        _how_to_collect(view, refund),
        _timeline(view, refund),
    ]
    return page(view, view.text(f"{key}_title"), join([part for part in parts if part]))


def _reason(view: View, refund: Refund) -> str:
    """Why it was not carried out, in the payer's language."""
    if refund.decline is None:
        return ""
    return refund.decline.text_ar if view.language is Language.ARABIC else refund.decline.text


def _details(view: View, refund: Refund) -> Html:
    rows = [
        row(view.text("refund_to"), _destination(view, refund)),
        row(view.text("reference"), isolated(reference_text(refund.portion.reference))),
        row(view.text("refund_number"), isolated(refund.refund_id, css_class="long")),
    ]
    if refund.state is RefundState.REDEEMABLE and refund.expires_at is not None:
        rows.append(row(view.text("collect_until"), time_text(refund.expires_at, view.language)))
    amount = amount_text(refund.amount, refund.currency, view.language)
    return fill(DETAILS, title=view.text("refund_amount"), amount=amount, rows=join(rows))


def _destination(view: View, refund: Refund) -> Html:
    text = fill("$text", text=view.text(f"refund_to_{refund.destination}"))
    who = refund.beneficiary
    if refund.destination is RefundDestination.IBAN and who is not None and who.masked_iban is not None:
        return join([text, isolated(who.masked_iban)])
    return text


def _how_to_collect(view: View, refund: Refund) -> Html:
    if refund.state is not RefundState.REDEEMABLE:
        return EMPTY
    steps = [fill("<li>$step</li>", step=view.text(f"collect_step_{number}")) for number in (1, 2, 3)]
    return fill(HOW_TO_COLLECT, title=view.text("collect_title"), steps=join(steps))


def _timeline(view: View, refund: Refund) -> Html:
    entries = []
    for entry in refund.history:
        label = REFUND_LABELS[entry.event]
        text = label.ar if view.language is Language.ARABIC else label.en
        time = time_text(entry.at, view.language)
        entries.append(fill(ENTRY, label=text, instant=entry.at.isoformat(timespec="seconds"), time=time))
    return fill(TIMELINE, title=view.text("timeline_title"), entries=join(entries))
