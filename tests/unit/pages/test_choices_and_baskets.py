"""How much to pay, bills that cannot be paid, bills that lead elsewhere, and several bills at once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mizan.domain.baskets import Basket
from mizan.domain.history import Entry
from mizan.domain.invoices import InvoiceState
from mizan.domain.quotes import quote_of
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, a_payment, a_reference, an_invoice, settled
from tests.unit.pages.reading import Outline, read
from tests.unit.pages.site import Site

PLAN = Plan("two", (Leg(5_000, date(2026, 3, 10)), Leg(7_500, date(2026, 3, 20))))
CHOICES = Terms(partial=PartialRule(1_000, 9_000), plans=(PLAN,))
ARABIC_DIGITS = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")


def with_bill(site: Site, number: int = 1, **changes: Any) -> str:
    return f"/pay/{site.platform.with_invoice(an_invoice(number, **changes)).reference}"


def shown(site: Site, path: str, lang: str = "en") -> Outline:
    return read(site.get(f"{path}?lang={lang}").text)


def sent(site: Site, path: str, **form: str) -> Any:
    token = shown(site, path).fields["token"]
    return site.post(path, {"token": token, "method": "debit_card", "lang": "en", **form})


def with_basket(site: Site) -> str:
    """Of bills 1 and 2 of one agency, under reference 50."""
    invoices = [an_invoice(1), an_invoice(2)]
    for invoice in invoices:
        site.platform.with_invoice(invoice)
    quotes = tuple(quote_of(invoice, NOON) for invoice in invoices)
    reference = a_reference(50)
    site.platform.baskets.rows[reference] = Basket(
        reference, "moic", "BHD", quotes, NOON, "identity", "fingerprint", "corr", (Entry("create", NOON, 25_000),)
    )
    return f"/pay/{reference}"


def test_one_amount_is_one_button_and_several_are_a_choice(site: Site) -> None:
    """All, the first instalment, or an amount of one's own; the first is chosen already."""
    single, several = shown(site, with_bill(site)), shown(site, with_bill(site, 2, terms=CHOICES))

    assert [one["value"] for one in single.all("input") if one["name"] == "what"] == ["all"]
    assert "Pay BHD 12.500" in single.text
    radios = [one for one in several.all("input") if one["name"] == "what"]
    assert [one["value"] for one in radios] == ["all", "plan:two", "part"]
    assert [one["value"] for one in radios if "checked" in one] == ["all"]
    for text in ("BHD 12.500", "Instalment 1 of 2, due 10 March 2026", "From BHD 1.000 to BHD 9.000"):
        assert text in several.text


@pytest.mark.parametrize(
    ("form", "amount", "leg"),
    [
        ({"what": "all"}, 12_500, None),
        ({"what": "plan:two"}, 5_000, 0),
        ({"what": "part", "amount": "2.5"}, 2_500, None),
        ({"what": "part", "amount": " 2.500 "}, 2_500, None),
        ({"what": "part", "amount": "2.500".translate(ARABIC_DIGITS)}, 2_500, None),
        ({}, 12_500, None),
    ],
)
def test_the_attempt_is_for_what_was_chosen(site: Site, form: dict[str, str], amount: int, leg: int | None) -> None:
    """And leads to the gateway's page."""
    answer = sent(site, with_bill(site, terms=CHOICES), **form)

    (payment,) = site.platform.payments.rows.values()
    assert (answer.status, answer.location) == (303, "https://pay.invalid/page?id=gp-1")
    assert (payment.amount, payment.lines[0].leg) == (amount, leg)


@pytest.mark.parametrize(
    "form",
    [
        {"what": "part", "amount": ""},
        {"what": "part", "amount": "0"},
        {"what": "part", "amount": "0.999"},
        {"what": "part", "amount": "9.001"},
        {"what": "part", "amount": "99"},
        {"what": "part", "amount": "-2"},
        {"what": "part", "amount": "2.5005"},
        {"what": "part", "amount": "1e3"},
        {"what": "part", "amount": "9" * 500},
        {"what": "plan:"},
        {"what": "plan:three"},
    ],
)
def test_what_cannot_be_paid_shows_the_bill_again(site: Site, form: dict[str, str]) -> None:
    """Nothing is started; the page says what to check, and its new form works."""
    path = with_bill(site, terms=CHOICES)

    answer = sent(site, path, **form)

    assert answer.status == 400
    assert "This amount cannot be paid here" in read(answer.text).text
    assert site.platform.payments.rows == {}
    assert sent(site, path, what="all").status == 303


def test_once_a_plan_binds_only_its_next_instalment_is_offered(site: Site) -> None:
    """Its own due day is shown, and no other way of paying."""
    bound: dict[str, Any] = {
        "state": InvoiceState.PARTIALLY_PAID,
        "outstanding": 7_500,
        "plan": "two",
        "legs_paid": (0,),
    }
    page = shown(site, with_bill(site, terms=CHOICES, **bound))

    assert [one["value"] for one in page.all("input") if one["name"] == "what"] == ["plan:two"]
    assert "Pay BHD 7.500" in page.text
    assert "20 March 2026" in page.text


