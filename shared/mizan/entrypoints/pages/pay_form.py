"""The form that starts a payment: how much, where there is a choice, and by which card."""

from collections.abc import Sequence

from mizan.application.show_pay_page import Way
from mizan.domain.journeys import Offer
from mizan.domain.money import parse_amount
from mizan.domain.terms import PartialRule
from mizan.entrypoints.pages.html import EMPTY, Html, fill, join
from mizan.entrypoints.pages.language import amount_text, date_text
from mizan.entrypoints.pages.layout import View
from mizan.entrypoints.pages.method_choices import card_choice, method_choices, started_here
from mizan.entrypoints.pages.payer_fields import payer_fields

ALL, PART, PLAN_PREFIX = "all", "part", "plan:"
TYPED_LENGTH_MAX = 20

FORM = """<section><form method="post" action="$action">
<input type="hidden" name="token" value="$token"><input type="hidden" name="lang" value="$lang">
$amounts<fieldset><legend>$legend</legend>
$methods
</fieldset>
$payer<button>$button</button>
</form></section>"""

NONE_OPEN = """<section><p>$text</p>
$methods</section>"""

AMOUNTS = """<fieldset class="apart"><legend>$legend</legend>
$choices
</fieldset>
"""
CHOICE = """<div class="choice">
<input type="radio" id="$id" name="what" value="$value"$checked aria-describedby="$id-hint">
<div><label for="$id">$label</label><span class="hint" id="$id-hint">$hint</span>$more</div></div>"""
PART_FIELD = """<label class="hint" for="amount">$label</label>
<input type="text" id="amount" name="amount" inputmode="decimal" autocomplete="off" maxlength="20">"""

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")


def pay_form(
    view: View,
    reference: str,
    currency: str,
    ways: Sequence[Way],
    *,
    token: str,
    partial: PartialRule | None = None,
    offers: Sequence[Offer] = (),
) -> Html:
    """With one amount to pay the button says it; with several the payer chooses. `offers`: the ways to pay; none: a
    debit card, where the catalogue knows no routes.
    """
    here = started_here(offers)
    if offers and not any(offer.is_open for offer in here):
        return fill(NONE_OPEN, text=view.text("none_open"), methods=method_choices(view, here, currency))
    is_choice = len(ways) > 1 or partial is not None
    asked = {offer.payer_pays for offer in here if offer.is_open} or {ways[0].amount}
    is_one = len(asked) == 1 and not is_choice
    amount = amount_text(next(iter(asked)) or ways[0].amount, currency, view.language)
    single = fill('<input type="hidden" name="what" value="$value">\n', value=_value(ways[0]))
    return fill(
        FORM,
        action=view.link(f"/pay/{reference}"),
        token=token,
        lang=view.language,
        amounts=_amounts(view, currency, ways, partial) if is_choice else single,
        legend=view.text("choose"),
        methods=method_choices(view, here, currency) if here else card_choice(view),
        payer=payer_fields(view),
        button=view.text("pay").format(amount=amount) if is_one else view.text("go_on"),
    )


def chosen(what: str, typed: str) -> tuple[str | None, int | None]:
    """Plan and amount (fils) that the form asks for. Raises ValueError on what is no amount."""
    if what.startswith(PLAN_PREFIX):
        return what.removeprefix(PLAN_PREFIX) or "-", None  # an empty name is no plan, not no choice
    if what != PART:
        return None, None
    amount = parse_amount(typed[:TYPED_LENGTH_MAX].translate(_DIGITS).strip())
    if amount == 0:
        raise ValueError("nothing to pay")
    return None, amount


def _value(way: Way) -> str:
    return ALL if way.plan is None else f"{PLAN_PREFIX}{way.plan}"


def _amounts(view: View, currency: str, ways: Sequence[Way], partial: PartialRule | None) -> Html:
    choices = [_choice(view, currency, way, position) for position, way in enumerate(ways)]
    if partial is not None:
        choices.append(_part(view, currency, partial))
    return fill(AMOUNTS, legend=view.text("how_much"), choices=join(choices))


def _choice(view: View, currency: str, way: Way, position: int) -> Html:
    hint = view.text("pay_all_hint")
    if way.plan is not None and way.due_date is not None:
        due = date_text(way.due_date, view.language)
        hint = view.text("instalment_hint").format(number=way.number, count=way.count, due=due)
    return fill(
        CHOICE,
        id=f"what-{position}",
        value=_value(way),
        checked=Html(" checked") if position == 0 else EMPTY,
        label=amount_text(way.amount, currency, view.language),
        hint=hint,
        more=EMPTY,
    )


def _part(view: View, currency: str, rule: PartialRule) -> Html:
    least = amount_text(rule.minimum, currency, view.language)
    hint = view.text("part_least").format(least=least)
    if rule.maximum is not None:
        most = amount_text(rule.maximum, currency, view.language)
        hint = view.text("part_between").format(least=least, most=most)
    field = fill(PART_FIELD, label=view.text("part_label"))
    return fill(CHOICE, id="what-part", value=PART, checked=EMPTY, label=view.text("part"), hint=hint, more=field)
