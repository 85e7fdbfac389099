"""The methods that a payment can be started with on this page: a radio button each, with its fee; what is closed cannot
be chosen and says why.
"""

from collections.abc import Iterable, Sequence

from mizan.domain.journeys import ClosedCode, Offer
from mizan.domain.payments import NOTICE_FIRST, PaymentMethod
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import Language, amount_text, time_text
from mizan.entrypoints.pages.layout import View

STARTED_ELSEWHERE = NOTICE_FIRST | {PaymentMethod.VOUCHER, None}
"""Given the reference there, or (a voucher's number) told to the agency."""

CHOICE = """<div class="choice">
<input type="radio" id="$method" name="method" value="$method"$state aria-describedby="$method-hint">
<div><label for="$method">$label</label><span class="hint" id="$method-hint">$hint</span></div></div>"""


def started_here(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Those of the offers that this page's form can start, as they are ordered."""
    return tuple(offer for offer in known(offers) if offer.route.method not in STARTED_ELSEWHERE)


def known(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Without what the agency never had an account for: that is no news for a payer."""
    return tuple(
        offer for offer in offers if all(closing.code is not ClosedCode.NO_ACCOUNT for closing in offer.closings)
    )


def method_choices(view: View, offers: Sequence[Offer], currency: str) -> Html:
    """The first that is open is chosen already."""
    chosen = next((offer for offer in offers if offer.is_open), None)
    return join([_choice(view, offer, currency, is_chosen=offer is chosen) for offer in offers])


def card_choice(view: View) -> Html:
    """A debit card alone: where the catalogue knows no routes for the service."""
    hint = view.text("debit_card_hint")
    checked = Html(" checked")
    return fill(CHOICE, method=PaymentMethod.DEBIT_CARD, state=checked, label=view.text("debit_card"), hint=hint)


def fee_text(view: View, offer: Offer, currency: str) -> str:
    """What this way costs the payer; empty where nobody's account takes it."""
    if offer.payer_pays is None or offer.route.method is None:
        return ""
    if offer.fee_added == 0:
        return view.text("fee_none")
    fee, total = (amount_text(amount, currency, view.language) for amount in (offer.fee_added, offer.payer_pays))
    return view.text("fee_added").format(fee=fee, total=total)


def reasons(view: View, offer: Offer) -> str:
    """Why it is closed, and when it opens again."""
    is_arabic = view.language is Language.ARABIC
    parts = []
    for closing in offer.closings:
        parts.append(closing.text_ar if is_arabic else closing.text)
        if closing.opens_at is not None:
            parts.append(view.text("opens_at").format(time=time_text(closing.opens_at, view.language)))
    return " ".join(parts)


def name_of(view: View, offer: Offer) -> str:
    return offer.route.name_ar if view.language is Language.ARABIC else offer.route.name


def _choice(view: View, offer: Offer, currency: str, *, is_chosen: bool) -> Html:
    state = EMPTY if offer.is_open else Html(" disabled")
    return fill(
        CHOICE,
        method=str(offer.route.method),
        state=Html(" checked") if is_chosen else state,
        label=name_of(view, offer),
        hint=_hint(view, offer, currency) if offer.is_open else reasons(view, offer),
    )


def _hint(view: View, offer: Offer, currency: str) -> str:
    fee = fee_text(view, offer, currency)
    if offer.route.method is PaymentMethod.DEBIT_CARD:
        return f"{view.text('debit_card_hint')} {fee}"
    return fee
