"""The payer's pages in a real browser: they fit, can be read and used by keyboard, and lead to the gateway and back."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mizan.domain.baskets import Basket
from mizan.domain.invoices import InvoiceState
from mizan.domain.journeys import Rail
from mizan.domain.payments import Decline, PaymentMethod, PaymentState
from mizan.domain.quotes import quote_of
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms
from tests.e2e.chromium import ENTER_KEY, TAB_KEY, Chromium, find_chromium
from tests.e2e.conftest import CARD_APPROVED, CARD_SHORT_OF_FUNDS, World
from tests.e2e.served_pages import ServedPages, attempt_path, served_pages
from tests.e2e.test_bad_luck import Case
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.giving_back import a_cash_code, a_paid_invoice
from tests.fakes.journeys import a_service_with_ways
from tests.fakes.samples import a_payment, a_reference, an_invoice, settled
from tests.requirements import require

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

REFERENCE = a_reference(1)
BASKETS = (a_reference(51), a_reference(52))
PLAN = Plan("three", tuple(Leg(amount, date(2026, month, 1)) for month, amount in ((3, 4_000), (4, 4_000), (5, 4_500))))
TERMS = Terms(
    EarlyDiscount(500, date(2026, 3, 5)), LateCharge(1_000, date(2026, 6, 1)), PartialRule(1_000, 9_000), (PLAN,)
)
BOUND = {"state": InvoiceState.PARTIALLY_PAID, "outstanding": 8_500, "plan": "three", "legs_paid": (0,)}
BILLS: dict[int, dict[str, Any]] = {
    11: {"terms": TERMS},
    12: {"terms": TERMS, **BOUND},
    13: {"state": InvoiceState.CONTESTED},
    14: {"state": InvoiceState.HELD},
    15: {"state": InvoiceState.EXPIRED},
    16: {"state": InvoiceState.WRITTEN_OFF},
    18: {"terms": TERMS, **BOUND},
    19: {"service": "every-way"},
}
PATHS = {
    "find": "/pay",
    "not-found": "/pay?reference=1234",
    "bill": f"/pay/{REFERENCE}",
    "overdue": f"/pay/{a_reference(2)}",
    "waiting": attempt_path(a_payment(an_invoice(3))),
    "received": attempt_path(a_payment(an_invoice(4))),
    "declined": attempt_path(a_payment(an_invoice(5))),
    "choices": f"/pay/{a_reference(11)}",
    "instalment": f"/pay/{a_reference(12)}",
    "contested": f"/pay/{a_reference(13)}",
    "held": f"/pay/{a_reference(14)}",
    "expired": f"/pay/{a_reference(15)}",
    "written-off": f"/pay/{a_reference(16)}",
    "replacing": f"/pay/{REFERENCE}?replaces={a_reference(17)}",
    "basket": f"/pay/{BASKETS[0]}",
    "basket-stopped": f"/pay/{BASKETS[1]}",
    "part-received": attempt_path(a_payment(an_invoice(18))),
    "every-way": f"/pay/{a_reference(19)}",
    "refund": f"/pay/{a_reference(6)}/refunds/{FakeDerivation().refund_id(a_reference(6), 'a-refund', 0)}",
}

CONTRASTS = """(() => {
  const light = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, position) => sum + part * [0.2126, 0.7152, 0.0722][position], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!colour.endsWith(', 0)')) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.body.querySelectorAll('*')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => {
      const [low, high] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
      return {text: element.textContent.trim().slice(0, 40), ratio: (high + 0.05) / (low + 0.05)};
    });
})()"""
OVERFLOWS = """[...document.querySelectorAll('body *')].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5 ||
    (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline'));
}).map(element => element.outerHTML.slice(0, 120))"""
TAB_COUNT_MAX = 20
WAY = "document.querySelector('details li').closest('details')"
FOCUSED = "document.activeElement.id || document.activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    binary = find_chromium()
    require(binary, "chromium is not installed (or name it in MIZAN_CHROMIUM)")
    browser = Chromium(str(binary), tmp_path_factory.mktemp("profile"))
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture
def browser(chromium: Chromium) -> Chromium:
    chromium.complaints.clear()
    chromium.resize(1000)
    return chromium


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedPages]:
    with served_pages(monkeypatch) as served:
        platform = served.site.platform
        platform.with_invoice(an_invoice(1))
        platform.with_invoice(an_invoice(2, due_date=platform.clock.now().date().replace(year=2025)))
        yield served


@pytest.fixture
def many_pages(pages: ServedPages) -> ServedPages:
    platform = pages.site.platform
    changes_of: dict[int, dict[str, Any]] = {
        2: {"state": PaymentState.UNKNOWN},
        3: {},
        4: {},
        5: {"state": PaymentState.DECLINED, "decline": Decline("51", "Not enough money.", "الرصيد غير كافٍ.")},
    }
    for number, changes in changes_of.items():
        invoice = platform.invoices.rows.get(a_reference(number)) or an_invoice(number)
        platform.with_payment(a_payment(platform.with_invoice(invoice), **changes))
    platform.with_payment(settled(a_payment(platform.invoices.rows[a_reference(4)])))
    _, paid = a_paid_invoice(platform, 6)
    platform.services.add(a_service_with_ways("every-way"))
    pages.site.rails.rows[PaymentMethod.WALLET] = Rail("wallet", is_down=True)
    for number, changes in BILLS.items():
        platform.with_invoice(an_invoice(number, **changes))
    platform.with_payment(settled(a_payment(platform.invoices.rows[a_reference(18)], amount=4_000)))
    for reference, numbers in zip(BASKETS, ((1, 11, 13), (1, 14)), strict=True):
        quotes = tuple(quote_of(an_invoice(number), NOON) for number in numbers)
        platform.baskets.rows[reference] = Basket(reference, "*", "BHD", quotes, NOON, "identity", "body", "corr")
    refund = replace(a_cash_code(platform, paid), refund_id=PATHS["refund"].rpartition("/")[2])
    platform.books.refunds[refund.refund_id] = refund
    return pages


def at(pages: ServedPages, name: str, lang: str) -> str:
    path = PATHS[name]
    return f"{pages.url}{path}{'&' if '?' in path else '?'}lang={lang}"


@pytest.mark.parametrize("lang", ["ar", "en"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_page_fits_its_window(many_pages: ServedPages, browser: Chromium, width: int, lang: str) -> None:
    """Nothing runs out of a small telephone or a desk's window, in either direction."""
    browser.resize(width)
    folder = os.environ.get("MIZAN_SCREENSHOTS")

    for name in PATHS:
        browser.open(at(many_pages, name, lang))
        if folder:
            browser.screenshot(Path(folder) / f"{name}-{lang}-{width}.png")

        assert browser.evaluate(OVERFLOWS) == [], name


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_every_text_can_be_read(many_pages: ServedPages, browser: Chromium, lang: str) -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), and the sheet is really applied under the policy."""
    for name in PATHS:
        browser.open(at(many_pages, name, lang))

        contrasts = browser.evaluate(CONTRASTS)
        assert contrasts, name
        assert [found for found in contrasts if found["ratio"] < 4.5] == [], name
        assert browser.evaluate("getComputedStyle(document.querySelector('.bar')).backgroundColor") == "rgb(11, 83, 69)"
    unexpected = [text for text in browser.complaints if "404" not in text]
    assert unexpected == []


def test_bill_is_paid_by_keyboard_and_the_payer_comes_back(pages: ServedPages, browser: Chromium) -> None:
    """Tab to the button, Enter: to the gateway, past the policy for forms, and back in the same language."""
    browser.open(f"{pages.url}/pay/{REFERENCE}?lang=en")
    browser.open(f"{pages.url}/pay/{REFERENCE}")

    visited: list[str] = []
    while "Pay BHD 12.500" not in visited and len(visited) < TAB_COUNT_MAX:
        browser.press(TAB_KEY)
        visited.append(browser.evaluate(FOCUSED))
    browser.press(ENTER_KEY)
    browser.wait_for(f"location.href.startsWith('{pages.gateway_url}/page')")
    browser.evaluate("document.getElementById('back').submit()")
    browser.wait_for("location.search.includes('returned=1')")

    assert (visited[0], visited[-1]) == ("العربية", "Pay BHD 12.500")
    assert "debit_card" in visited
    assert browser.evaluate("location.origin + location.pathname") == pages.back_url
    assert browser.evaluate("document.documentElement.lang") == "en"
    assert browser.evaluate("document.querySelector('h1').textContent") == "Confirming your payment"
    assert [callback.body for callback in pages.site.platform.callbacks.rows.values()] == [
        b"paymentid=100&trandata=ABCDEF"
    ]
    assert browser.complaints == []


def test_waiting_page_becomes_the_receipt_by_itself(pages: ServedPages, browser: Chromium) -> None:
    """No script and no press: the page reloads until the outcome is known, then stays."""
    payment = pages.site.platform.with_payment(a_payment(an_invoice(1)))
    browser.open(f"{pages.url}{attempt_path(payment)}?lang=en")
    before = browser.evaluate("document.querySelector('h1').textContent")

    pages.site.platform.with_payment(settled(payment))
    browser.wait_for("document.querySelector('h1').textContent === 'Payment received'")

    assert before == "Confirming your payment"
    assert browser.evaluate("document.querySelectorAll('meta[http-equiv=refresh]').length") == 0


def test_ways_without_a_card_open_by_keyboard(pages: ServedPages, browser: Chromium) -> None:
    """The steps are there without a script."""
    browser.open(f"{pages.url}/pay/{REFERENCE}?lang=ar")

    for _ in range(TAB_COUNT_MAX):
        browser.press(TAB_KEY)
        if browser.evaluate(f"document.activeElement === {WAY}.querySelector('summary')"):
            break
    browser.press(ENTER_KEY)

    assert browser.evaluate(f"{WAY}.open")
    assert browser.evaluate(f"{WAY}.querySelector('li').checkVisibility()")


@pytest.mark.engine
@pytest.mark.parametrize(
    ("card", "ends_with"), [(CARD_APPROVED, "Payment received"), (CARD_SHORT_OF_FUNDS, "declined")]
)
def test_payer_goes_the_whole_way_on_the_running_platform(
    world: World, browser: Chromium, card: str, ends_with: str
) -> None:
    """From the bill over the sandbox gateway's card page and back: the outcome appears under the same address."""
    case = Case(world, f"browser-{card}")

    browser.open(f"{world.url}/pay/{case.reference}?lang=en")
    browser.evaluate("document.querySelector('input[name=method][value=debit_card]').click()")
    browser.evaluate("document.querySelector('main form button').click()")
    browser.wait_for(f"location.href.startsWith('{world.sandbox.url}/')")
    browser.wait_for("document.querySelector('input[name=card]') !== null")
    browser.evaluate(f"document.querySelector('input[name=card]').value = '{card}'")
    browser.evaluate("document.querySelector('input[name=expiry]').value = '12/30'")
    browser.evaluate("document.querySelector('input[name=pin]').value = '1234'")
    browser.evaluate("document.querySelector('button[value=pay]').click()")
    browser.wait_for(f"location.href.startsWith('{world.url}/pay/')", 120)
    browser.wait_for(f"document.querySelector('h1').textContent.includes('{ends_with}')", 240)

    assert browser.evaluate("location.search.includes('trandata')") is False
    assert case.invoice_state() == ("paid" if card == CARD_APPROVED else "issued")