def test_discount_and_late_charge_are_shown_with_their_days(site: Site) -> None:
    """What to pay now, what is owed without them, and what changes when."""
    terms = Terms(EarlyDiscount(500, date(2026, 3, 5)), LateCharge(1_000, date(2026, 4, 1)))
    path = with_bill(site, terms=terms)

    early = shown(site, path).text
    site.platform.clock.advance(timedelta(days=45))
    late = shown(site, path).text

    for text in ("BHD 12.000", "BHD 0.500 less until the end of 5 March 2026", "BHD 1.000 more from 1 April 2026 on"):
        assert text in early
    assert "BHD 13.500" in late
    assert "overdue" in late
    assert "less until" not in late


@pytest.mark.parametrize(
    ("state", "english", "arabic"),
    [
        (InvoiceState.HELD, "cannot be paid just now", "لا يمكن دفع هذه الفاتورة حاليًا"),
        (InvoiceState.EXPIRED, "has expired", "انتهت صلاحية هذه الفاتورة"),
        (InvoiceState.WRITTEN_OFF, "Nothing is asked for this bill any more", "لم تعد هذه الفاتورة مطلوبة"),
    ],
)
def test_a_bill_that_takes_no_money_says_so_and_has_no_form(
    site: Site, state: InvoiceState, english: str, arabic: str
) -> None:
    """In both languages; a form that was opened before leads back here."""
    path = with_bill(site, state=InvoiceState.ISSUED)
    token = shown(site, path).fields["token"]
    site.platform.with_invoice(an_invoice(state=state))

    answer = site.post(path, {"token": token, "method": "debit_card", "lang": "en"})

    assert english in shown(site, path).text
    assert arabic in shown(site, path, "ar").text
    assert shown(site, path).all("form") == []
    assert (answer.status, answer.location) == (303, f"/live{path}?lang=en")
    assert site.platform.payments.rows == {}


def test_a_contested_bill_may_still_be_paid(site: Site) -> None:
    """It says that it is contested, and takes the money."""
    path = with_bill(site, state=InvoiceState.CONTESTED)

    assert "This bill is contested" in shown(site, path).text
    assert sent(site, path).status == 303


def test_a_draft_is_nobodys_bill(site: Site) -> None:
    """The answer of an unknown number."""
    assert site.get(with_bill(site, state=InvoiceState.DRAFT)).status == 404


def test_a_wrong_bill_leads_to_the_right_one_and_says_so(site: Site) -> None:
    """A redirect in the payer's language; the new page names the old number and only as a number."""
    new = with_bill(site, 2)
    old = with_bill(site, 1, state=InvoiceState.SUPERSEDED, superseded_by=a_reference(2))

    answer = site.get(f"{old}?lang=ar")

    assert (answer.status, answer.location) == (303, f"/live{new}?replaces={a_reference(1)}&lang=ar")
    page = read(site.get(f"{new}?replaces={a_reference(1)}&lang=en").text)
    assert "This bill replaces 0000" in page.text
    assert "replaces" not in read(site.get(f"{new}?replaces=<script>&lang=en").text).text


def test_a_basket_lists_its_bills_and_is_paid_with_one_button(site: Site) -> None:
    """Services, agencies, references and amounts; nothing of the payers."""
    path = with_basket(site)

    english, arabic = shown(site, path), shown(site, path, "ar")
    answer = sent(site, path)

    assert english.text.count("Commercial registration") == 2
    for text in ("2 bills, paid at once", "BHD 25.000", "Commerce Authority", "Pay BHD 25.000"):
        assert text in english.text
    assert "فواتيرك" in arabic.text
    assert "M•••" not in english.text
    (payment,) = site.platform.payments.rows.values()
    assert (answer.status, payment.amount, len(payment.lines)) == (303, 25_000, 2)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((InvoiceState.PAID, InvoiceState.PAID), "These bills are paid"),
        ((InvoiceState.PAID, InvoiceState.ISSUED), "cannot be paid together any more"),
        ((InvoiceState.ISSUED, InvoiceState.HELD), "cannot be paid together any more"),
    ],
)
def test_a_basket_that_cannot_be_paid_says_which_bill_stands_in_the_way(
    site: Site, states: tuple[InvoiceState, ...], said: str
) -> None:
    """No form, and each such bill is marked."""
    path = with_basket(site)
    for number, state in enumerate(states, start=1):
        owed = 0 if state is InvoiceState.PAID else 12_500
        site.platform.with_invoice(an_invoice(number, state=state, outstanding=owed))

    page = shown(site, path)

    assert said in page.text
    assert page.all("form") == []
    assert page.text.count("not payable") == states.count(InvoiceState.HELD)


def test_a_basket_without_an_account_for_cards_says_so(site: Site) -> None:
    """409, with what is in it."""
    path = with_basket(site)
    site.platform.accounts.rows[ACCOUNT.token] = replace(ACCOUNT, is_active=False)

    answer = sent(site, path)

    assert answer.status == 409
    assert "cannot be paid by card here" in read(answer.text).text


def test_a_part_that_arrived_says_that_something_is_still_owed(site: Site) -> None:
    """Not that the bill is paid; and the way back to it is there."""
    invoice = an_invoice(state=InvoiceState.PARTIALLY_PAID, outstanding=7_500, terms=CHOICES)
    site.platform.with_invoice(invoice)
    payment = site.platform.with_payment(settled(a_payment(invoice, amount=5_000)))

    page = shown(site, f"/pay/{invoice.reference}/payments/{payment.payment_id}")

    assert "something is still owed" in page.text
    assert "The bill is paid" not in page.text
    assert f"/live/pay/{invoice.reference}?lang=en" in page.links
