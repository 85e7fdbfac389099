"""Who pays, where that is not whom the bill names: three fields that most payers leave alone."""

from pydantic import ValidationError

from mizan.domain.errors import InvalidInputError
from mizan.domain.invoices import Customer
from mizan.entrypoints.pages.html import Html, fill, join
from mizan.entrypoints.pages.layout import View
from mizan.entrypoints.payment_schemas import PaymentPayerModel, payer_of

FIELDS = """<details><summary>$title</summary>
<span class="hint" id="payer-hint">$hint</span>
<label for="payer_name">$name</label>
<input type="text" class="words" id="payer_name" name="payer_name" maxlength="120" autocomplete="name"
 aria-describedby="payer-hint">
<label for="payer_kind">$kind</label>
<select id="payer_kind" name="payer_kind">$kinds</select>
<label for="payer_number">$number</label>
<input type="text" id="payer_number" name="payer_number" maxlength="20" autocomplete="off">
</details>
"""
OPTION = '<option value="$value">$text</option>'
KINDS = ("cpr", "cr", "passport")


def payer_fields(view: View) -> Html:
    options = [fill(OPTION, value=kind, text=view.text(f"payer_{kind}")) for kind in KINDS]
    return fill(
        FIELDS,
        title=view.text("payer_title"),
        hint=view.text("payer_hint"),
        name=view.text("payer_name"),
        kind=view.text("payer_kind"),
        kinds=join([fill(OPTION, value="", text=view.text("payer_none")), *options]),
        number=view.text("payer_number"),
    )


def payer_in(name: str, kind: str, number: str) -> Customer | None:
    """Who the form says pays; None where it says nobody. Raises InvalidInputError naming `payer`."""
    if not (name.strip() or number.strip()):
        return None
    if bool(number.strip()) is not (kind in KINDS):
        raise InvalidInputError.of("payer", "bad_payer")
    values = {"name": name.strip()} | ({kind: number.strip()} if kind in KINDS else {})
    try:
        return payer_of(PaymentPayerModel.model_validate(values))
    except ValidationError:
        raise InvalidInputError.of("payer", "bad_payer") from None
