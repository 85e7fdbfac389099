"""The way back from the gateway, and what became of a payment."""

from dataclasses import replace
from typing import Any

import pytest

from mizan.domain.callbacks import TRACK_HEADER
from mizan.domain.invoices import Customer
from mizan.domain.payments import Decline, Disposition, Payment, PaymentState
from mizan.domain.references import track_id
from mizan.entrypoints.pages.attempt_page import REFRESH_COUNT_MAX
from tests.fakes.samples import TOKEN, a_capture, a_payment, a_reference, an_invoice, settled
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site


def attempt_path(site: Site, **changes: Any) -> str:
    payment = stored(site, a_payment(site.platform.with_invoice(an_invoice()), **changes))
    return f"/pay/{payment.reference}/payments/{payment.payment_id}"


def settled_path(site: Site, disposition: Disposition, **changes: Any) -> str:
    payment = stored(site, settled(a_payment(site.platform.with_invoice(an_invoice())), disposition, **changes))
    return f"/pay/{payment.reference}/payments/{payment.payment_id}"


def stored(site: Site, payment: Payment) -> Payment:
    return site.platform.with_payment(payment)


def test_browsers_return_is_kept_as_it_came_and_shown_clean(site: Site) -> None:
    """The form with the gateway's result is a second delivery: its bytes are kept, the address is clean."""
    path = attempt_path(site)

    answer = site.post(path, {"paymentid": "100", "trandata": "ABCDEF"})

    (callback,) = site.platform.callbacks.rows.values()
    assert (answer.status, answer.location) == (303, f"/live{path}?returned=1")
    assert callback.body == b"paymentid=100&trandata=ABCDEF"
    assert callback.content_type == "application/x-www-form-urlencoded"
    assert (callback.channel, callback.gateway, callback.account_token) == ("return", "fake", TOKEN)
    assert callback.correlation_id == "request-1"


def test_a_return_without_our_number_is_kept_with_the_attempt_whose_page_it_came_to(site: Site) -> None:
    """The cash operator's form names its own number alone: the platform notes whose page it was."""
    path = attempt_path(site)

    answer = site.post(path, {"ResultCode": "0", "TransactionIdentifier": "17"})

    (callback,) = site.platform.callbacks.rows.values()
    (payment,) = site.platform.payments.rows.values()
    assert (answer.status, answer.location) == (303, f"/live{path}?returned=1")
    assert callback.headers == {TRACK_HEADER: track_id(payment.payment_id)}


def test_result_in_the_query_is_kept_as_a_form(site: Site) -> None:
    """Some gateways send the browser with a GET: the same delivery, and the page's address is clean again."""
    path = attempt_path(site)

    answer = site.get(f"{path}?paymentid=100&trandata=AB%2BCD")

    (callback,) = site.platform.callbacks.rows.values()
    assert (answer.status, answer.location) == (303, f"/live{path}?returned=1")
    assert callback.body == b"paymentid=100&trandata=AB%2BCD"


def test_return_without_a_result_keeps_nothing(site: Site) -> None:
    """A payer who comes back with bare fields brings no news: the sweep finds out."""
    path = attempt_path(site)

    answer = site.post(path, {"paymentid": "100"})

    assert answer.status == 303
    assert site.platform.callbacks.rows == {}


def test_return_that_cannot_be_kept_still_shows_the_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a second delivery: losing it costs a minute, an error page would cost the payer's trust."""
    path = attempt_path(site)

    def down(callback: object) -> None:
        raise ConnectionError("the store is down")

    monkeypatch.setattr(site.platform.callbacks, "record", down)
    answer = site.post(path, {"trandata": "AB"})

    assert answer.status == 303


def test_returns_for_unknown_attempts_are_not_kept(site: Site) -> None:
    """Nobody fills the store with deliveries for payments that do not exist."""
    path = attempt_path(site)
    unknown = path[:-6] + "999999"
    other = path.replace(a_reference(1), a_reference(2), 1)

    for wrong in (unknown, other, f"{path}x"):
        assert site.post(wrong, {"trandata": "AB"}).status == 404
        assert site.get(wrong).status == 404
    assert site.platform.callbacks.rows == {}


def test_success_shows_a_receipt(site: Site) -> None:
    """Amount, the bank's reference and the time in Bahrain."""
    path = settled_path(site, Disposition.ALLOCATED, capture=a_capture(rrn="935110000001"))

    page = read(site.get(f"{path}?lang=en").text)

    for shown in ("Payment received", "BHD 12.500", "935110000001", "1 March 2026, 12:02"):
        assert shown in page.text
    assert page.all("meta")[-1].get("http-equiv") != "refresh"


