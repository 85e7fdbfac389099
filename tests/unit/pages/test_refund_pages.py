"""The page that a payer follows a refund on: where it stands, in words; nobody is named and no code is shown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.payments import Decline, Payment
from mizan.domain.refunds import Refund, RefundDestination, RefundState
from mizan.entrypoints.pages.refund_page import STANDS
from mizan.entrypoints.pages.texts import TEXTS
from tests.fakes.giving_back import PAYEE, a_cash_code, a_paid_invoice, a_refund
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site


@pytest.fixture
def payment(site: Site) -> Payment:
    return a_paid_invoice(site.platform)[1]


def path_of(refund: Refund, lang: str = "en") -> str:
    return f"/pay/{refund.payment_reference}/refunds/{refund.refund_id}?lang={lang}"


def put(site: Site, refund: Refund, **changes: object) -> Refund:
    changed = replace(refund, **changes)  # type: ignore[arg-type]  # a test's own changes
    site.platform.books.refunds[refund.refund_id] = changed
    return changed


def test_every_state_has_its_sentence() -> None:
    """Also one that is added later."""
    assert set(STANDS) == set(RefundState)
    assert {f"refund_{state}" for state in RefundState} <= set(TEXTS)
    assert {f"refund_to_{destination}" for destination in RefundDestination} <= set(TEXTS)


@pytest.mark.parametrize("state", RefundState)
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_state_is_said_in_the_payers_language(site: Site, payment: Payment, state: RefundState, lang: str) -> None:
    """One heading that says it, the amount, and where the money goes."""
    refund = put(site, a_refund(site.platform, payment), state=state)

    answer = site.get(path_of(refund, lang))

    title, amount = TEXTS[f"refund_{state}_title"], {"en": "BHD 5.000", "ar": "5.000 د.ب"}
    page = read(answer.text)
    assert answer.status == 200
    assert (title.en if lang == "en" else title.ar) in page.text
    assert amount[lang] in page.text
    assert len(page.all("h1")) == 1


def test_what_happened_is_listed_in_order_with_bahrain_time(site: Site, payment: Payment) -> None:
    """Each with the instant that machines read."""
    refund = site.platform.refund_worker().work(a_refund(site.platform, payment).refund_id)

    page = read(site.get(path_of(refund)).text)

    places = [page.text.index(label) for label in ("Asked for", "Approved", "Sent 1 March", "Paid back")]
    assert places == sorted(places)
    assert "1 March 2026, 12:03" in page.text
    assert page.all("time")[0] == {"datetime": "2026-03-01T09:03:00+00:00"}


def test_a_cash_code_is_never_on_the_page(site: Site, payment: Payment) -> None:
    """Whoever has the link sees how and until when to collect, and neither the code nor whom it is bound to."""
    refund = a_cash_code(site.platform, payment)
    code = site.platform.derivation.cash_code(refund.refund_id)

    for lang in ("en", "ar"):
        text = site.get(path_of(refund, lang)).text
        for secret in (code, refund.code_digest or "", PAYEE.name, "900101123", PAYEE.iban or ""):
            assert secret not in text
    page = read(site.get(path_of(refund)).text)
    assert "Collect before (Bahrain time)31 March 2026, 12:03" in page.text
    assert "Get the code from the agency. It is not shown here." in page.text


def test_an_iban_is_shown_masked(site: Site, payment: Payment) -> None:
    """Enough for its owner to recognise."""
    refund = a_refund(site.platform, payment, destination=RefundDestination.IBAN, beneficiary=PAYEE)

    text = site.get(path_of(refund)).text

    assert "BH67**************3456" in text
    assert "BMAG0000129912" not in text
    assert PAYEE.name not in text


@pytest.mark.parametrize(("lang", "reason"), [("en", "The card is closed."), ("ar", "البطاقة مغلقة.")])
def test_why_it_failed_is_said(site: Site, payment: Payment, lang: str, reason: str) -> None:
    """In the rail's own words, in the payer's language."""
    decline = Decline("14", "The card is closed.", "البطاقة مغلقة.")
    refund = put(site, a_refund(site.platform, payment), state=RefundState.FAILED, decline=decline)

    assert reason in read(site.get(path_of(refund, lang)).text).text


def test_who_asked_and_why_stays_between_the_agency_and_the_treasury(site: Site, payment: Payment) -> None:
    """No actor, no reason, no checker."""
    refund = site.platform.refund_worker().work(a_refund(site.platform, payment).refund_id)

    text = site.get(path_of(refund)).text

    for inner in ("amal", "rule:below-limit", "worker:", refund.reason):
        assert inner not in text


@pytest.mark.parametrize("wrong", ["rfd_1", "rfd_000000000000000195900000", "pay_000000000000000195000000"])
def test_a_wrong_address_is_the_page_to_check_the_number(site: Site, payment: Payment, wrong: str) -> None:
    """Also a refund of another invoice's payment."""
    refund = a_refund(site.platform, payment)
    other = a_paid_invoice(site.platform, 2)[1].reference

    assert site.get(f"/pay/{payment.reference}/refunds/{wrong}").status == 404
    assert site.get(f"/pay/{other}/refunds/{refund.refund_id}").status == 404


def test_a_code_that_expired_says_that_the_money_is_kept(site: Site, payment: Payment) -> None:
    """And is no longer called ready."""
    refund = a_cash_code(site.platform, payment)
    site.platform.clock.advance(timedelta(days=31))
    site.platform.refund_worker().work(refund.refund_id)

    page = read(site.get(path_of(refund)).text)

    assert "was not used in time. The money is kept" in page.text
    assert "How to collect" not in page.text
