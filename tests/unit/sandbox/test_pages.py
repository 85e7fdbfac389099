"""The payer's pages: English and right-to-left Arabic, usable without a mouse, harmless to whoever reads them."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from infra.sandbox_gateway.chalicelib.cards import PREFIXES
from infra.sandbox_gateway.chalicelib.http import Reply
from infra.sandbox_gateway.chalicelib.texts import ARABIC, ENGLISH
from infra.sandbox_gateway.chalicelib.world import CallbackReply
from tests.unit.sandbox.worlds import BACK, Scene

PAGE = "/payment/paymentpage.htm"


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def _submit(scene: Scene, **fields: str) -> Reply:
    return scene.call("POST", PAGE, urlencode(fields).encode())


@pytest.mark.parametrize(("lang", "direction"), [("en", "ltr"), ("ar", "rtl"), ("xx", "ltr")])
def test_the_page_is_in_the_language_asked_for(scene: Scene, lang: str, direction: str) -> None:
    """`dir` follows the language; anything unknown is English; the other language is one link away."""
    payment_id = scene.open_payment()

    page = Elements(scene.call("GET", PAGE, PaymentID=payment_id, lang=lang).body)

    assert page.all("html")[0]["dir"] == direction
    [link] = [a for a in page.all("a") if "hreflang" in a]
    assert link["hreflang"] == ("en" if lang == "ar" else "ar")


def test_both_languages_have_every_text() -> None:
    """No page falls back to the other language half-way."""
    assert set(ENGLISH) == set(ARABIC)
    assert set(PREFIXES.values()) <= set(ENGLISH)
    assert all(re.search("[؀-ۿ]", text) for key, text in ARABIC.items() if key not in ("dir", "other"))


def test_every_field_has_a_label(scene: Scene) -> None:
    """For screen readers; the PIN is not shown."""
    page = Elements(scene.call("GET", PAGE, PaymentID=scene.open_payment()).body)

    labelled = {label["for"] for label in page.all("label")}
    visible = [field for field in page.all("input") if field.get("type") != "hidden"]
    assert {field["id"] for field in visible} == labelled == {"card", "expiry", "pin"}
    assert next(field for field in visible if field["id"] == "pin")["type"] == "password"


def test_names_are_escaped(scene: Scene) -> None:
    """The merchant's name is text, not markup."""
    body = scene.call("GET", PAGE, PaymentID=scene.open_payment()).body

    assert "Traffic &lt;Directorate&gt;" in body
    assert "<Directorate>" not in body


def test_wrong_fields_are_named_together_and_nothing_typed_comes_back(scene: Scene) -> None:
    """An alert with a link to each field; no card digit in the answer; nothing charged."""
    payment_id = scene.open_payment()

    reply = _submit(scene, PaymentID=payment_id, card="4600 4101", expiry="13/30", pin="12", action="pay", lang="ar")

    page = Elements(reply.body)
    assert reply.status == 422
    assert [div for div in page.all("div") if div.get("role") == "alert"]
    assert {a["href"] for a in page.all("a") if a["href"].startswith("#")} == {"#card", "#expiry", "#pin"}
    for field in page.all("input"):
        if "id" in field:
            assert field["aria-invalid"] == "true"
            assert f"{field['id']}-error" in field["aria-describedby"].split()
            assert "value" not in field
    assert "4600 4101" not in reply.body
    assert scene.posted == []


def test_a_payer_who_pays_is_sent_back_with_the_same_result(scene: Scene) -> None:
    """A form to the merchant's address with trandata and paymentid, which submits itself or waits for a click."""
    payment_id = scene.open_payment()

    reply = _submit(scene, PaymentID=payment_id, card="4600410112345678", expiry="12/30", pin="1234", action="pay")

    page = Elements(reply.body)
    [form] = page.all("form")
    fields = {field["name"]: field["value"] for field in page.all("input")}
    assert (form["action"], form["method"]) == (BACK, "post")
    assert fields["paymentid"] == payment_id
    assert f"trandata={fields['trandata']}".encode() in scene.posted[0][1]
    assert len(page.all("button")) == 1


def test_a_payer_who_gives_up_is_sent_back_too(scene: Scene) -> None:
    """The cancel button needs no card."""
    payment_id = scene.open_payment()

    reply = _submit(scene, PaymentID=payment_id, action="cancel")

    assert Elements(reply.body).all("form")[0]["action"] == BACK
    assert scene.inquire("123456789012345678654321")["result"] == "CANCELED"


def test_a_reload_after_paying_shows_the_way_back_again(scene: Scene) -> None:
    """Submitting the form twice charges once."""
    payment_id = scene.open_payment()
    fields = {"PaymentID": payment_id, "card": "4600410112345678", "expiry": "12/30", "pin": "1234", "action": "pay"}

    _submit(scene, **fields)
    again = _submit(scene, **fields)

    assert Elements(again.body).all("form")[0]["action"] == BACK
    assert len(scene.posted) == 1


@pytest.mark.parametrize(
    ("outcome", "reply", "text"),
    [
        ("no_callback", CallbackReply(200, f"REDIRECT={BACK}"), "over"),
        ("delayed_callback", CallbackReply(200, f"REDIRECT={BACK}"), "done"),
        ("success", CallbackReply(500, ""), "voided"),
    ],
)
def test_a_payer_with_no_way_back_is_told_what_happened(
    scene: Scene, outcome: str, reply: CallbackReply, text: str
) -> None:
    """Closed, still telling the merchant, or released."""
    scene.script(outcome)
    scene.reply = reply
    payment_id = scene.open_payment()

    page = _submit(scene, PaymentID=payment_id, card="4600410112345678", expiry="12/30", pin="1234", action="pay")

    assert ENGLISH[text] in page.body


def test_an_expired_page_says_so(scene: Scene) -> None:
    """And that nothing was charged."""
    payment_id = scene.open_payment()
    scene.later(minutes=16)

    assert ENGLISH["expired"] in scene.call("GET", PAGE, PaymentID=payment_id).body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_payment_is_404_in_the_payers_language(scene: Scene, method: str) -> None:
    """No form, no echo of what was asked."""
    reply = (
        scene.call("GET", PAGE, PaymentID="<script>", lang="ar")
        if method == "GET"
        else _submit(scene, PaymentID="<script>", action="cancel", lang="ar")
    )

    assert reply.status == 404
    assert ARABIC["unknown"] in reply.body
    assert "<script>" not in reply.body


def test_pages_forbid_whatever_they_do_not_need(scene: Scene) -> None:
    """No foreign script, style, frame or form target; not cached."""
    reply = scene.call("GET", PAGE, PaymentID=scene.open_payment())

    policy = reply.headers["Content-Security-Policy"]
    nonce = Elements(reply.body).all("style")[0]["nonce"]
    assert "default-src 'none'" in policy
    assert f"style-src 'nonce-{nonce}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert reply.headers["Cache-Control"] == "no-store"