@pytest.mark.parametrize(
    ("disposition", "said"),
    [
        (Disposition.OVERPAID, "the bill was already paid"),
        (Disposition.SUSPENDED, "could not be matched to the bill by itself"),
    ],
)
def test_money_that_does_not_fit_is_not_called_paid(site: Site, disposition: Disposition, said: str) -> None:
    """The money is real and shown with its reference; the bill is another matter."""
    path = settled_path(site, disposition, capture=a_capture(amount=11_000, rrn="935110000001"))

    text = read(site.get(f"{path}?lang=en").text).text

    assert said in text
    assert "BHD 11.000" in text
    assert "The bill is paid." not in text


@pytest.mark.parametrize(
    ("state", "english", "arabic"),
    [
        (PaymentState.DECLINED, "Not enough money.", "الرصيد غير كافٍ."),
        (PaymentState.CANCELLED, "You cancelled the payment", "ألغيت عملية الدفع"),
        (PaymentState.EXPIRED, "The time to pay ran out", "انتهى وقت الدفع"),
        (PaymentState.VOIDED, "The payment was reversed", "عُكست عملية الدفع"),
    ],
)
def test_failure_says_why_in_both_languages_and_leads_back_to_the_bill(
    site: Site, state: PaymentState, english: str, arabic: str
) -> None:
    """After a decline the payer tries again on the same bill."""
    decline = Decline("51", "Not enough money.", "الرصيد غير كافٍ.") if state is PaymentState.DECLINED else None
    path = attempt_path(site, state=state, decline=decline)

    pages = {lang: read(site.get(f"{path}?lang={lang}").text) for lang in ("en", "ar")}

    assert english in pages["en"].text
    assert arabic in pages["ar"].text
    assert f"/live/pay/{a_reference(1)}?lang=en" in pages["en"].links


@pytest.mark.parametrize("state", [PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN])
def test_open_payment_refreshes_itself_and_asks_not_to_pay_again(site: Site, state: PaymentState) -> None:
    """No script is needed: the page reloads every three seconds, counting."""
    path = attempt_path(site, state=state)

    page = read(site.get(f"{path}?returned=1&n=4&lang=en").text)

    refresh = next(meta for meta in page.all("meta") if meta.get("http-equiv") == "refresh")
    assert refresh["content"] == f"3;url=/live{path}?returned=1&n=5&lang=en"
    assert "not pay again" in page.text


@pytest.mark.parametrize("count", [str(REFRESH_COUNT_MAX), "999", "1000", "-1", "x", "٣", ""])
def test_refreshing_ends(site: Site, count: str) -> None:
    """A page that is left open does not ask for ever; the payer is told, and given a link."""
    path = attempt_path(site)

    page = read(site.get(f"{path}?n={count}&lang=en").text)

    assert all(meta.get("http-equiv") != "refresh" for meta in page.all("meta"))
    assert "This takes longer than usual." in page.text
    assert "Look again" in page.text


def test_way_to_the_card_page_is_offered_only_before_the_return(site: Site) -> None:
    """A payer who came back from the bank must not be sent to pay again."""
    path = attempt_path(site)
    card_page = "https://pay.invalid/page?id=gp-0"

    assert card_page in read(site.get(path).text).links
    assert card_page not in read(site.get(f"{path}?returned=1").text).links


def test_late_truth_is_shown(site: Site) -> None:
    """A payment that was called expired and turns out captured shows its receipt under the same address."""
    path = attempt_path(site, state=PaymentState.EXPIRED)
    payment = site.platform.payments.rows[path.rpartition("/")[2]]
    stored(site, settled(payment))

    assert "Payment received" in read(site.get(f"{path}?lang=en").text).text


@pytest.mark.parametrize(("lang", "term"), [("en", "Paid by"), ("ar", "دفعها")])
def test_the_receipt_names_who_paid_for_another_masked(site: Site, lang: str, term: str) -> None:
    """Enough to recognise oneself by; whoever has the address sees it."""
    paid = settled(a_payment(site.platform.with_invoice()))
    site.platform.with_payment(replace(paid, payer=Customer("Gulf Clearing", cr="12345-1")))

    text = read(site.get(f"/pay/{paid.reference}/payments/{paid.payment_id}?lang={lang}").text).text

    assert f"{term}G••• C•••" in text
    assert "Gulf" not in text
    assert "12345-1" not in text
