"""The hosted checkout: a card form in English or right-to-left Arabic, the magic dates, and the way back."""

from __future__ import annotations

import secrets
from html import escape
from urllib.parse import quote, urlsplit

from .amounts import three_decimals
from .mpgs_orders import CARDS, MAGIC, Order
from .mpgs_texts import LANGUAGES, MAGIC_TEXTS
from .pages import STYLE, Page

FIELD_ERRORS = {"bad_card": "card", "bad_expiry": "expiry"}
LANGUAGE_INDEX = {"en": 0, "ar": 1}


def form(order: Order, lang: str, wrong: str, *, was_declined: bool) -> Page:
    """`wrong` is the key of what was typed wrongly; nothing typed is shown again."""
    text, path = LANGUAGES[lang], f"/checkout/pay/{quote(order.session_id)}"
    other = "en" if lang == "ar" else "ar"
    alert = (
        f'<div class="errors" role="alert"><a href="#{FIELD_ERRORS[wrong]}">{text[wrong]}</a></div>' if wrong else ""
    )
    declined = f'<p role="status">{text["declined"]}</p>' if was_declined and not wrong else ""
    amount = f"{text['currency']} {three_decimals(order.amount_fils)}"
    facts = ((text["merchant"], order.merchant_id), (text["amount"], amount), (text["order"], order.order_id))
    rows = "".join(f"<dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in facts)
    fields = "".join(
        f'<label for="{name}">{text[name]}</label><input id="{name}" name="{name}" dir="ltr" required'
        f' inputmode="numeric" autocomplete="{kind}"{_invalid(name, wrong)}>'
        for name, kind in (("card", "cc-number"), ("expiry", "cc-exp"), ("csc", "cc-csc"))
    )
    body = f"""<p><a href="{path}?lang={other}" lang="{other}" hreflang="{other}">{text["other"]}</a></p>
<h1>{text["title"]}</h1>{alert}{declined}<dl>{rows}</dl>
<form method="post" action="{path}" novalidate><input type="hidden" name="lang" value="{lang}">{fields}
<button name="action" value="pay">{text["pay"]}</button>
<button class="second" name="action" value="cancel">{text["cancel"]}</button></form>{_magic(lang)}"""
    return _page(lang, body, "form-action 'self'")


def way_back(order: Order, lang: str, *, is_paid: bool) -> Page:
    """`returnUrl?resultIndicator=…`; without a script a button does it."""
    text = LANGUAGES[lang]
    if not order.return_url:
        return notice(lang, "over")
    indicator = order.success_indicator if is_paid else "0"
    body = f"""<h1>{text["going"]}</h1><form method="get" action="{escape(order.return_url)}" id="back">
<input type="hidden" name="resultIndicator" value="{escape(indicator)}"><button>{text["continue"]}</button></form>"""
    parts = urlsplit(order.return_url)
    return _page(lang, body, f"form-action {parts.scheme}://{parts.netloc}", 'document.getElementById("back").submit()')


def notice(lang: str, key: str) -> Page:
    text = LANGUAGES[lang]
    return _page(lang, f'<h1>{text["title"]}</h1><p role="status">{text[key]}</p>', "form-action 'none'")


def _invalid(name: str, wrong: str) -> str:
    return ' aria-invalid="true"' if FIELD_ERRORS.get(wrong) == name else ""


def _magic(lang: str) -> str:
    text = LANGUAGES[lang]
    rows = "".join(
        f"<tr><td><bdi>{expiry}</bdi></td><td>{MAGIC_TEXTS[expiry][LANGUAGE_INDEX[lang]]}</td></tr>" for expiry in MAGIC
    )
    return (
        f"<h2>{text['cards']}</h2><p><bdi>{' · '.join(CARDS)}</bdi> · CSC <bdi>100</bdi></p><table><thead><tr>"
        f'<th scope="col">{text["expiry"]}</th><th scope="col">{text["happens"]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _page(lang: str, body: str, policy: str, script: str = "") -> Page:
    nonce, text = secrets.token_urlsafe(16), LANGUAGES[lang]
    tail = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = f"""<!doctype html>
<html lang="{lang}" dir="{text["dir"]}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text["title"]}</title><style nonce="{nonce}">{STYLE}</style></head>
<body><div class="banner">{text["banner"]}</div><main>{body}</main>{tail}</body></html>"""
    rules = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'"
    return Page(html, f"{rules}; frame-ancestors 'none'; {policy}")
