"""The bill: what it shows, what it hides, and how a payment starts from it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.application.ports import InitiationRefused
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError
from mizan.domain.invoices import InvoiceState
from mizan.domain.payments import Decline, PaymentState
from tests.fakes.samples import ACCOUNT, CUSTOMER, a_payment, a_reference, an_invoice
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site

ENGLISH, ARABIC = "en", "ar"


def bill_path(site: Site, **changes: Any) -> str:
    return f"/pay/{site.platform.with_invoice(an_invoice(**changes)).reference}"


def test_bill_shows_amount_due_date_names_and_a_masked_payer(site: Site) -> None:
    """Enough to know that it is the right bill."""
    answer = site.get(f"{bill_path(site)}?lang=en")

    text = read(answer.text).text
    assert answer.status == 200
    for shown in ("BHD 12.500", "15 March 2026", "Commerce Authority", "Commercial registration", "M••• A•••"):
        assert shown in text


def test_bill_in_arabic_is_arabic_and_right_to_left(site: Site) -> None:
    """The same facts, in the reader's language and direction."""
    page = read(site.get(f"{bill_path(site)}?lang=ar").text)

    assert page.one("html") == {"lang": "ar", "dir": "rtl"}
    for shown in ("12.500 د.ب", "15 مارس 2026", "هيئة التجارة", "السجل التجاري", "م••• ع•••"):
        assert shown in page.text


def test_bill_tells_nothing_else_about_the_payer_or_the_invoice(site: Site) -> None:
    """Whoever has the reference sees it: no full name, CPR, phone, e-mail, number, line or metadata."""
    invoice = an_invoice()

    html = "".join(site.get(f"{bill_path(site)}?lang={lang}").text for lang in (ENGLISH, ARABIC))

    hidden = [CUSTOMER.name, CUSTOMER.name_ar, CUSTOMER.cpr, CUSTOMER.phone, CUSTOMER.email]
    hidden += [invoice.invoice_number, invoice.lines[0].description, *invoice.metadata.values(), "Maryam", "مريم"]
    for secret in hidden:
        assert secret
        assert secret not in html


@pytest.mark.parametrize("reference", ["123456789012345678", a_reference(99), "abc", "1" * 300])
def test_wrong_number_and_unknown_bill_are_the_same_page(site: Site, reference: str) -> None:
    """Trying numbers teaches nothing: same status, same page, and no echo of what was tried."""
    expected = site.get(f"/pay/{a_reference(7)}?lang=en")

    answer = site.get(f"/pay/{reference}?lang=en")

    assert answer.status == expected.status == 404
    assert answer.text.replace(reference, "") == expected.text.replace(a_reference(7), "")
    assert "Check the number" in read(answer.text).text


def test_no_look_up_is_spent_on_wrong_check_digits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check digits are judged before the store is asked."""
    asked: list[str] = []
    monkeypatch.setattr(site.platform.invoices, "get", asked.append)

    site.get("/pay/123456789012345678")

    assert asked == []


def test_typed_number_may_have_blanks_hyphens_and_arabic_digits(site: Site) -> None:
    """People copy it from paper and from Arabic messages."""
    reference = a_reference(1)
    arabic = reference.translate({ord(str(digit)): chr(0x660 + digit) for digit in range(10)})

    for typed in (f"{reference[:4]}+{reference[4:10]}-{reference[10:]}", arabic):
        answer = site.get(f"/pay?reference={typed}&lang=en")

        assert (answer.status, answer.location) == (303, f"/live/pay/{reference}?lang=en")


def test_typed_number_that_is_wrong_stays_in_the_field(site: Site) -> None:
    """A typing error is corrected, not typed again; the error is tied to the field."""
    answer = site.get("/pay?reference=1234&lang=en")

    page = read(answer.text)
    assert answer.status == 404
    assert page.fields["reference"] == "1234"
    field = next(tag for tag in page.all("input") if tag["name"] == "reference")
    assert field["aria-describedby"] == "reference-hint reference-error"
    assert field["aria-invalid"] == "true"


def test_what_is_typed_never_becomes_markup(site: Site) -> None:
    """Every value on a page is escaped."""
    attack = '"><script>alert(1)</script>'

    for path in (f"/pay?reference={attack}", f"/pay/{attack}"):
        page = read(site.get(path).text)

        assert page.all("script") == []


def test_names_from_the_catalogue_never_become_markup(site: Site) -> None:
    """The same for what agencies write."""
    site.agencies.rows["moic"] = replace(site.agencies.rows["moic"], en="<b onclick=x>R&D</b>")

    html = site.get(f"{bill_path(site)}?lang=en").text

    assert "&lt;b onclick=x&gt;R&amp;D&lt;/b&gt;" in html
    assert read(html).all("b") == []


def test_overdue_bill_says_so_from_the_day_after(site: Site) -> None:
    """Due today is not overdue; days are Bahrain's."""
    due_today = bill_path(site, due_date=date(2026, 3, 1))
    site.platform.clock.instant = site.platform.clock.instant.replace(hour=20, minute=59)

    assert "overdue" not in read(site.get(f"{due_today}?lang=en").text).text
    site.platform.clock.advance(timedelta(minutes=1))
    assert "overdue" in read(site.get(f"{due_today}?lang=en").text).text


