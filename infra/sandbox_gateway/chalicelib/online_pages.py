"""The wallet's and the cash operator's pages: a number to type, what it does, and the way back to the merchant."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import urlsplit

from .amounts import three_decimals
from .online import SADAD, OnlinePayment
from .online_texts import LANGUAGES, MAGIC_TEXTS
from .pages import STYLE, Page

LANGUAGE_INDEX = {"en": 0, "ar": 1}


def form(payment: OnlinePayment, merchant: str, lang: str, path: str, query: str, *, is_wrong: bool = False) -> Page:
    """Where the payer pays; `query` keeps the page's own address for the other language."""
    text = LANGUAGES[lang]
    alert = f'<div class="errors" role="alert"><a href="#payer">{text["bad_payer"]}</a></div>' if is_wrong else ""
    other = "en" if lang == "ar" else "ar"
    facts = [
        (text["merchant"], merchant or payment.merchant_id),
        (text["amount"], f"{text['currency']} {three_decimals(payment.amount_fils)}"),
        (text["number"] if payment.rail == SADAD else text["reference"], _spoken(payment)),
    ]
    rows = "".join(f"<dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in facts)
    hint = text["till"] if payment.rail == SADAD else ""
    described = "payer-hint payer-error" if is_wrong else "payer-hint"
    error = f'<span class="hint" id="payer-error">{text["bad_payer"]}</span>' if is_wrong else ""
    link = escape(f"{path}?{query}&lang={other}")
    body = f"""<p><a href="{link}" lang="{other}" hreflang="{other}">{text["other"]}</a></p>
<h1>{text[f"{payment.rail}_title"]}</h1>{alert}<dl>{rows}</dl><p>{hint}</p>
<form method="post" action="{path}" novalidate>
<input type="hidden" name="number" value="{escape(payment.number)}"><input type="hidden" name="lang" value="{lang}">
<label for="payer">{text["payer"]}</label><span class="hint" id="payer-hint">{text["payer_hint"]}</span>{error}
<input id="payer" name="payer" dir="ltr" required inputmode="numeric" autocomplete="off" aria-describedby="{described}">
<button name="action" value="pay">{text["pay"]}</button>
<button class="second" name="action" value="cancel">{text["cancel"]}</button></form>{_magic(text, lang)}"""
    return _page(lang, text[f"{payment.rail}_title"], body, "form-action 'self'")


def way_back(url: str, fields: Mapping[str, str], method: str, rail: str, lang: str) -> Page:
    """A form that submits itself to the merchant, with a button for browsers that run no script."""
    text = LANGUAGES[lang]
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    body = f"""<h1>{text["going"]}</h1>
<form method="{method}" action="{escape(url)}" id="back">{hidden}<button>{text["continue"]}</button></form>"""
    parts = urlsplit(url)
    script = 'document.getElementById("back").submit()'
    return _page(lang, text[f"{rail}_title"], body, f"form-action {parts.scheme}://{parts.netloc}", script)


def notice(lang: str, rail: str, key: str) -> Page:
    text = LANGUAGES[lang]
    title = text[f"{rail}_title"]
    return _page(lang, title, f'<h1>{title}</h1><p role="status">{text[key]}</p>', "form-action 'none'")


def _spoken(payment: OnlinePayment) -> str:
    return payment.number if payment.rail == SADAD else payment.reference


def _magic(text: Mapping[str, str], lang: str) -> str:
    said = LANGUAGE_INDEX[lang]
    rows = "".join(
        f"<tr><td><bdi>{ending}</bdi></td><td>{texts[said]}</td></tr>" for ending, texts in MAGIC_TEXTS.items()
    )
    return (
        f'<table><thead><tr><th scope="col">{text["ends"]}</th><th scope="col">{text["happens"]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _page(lang: str, title: str, body: str, policy: str, script: str = "") -> Page:
    nonce, text = secrets.token_urlsafe(16), LANGUAGES[lang]
    tail = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = f"""<!doctype html>
<html lang="{lang}" dir="{text["dir"]}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style nonce="{nonce}">{STYLE}</style></head>
<body><div class="banner">{text["banner"]}</div><main>{body}</main>{tail}</body></html>"""
    rules = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'"
    return Page(html, f"{rules}; frame-ancestors 'none'; {policy}")
