"""The QR code on the payer's pages: on the bill, to save, and at an address of its own."""

import base64
import json
import re

import pytest

from mizan.domain.baskets import Basket
from mizan.domain.invoices import InvoiceState
from mizan.domain.quotes import quote_of
from tests.emv import parse
from tests.fakes.clock import NOON
from tests.fakes.samples import a_reference, an_invoice
from tests.pictures import read_code, read_png
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site


def saved(html: str) -> dict[str, str]:
    """The fields of the code in the image that the page offers to save."""
    (content,) = re.findall(r'href="data:image/png;base64,([^"]+)"', html)
    return parse(read_code(read_png(base64.b64decode(content))))


@pytest.mark.parametrize(("lang", "label"), [("en", "QR code with the amount"), ("ar", "رمز استجابة سريعة")])
def test_a_bill_shows_its_code_and_offers_it_as_an_image(site: Site, lang: str, label: str) -> None:
    """Named for who cannot see it; the image to save says the same."""
    reference = site.platform.with_invoice().reference

    answer = site.get(f"/pay/{reference}?lang={lang}")

    page = read(answer.text)
    (code,) = [tag for tag in page.all("div") if tag.get("role") == "img"]
    assert code["aria-label"].startswith(label)
    assert len(page.all("svg")) == 1
    fields = saved(answer.text)
    assert (fields["54"], fields["62.01"], fields["59"]) == ("12.500", reference, "Commerce Authority")


def test_a_basket_shows_a_code_for_all_of_it(site: Site) -> None:
    """One amount, the basket's reference, and the treasury's account where agencies differ."""
    invoices = [site.platform.with_invoice(an_invoice(number)) for number in (1, 2)]
    quotes = tuple(quote_of(invoice, NOON) for invoice in invoices)
    basket = Basket(a_reference(50), "*", "BHD", quotes, NOON, "identity", "body", "corr")
    site.platform.baskets.rows[basket.reference] = basket

    fields = saved(site.get(f"/pay/{basket.reference}").text)

    assert (fields["54"], fields["62.01"]) == ("25.000", basket.reference)
    assert (fields["26.01"], fields["59"]) == ("treasury", "GOVERNMENT PAYMENTS")


@pytest.mark.parametrize("state", [InvoiceState.PAID, InvoiceState.HELD, InvoiceState.CANCELLED])
def test_what_cannot_be_paid_shows_no_code_and_its_address_leads_to_the_bill(site: Site, state: InvoiceState) -> None:
    """Nothing to scan; the bill says why."""
    reference = site.platform.with_invoice(an_invoice(state=state)).reference

    page, code = site.get(f"/pay/{reference}?lang=en"), site.get(f"/pay/{reference}/qr?lang=en")

    assert "data:image/png" not in page.text
    assert read(page.text).all("svg") == []
    assert (code.status, code.location) == (303, f"/live/pay/{reference}?lang=en")


def test_the_code_has_an_address_of_its_own(site: Site) -> None:
    """SVG for who opens it; PNG as bytes for who takes nothing else; in JSON for the rest."""
    reference = site.platform.with_invoice().reference

    svg, png = site.get(f"/pay/{reference}/qr"), site.get(f"/pay/{reference}/qr?format=png", Accept="image/png")
    wrapped = site.get(f"/pay/{reference}/qr?format=png", Accept="text/html,*/*")

    assert (svg.status, svg.headers["content-type"], svg.is_base64) == (200, "image/svg+xml", False)
    assert svg.text.startswith("<svg ")
    assert (png.headers["content-type"], png.is_base64) == ("image/png", True)
    assert parse(read_code(read_png(base64.b64decode(png.text))))["62.01"] == reference
    assert wrapped.headers["content-type"] == "application/json"
    assert json.loads(wrapped.text)["content"] == png.text


def test_the_code_of_no_bill_is_the_page_that_asks_to_check_the_number(site: Site) -> None:
    """Trying numbers teaches nothing here either."""
    answer = site.get(f"/pay/{a_reference(9)}/qr?lang=en")

    assert answer.status == 404
    assert "Check the number" in read(answer.text).text
