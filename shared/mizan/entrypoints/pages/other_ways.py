"""Ways to pay that start elsewhere: a kiosk, a bank, an agent, the counter; what to do there, and what is closed."""

from collections.abc import Sequence

from mizan.application.show_transfer import TransferInstructions
from mizan.domain.journeys import Offer
from mizan.domain.payments import PaymentMethod
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import Language
from mizan.entrypoints.pages.layout import View, isolated, row
from mizan.entrypoints.pages.method_choices import STARTED_ELSEWHERE, fee_text, known, name_of, reasons

SECTION = """<section aria-labelledby="ways"><h2 id="ways">$title</h2>
$ways</section>"""
WAY = "<details><summary>$name$note</summary>$content</details>"
PARAGRAPH = '<p class="hint">$text</p>'


def other_ways(
    view: View, offers: Sequence[Offer], currency: str, *, transfer: TransferInstructions | None = None
) -> Html:
    """Those without a bank's card; or whom to ask where there is none. `transfer`: where a bank transfer goes."""
    elsewhere = [
        offer for offer in known(offers) if offer.route.method in STARTED_ELSEWHERE and not offer.route.needs_card
    ]
    general = fill("<p>$text</p>", text=view.text("no_card_general"))
    ways = join([_way(view, offer, currency, transfer) for offer in elsewhere]) if elsewhere else general
    return fill(SECTION, title=view.text("no_card"), ways=ways)


def _way(view: View, offer: Offer, currency: str, transfer: TransferInstructions | None) -> Html:
    key = "closed_way" if not offer.is_open else "needs_smartphone" if offer.route.needs_smartphone else None
    note = fill(' <span class="hint">($text)</span>', text=view.text(key)) if key else EMPTY
    content = _steps(view, offer, currency) if offer.is_open else fill(PARAGRAPH, text=reasons(view, offer))
    if offer.is_open and transfer is not None and offer.route.method is PaymentMethod.BANK_TRANSFER:
        content = join([content, _transfer(view, transfer)])
    return fill(WAY, name=name_of(view, offer), note=note, content=content)


def _transfer(view: View, transfer: TransferInstructions) -> Html:
    rows = [
        row(view.text("transfer_iban"), isolated(transfer.iban)),
        row(view.text("transfer_reference"), isolated(transfer.creditor_reference)),
        row(view.text("transfer_to"), fill("<bdi>$name</bdi>", name=transfer.beneficiary)),
    ]
    return fill("<dl>$rows</dl>", rows=join(rows))


def _steps(view: View, offer: Offer, currency: str) -> Html:
    steps = offer.steps_ar if view.language is Language.ARABIC else offer.steps
    listed = fill("<ol>$steps</ol>", steps=join([fill("<li>$step</li>", step=step) for step in steps]))
    fee = fee_text(view, offer, currency)
    return join([listed, fill(PARAGRAPH, text=fee)]) if fee else listed
