"""What holds for every page: languages, landmarks, safe headers, nothing loaded from anywhere."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import get_args

import pytest

from mizan.domain.payments import CAPTURED_STATES, Disposition, PaymentState
from mizan.entrypoints.pages.html import Html, fill
from mizan.entrypoints.pages.language import Language, amount_text, choose_language, reference_text
from mizan.entrypoints.pages.texts import TEXTS
from tests.fakes.clock import FakeDerivation
from tests.fakes.giving_back import a_cash_code, a_paid_invoice
from tests.fakes.samples import a_payment, a_reference, an_invoice, settled
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site

REFERENCE = a_reference(1)
ATTEMPT = f"/pay/{REFERENCE}/payments/{a_payment().payment_id}"
REFUND = f"/pay/{a_reference(2)}/refunds/{FakeDerivation().refund_id(a_reference(2), 'a-refund', 0)}"
PATHS = ["/pay", "/pay?reference=1", f"/pay/{REFERENCE}", "/pay/1", ATTEMPT, f"{ATTEMPT}?n=999", REFUND, "/elsewhere"]


@pytest.fixture
def full_site(site: Site) -> Site:
    site.platform.with_payment(a_payment(site.platform.with_invoice()))
    _, paid = a_paid_invoice(site.platform, 2)
    refund = replace(a_cash_code(site.platform, paid), refund_id=REFUND.rpartition("/")[2])
    site.platform.books.refunds[refund.refund_id] = refund
    return site


def with_lang(path: str, lang: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={lang}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", ["ar", "en"])
def test_page_has_its_language_landmarks_and_one_heading(full_site: Site, path: str, lang: str) -> None:
    """Screen readers find language, direction, banner, main, footer and one first-level heading; no script anywhere."""
    page = read(full_site.get(with_lang(path, lang)).text)

    assert page.one("html") == {"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"}
    for landmark in ("header", "main", "footer", "h1", "title"):
        assert len(page.all(landmark)) == 1
    assert page.all("script") == page.all("link") == page.all("img") == page.all("iframe") == []


@pytest.mark.parametrize("path", PATHS)
def test_every_control_has_its_label_and_ids_are_unique(full_site: Site, path: str) -> None:
    """Each visible control is named by a label; what describes it exists."""
    page = read(full_site.get(path).text)

    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    labelled = {label["for"] for label in page.all("label")}
    assert len(ids) == len(set(ids))
    for control in page.all("input"):
        assert control.get("type") == "hidden" or control["id"] in labelled
        assert set(control.get("aria-describedby", "").split()) <= set(ids)


@pytest.mark.parametrize("path", PATHS)
def test_page_is_not_kept_framed_referred_or_scripted(full_site: Site, path: str) -> None:
    """The headers forbid what the pages never need; the one style sheet is named by its hash."""
    answer = full_site.get(path)

    (style,) = re.findall(r"<style>(.*)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https:" in policy
    assert "127.0.0.1" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-correlation-id"] == "request-1"
    assert " style=" not in answer.text
    assert " on" not in re.sub(r">[^<]*<", "><", answer.text.partition("<body>")[2])


def test_switch_leads_to_the_same_page_in_the_other_language(full_site: Site) -> None:
    """The switch keeps where the payer is, and is written in the language that it leads to."""
    page = read(full_site.get(f"{ATTEMPT}?returned=1&lang=en").text)

    (switch,) = [link for link in page.all("a") if link.get("hreflang")]
    assert switch == {
        "href": f"/live{ATTEMPT}?returned=1&lang=ar",
        "hreflang": "ar",
        "lang": "ar",
        "dir": "rtl",
    }


def test_language_that_was_chosen_is_remembered_for_the_way_back(full_site: Site) -> None:
    """The gateway drops the query: the return page is in the language that the payer chose."""
    chosen = full_site.get(f"/pay/{REFERENCE}?lang=en")
    cookie = chosen.headers["set-cookie"].partition(";")[0]

    assert 'lang="en"' in full_site.get(ATTEMPT, Cookie=cookie, Accept_Language="ar").text
    assert "set-cookie" not in full_site.get(f"/pay/{REFERENCE}").headers


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "expected"),
    [
        (None, None, None, "ar"),
        (None, None, "en-GB,en;q=0.9,ar;q=0.8", "en"),
        (None, None, "fr-FR,ar-BH;q=0.7,en;q=0.3", "ar"),
        (None, None, "fr", "ar"),
        (None, None, "en;q=x,;;,*", "en"),
        (None, "ar", "en", "ar"),
        ("en", "ar", "ar", "en"),
        ("fr", "klingon", "en", "en"),
    ],
)
def test_language_is_asked_then_remembered_then_the_browsers_then_arabic(
    asked: str | None, remembered: str | None, accepted: str | None, expected: str
) -> None:
    """Arabic is first where nothing says otherwise."""
    assert choose_language(asked, remembered, accepted) == expected


def test_every_text_is_there_in_both_languages() -> None:
    """The Arabic is Arabic, and both have the same places to fill."""
    for key, text in TEXTS.items():
        other = text.en if key == "switch" else text.ar
        assert text.en, key
        assert text.ar, key
        assert key == "switch" or re.search("[\u0600-\u06ff]", other), key
        assert sorted(re.findall(r"{\w+}", text.en)) == sorted(re.findall(r"{\w+}", text.ar)), key


def test_every_text_that_a_state_needs_exists(full_site: Site) -> None:
    """No state of a payment is without its page."""
    for state in PaymentState:
        shapes = [settled(a_payment(), disposition, state=state) for disposition in Disposition]
        for payment in shapes if state in CAPTURED_STATES else [a_payment(state=state)]:
            full_site.platform.with_payment(payment)

            assert full_site.get(ATTEMPT).status == 200


def test_unexpected_trouble_is_a_page_with_a_number(full_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The payer sees what to do and a number that finds the log lines, and nothing of the trouble itself."""

    def broken(reference: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(full_site.platform.invoices, "get", broken)
    answer = full_site.get(f"/pay/{REFERENCE}?lang=en")

    page = read(answer.text)
    assert answer.status == 500
    assert "Something went wrong on our side" in page.text
    assert "request-1" in page.text
    assert "secret detail" not in answer.text


def test_values_are_escaped_and_markup_is_not() -> None:
    """`fill` escapes text for content and attributes; only its own kind passes."""
    filled = fill('<a title="$x">$y</a>$z', x='" onclick="', y="<b>&", z=Html("<i>"))

    assert filled == '<a title="&quot; onclick=&quot;">&lt;b&gt;&amp;</a><i>'
    assert Html in (type(filled), *get_args(type(filled)))
    with pytest.raises(KeyError):
        fill("$missing")


def test_amounts_have_all_three_decimals_and_references_groups_of_four() -> None:
    """As written on paper."""
    assert amount_text(70_000, "BHD", Language.ENGLISH) == "BHD 70.000"
    assert amount_text(5, "BHD", Language.ARABIC) == "0.005 د.ب"
    assert reference_text(an_invoice().reference).split()[0] == "0000"
