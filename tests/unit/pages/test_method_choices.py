"""Every way to pay on the bill: what can be started here, what starts elsewhere, and what is closed and why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mizan.application.show_transfer import TransferInstructions
from mizan.domain.journeys import Rail
from mizan.domain.payments import PaymentMethod
from tests.fakes.journeys import a_service_with_ways
from tests.fakes.samples import ACCOUNT, an_invoice
from tests.unit.pages.reading import Outline, read
from tests.unit.pages.site import Site

WALLET = PaymentMethod.WALLET


@pytest.fixture
def path(site: Site) -> str:
    """A bill of 12.500 whose service can be paid every way."""
    site.platform.services.add(a_service_with_ways())
    return f"/pay/{site.platform.with_invoice(an_invoice()).reference}"


def radios(page: Outline) -> dict[str, dict[str, str]]:
    return {one["value"]: one for one in page.all("input") if one.get("name") == "method"}


def shown(site: Site, path: str, lang: str = "en") -> Outline:
    return read(site.get(f"{path}?lang={lang}").text)


def test_every_method_is_offered_those_without_a_card_first_and_the_first_is_chosen(site: Site, path: str) -> None:
    """Nobody is led to a card who has another way."""
    found = radios(shown(site, path))

    assert list(found) == ["wallet", "sadad", "debit_card", "credit_card"]
    assert [value for value, radio in found.items() if "checked" in radio] == ["wallet"]


def test_each_method_says_what_it_costs_before_it_is_chosen(site: Site, path: str) -> None:
    """The fee with its VAT, and all that will be asked for; the button names no amount that depends on the choice."""
    english, arabic = shown(site, path), shown(site, path, "ar")

    assert "A fee of BHD 0.207 with VAT is added: BHD 12.707 in all." in english.text
    assert "No fee for you." in english.text
    assert "يُضاف رسم قدره 0.207 د.ب شاملًا الضريبة: المجموع 12.707 د.ب." in arabic.text
    assert "Continue to the bank's page" in english.text


def test_the_chosen_method_is_started(site: Site, path: str) -> None:
    """Through the agency's account for it."""
    site.platform.accounts.rows["t-wallet"] = replace(ACCOUNT, token="t-wallet", account_id="wal", method=str(WALLET))
    form = shown(site, path).fields | {"method": "wallet", "lang": "en"}

    answer = site.post(path, form)

    (payment,) = site.platform.payments.rows.values()
    assert answer.status == 303
    assert (payment.method, payment.amount) == (WALLET, 12_500)


def test_what_is_down_is_shown_with_its_reason_and_cannot_be_chosen(site: Site, path: str) -> None:
    """The payer sees that it exists and why not now; the next one is chosen."""
    site.rails.rows[WALLET] = Rail("wallet", is_down=True)

    page = shown(site, path)

    found = radios(page)
    assert list(found)[-1] == "wallet"
    assert "disabled" in found["wallet"]
    assert [value for value, radio in found.items() if "checked" in radio] == ["sadad"]
    assert "This way does not work just now." in page.text


def test_what_the_agency_has_no_account_for_is_not_shown(site: Site, path: str) -> None:
    """It is no news for a payer."""
    del site.rails.rows[WALLET], site.rails.rows[PaymentMethod.KIOSK]

    page = shown(site, path)

    assert "wallet" not in radios(page)
    assert "Pay by kiosk" not in page.text


def test_where_nothing_can_be_started_there_is_no_button(site: Site, path: str) -> None:
    """The other ways stay."""
    site.rails.rows = {PaymentMethod.KIOSK: Rail("kiosk"), WALLET: Rail("wallet", is_down=True)}

    page = shown(site, path)

    assert page.all("form") == page.all("button") == []
    assert "Nothing can be started on this page just now." in page.text
    assert "Pay by kiosk" in page.text


def test_other_ways_tell_their_steps_and_a_closed_one_when_it_opens(site: Site, path: str) -> None:
    """In the evening of Sunday 1 March the counter is shut until the next morning."""
    site.platform.clock.advance(timedelta(hours=6))

    english, arabic = shown(site, path), shown(site, path, "ar")

    assert "Go to kiosk." in english.text
    assert "It is closed at this hour. It opens on 2 March 2026, 07:30 (Bahrain time)." in english.text
    assert "تُفتح في 2 مارس 2026، 07:30 (بتوقيت البحرين)." in arabic.text


def test_where_a_transfer_goes_is_shown_with_its_way(site: Site, path: str) -> None:
    """The bill's own account and the reference that any bank's form takes; nothing where nobody takes transfers."""
    site.transfer = TransferInstructions(
        path.rpartition("/")[2], "BH67BMAG00001299123456", True, "RF882026000012345", "Treasury", 12_500, "BHD"
    )

    open_page = shown(site, path).text
    del site.rails.rows[PaymentMethod.BANK_TRANSFER]
    closed_page = shown(site, path).text

    for text in ("BH67BMAG00001299123456", "RF882026000012345", "Treasury"):
        assert text in open_page
        assert text not in closed_page


def test_an_amount_that_a_way_does_not_take_is_said(site: Site) -> None:
    """The limit, not a refusal after the choice."""
    site.platform.services.add(a_service_with_ways())
    path = f"/pay/{site.platform.with_invoice(an_invoice(amount=2_000_000, outstanding=2_000_000)).reference}"

    page = shown(site, path)

    assert page.all("form") == []
    assert "This way takes BHD 1000.000 at most." in page.text


def test_one_way_at_one_price_is_one_button_that_says_it(site: Site, path: str) -> None:
    """As long as nothing depends on the choice."""
    site.rails.rows = {PaymentMethod.CREDIT_CARD: Rail("mpgs")}

    assert "Pay BHD 12.707" in shown(site, path).text


def test_cash_that_stopped_is_closed_on_the_page_too(site: Site, path: str) -> None:
    """The same judge as the counter's phase check."""
    site.platform.services.add(a_service_with_ways(stops_on=date(2026, 3, 1)))

    assert "This way is shut in the service's phase." in shown(site, path).text


def test_every_choice_has_its_label_and_hint(site: Site, path: str) -> None:
    """Read out by name, with fee or reason."""
    page = shown(site, path)

    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    labelled = {label["for"] for label in page.all("label")}
    assert len(ids) == len(set(ids))
    for radio in radios(page).values():
        assert radio["id"] in labelled
        assert radio["aria-describedby"] in ids