@pytest.mark.parametrize(
    ("state", "said"), [(InvoiceState.PAID, "This bill is paid"), (InvoiceState.CANCELLED, "This bill was cancelled")]
)
def test_bill_that_is_over_offers_no_payment(site: Site, state: InvoiceState, said: str) -> None:
    """A paid or cancelled bill is shown, with nothing to press."""
    page = read(site.get(f"{bill_path(site, state=state)}?lang=en").text)

    assert said in page.text
    assert page.all("form") == []


def test_bill_names_the_ways_without_a_card(site: Site) -> None:
    """Nobody is left without a way to pay: the service's open channels, with their steps."""
    page = read(site.get(f"{bill_path(site)}?lang=en").text)

    assert "No card? Other ways to pay" in page.text
    assert "KioskType the reference." in page.text


def test_service_that_is_not_in_the_catalogue_still_has_a_page(site: Site) -> None:
    """Without channels the page says whom to ask; names fall back to codes."""
    site.agencies.rows.clear()
    page = read(site.get(f"{bill_path(site, service='gone')}?lang=en").text)

    assert "You do not need a bank card." in page.text
    assert "gone" in page.text
    assert "moic" in page.text


def test_open_attempt_warns_before_paying_twice(site: Site) -> None:
    """While a payment's result is not known, a second one may be charged as well."""
    path = bill_path(site)
    site.platform.with_payment(a_payment(state=PaymentState.UNKNOWN))

    text = read(site.get(f"{path}?lang=en").text).text

    assert "started on 1 March 2026, 12:00 (Bahrain time)" in text
    assert "paying again may charge you twice" in text


def test_paying_sends_the_browser_to_the_gateway(site: Site) -> None:
    """303 to the gateway's page, with one attempt stored."""
    path = bill_path(site)
    form = read(site.get(path).text).fields

    answer = site.post(path, form)

    assert (answer.status, answer.location) == (303, "https://pay.invalid/page?id=gp-1")
    (payment,) = site.platform.payments.rows.values()
    assert (payment.state, payment.amount) == (PaymentState.PENDING, 12_500)


def test_form_sent_twice_is_one_attempt(site: Site) -> None:
    """A double click charges once; a fresh page is a fresh try."""
    path = bill_path(site)
    form = read(site.get(path).text).fields
    fresh = read(site.get(path).text).fields

    first, second = site.post(path, form), site.post(path, form)
    site.post(path, fresh)

    assert first.location == second.location
    assert form["token"] != fresh["token"]
    assert len(site.platform.payments.rows) == 2


@pytest.mark.parametrize(
    "changes", [{"token": ""}, {"token": "x" * 24 + "\n"}, {"token": "short"}, {"method": ""}, {"method": "gold"}]
)
def test_incomplete_form_starts_nothing_and_shows_the_bill_again(site: Site, changes: dict[str, str]) -> None:
    """A form without its token or a known method is asked for again, in place."""
    path = bill_path(site)
    form = read(site.get(path).text).fields | changes

    answer = site.post(path, form | {"lang": "en"})

    assert answer.status == 400
    assert "Please choose how to pay" in read(answer.text).text
    assert site.platform.payments.rows == {}


def test_body_that_is_no_form_starts_nothing(site: Site) -> None:
    """Another content type is answered with the bill, not with an error document."""
    answer = site.send("POST", bill_path(site), "<xml/>", {"Content-Type": "text/xml"})

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert site.platform.payments.rows == {}


def test_bill_paid_meanwhile_is_shown_instead_of_charged(site: Site) -> None:
    """The form was open while somebody else paid: back to the bill, which says so."""
    path = bill_path(site)
    form = read(site.get(path).text).fields
    bill_path(site, state=InvoiceState.PAID, outstanding=0)

    answer = site.post(path, form | {"lang": "en"})

    assert (answer.status, answer.location) == (303, f"/live{path}?lang=en")
    assert site.platform.payments.rows == {}


def test_agency_without_a_card_account_offers_the_other_ways(site: Site) -> None:
    """No account for the method: the page says so and names the ways that are open."""
    path = bill_path(site)
    form = read(site.get(path).text).fields
    closed: MerchantAccount = replace(ACCOUNT, is_active=False)
    site.platform.accounts.rows[closed.token] = closed

    answer = site.post(path, form | {"lang": "en"})

    text = read(answer.text).text
    assert answer.status == 409
    assert "This bill cannot be paid by card here" in text
    assert "Kiosk" in text


@pytest.mark.parametrize(
    ("initiation", "said"),
    [
        (OutcomeUnknownError("lost"), "The result is not known yet"),
        (GatewayUnavailableError("down"), "The payment gateway could not be reached. Nothing was charged."),
        (InitiationRefused(Decline("IPAY0100124", "The bank refused.", "رفض البنك.")), "The bank refused."),
    ],
)
def test_trouble_at_the_gateway_is_a_page_that_says_what_is_known(
    site: Site, initiation: Exception | InitiationRefused, said: str
) -> None:
    """Unknown is not failed, and unreachable is not charged: the payer is told which."""
    path = bill_path(site)
    site.platform.gateway.initiation = initiation
    form = read(site.get(path).text).fields

    sent = site.post(path, form | {"lang": "en"})
    page = read(site.get(sent.location.removeprefix("/live")).text)

    assert sent.status == 303
    assert said in page.text
