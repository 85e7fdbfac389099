"""The hosted payment page: one HTML form, keyboard and screen-reader friendly, in English or right-to-left Arabic.

Pages load nothing: style and the one script of the way back carry a nonce, and the policy forbids the rest.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from .amounts import three_decimals
from .cards import INVALID_CARD, PREFIXES
from .initiation import PAGE_PATH
from .paying import BrowserReturn
from .texts import LANGUAGES
from .transactions import Transaction

STYLE = """
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;background:#f3f2f1;color:#0b0c0c}
main{max-width:34rem;margin:0 auto;padding:1rem 1.25rem 3rem;background:#fff}
.banner{background:#fff2cc;padding:.5rem 1.25rem;text-align:center;border-bottom:2px solid #8a6d00}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dt{font-weight:700}dd{margin:0}
label{display:block;font-weight:700;margin-top:1rem}.hint{color:#505a5f;display:block}
input{display:block;font:inherit;width:100%;max-width:18rem;
box-sizing:border-box;padding:.4rem;border:2px solid #0b0c0c}
button{font:inherit;margin:1.25rem 0 0;margin-inline-end:.75rem;padding:.5rem 1.5rem;border:2px solid #00703c;
background:#00703c;color:#fff;cursor:pointer}button.second{background:#fff;color:#0b0c0c;border-color:#0b0c0c}
:focus-visible{outline:3px solid #ffdd00;outline-offset:0;box-shadow:0 0 0 5px #0b0c0c}
.errors{border:4px solid #d4351c;padding:.75rem 1rem;margin:1rem 0}
table{border-collapse:collapse;margin-top:.5rem}
th,td{border-bottom:1px solid #b1b4b6;padding:.25rem .75rem;text-align:start}
"""


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML document and the content security policy it needs."""

    html: str
    policy: str


def card_form(transaction: Transaction, merchant_name: str, lang: str, errors: Mapping[str, str]) -> Page:
    """The form; `errors` maps a field (card, expiry, pin) to the key of its text. Nothing typed is shown again."""
    text = LANGUAGES[lang]
    summary = "".join(f'<li><a href="#{field}">{text[key]}</a></li>' for field, key in errors.items())
    alert = f'<div class="errors" role="alert"><ul>{summary}</ul></div>' if errors else ""
    fields = (
        _input(
            "card",
            hint=text["card_hint"],
            attributes='inputmode="numeric" autocomplete="cc-number"',
            errors=errors,
            text=text,
        )
        + _input("expiry", attributes='inputmode="numeric" autocomplete="cc-exp"', errors=errors, text=text)
        + _input("pin", attributes='type="password" inputmode="numeric" autocomplete="off"', errors=errors, text=text)
    )
    other = "en" if lang == "ar" else "ar"
    link = f"{PAGE_PATH}?PaymentID={escape(transaction.payment_id)}&amp;lang={other}"
    body = f"""<p><a href="{link}" lang="{other}" hreflang="{other}">{text["other"]}</a></p>
<h1>{text["title"]}</h1>{alert}
<dl><dt>{text["merchant"]}</dt><dd><bdi>{escape(merchant_name)}</bdi></dd>
<dt>{text["amount"]}</dt><dd><bdi>{text["currency"]} {three_decimals(transaction.amount_fils)}</bdi></dd>
<dt>{text["track"]}</dt><dd><bdi>{escape(transaction.track_id)}</bdi></dd></dl>
<form method="post" action="{PAGE_PATH}" novalidate>
<input type="hidden" name="PaymentID" value="{escape(transaction.payment_id)}">
<input type="hidden" name="lang" value="{lang}">{fields}
<button name="action" value="pay">{text["pay"]}</button>
<button class="second" name="action" value="cancel">{text["cancel"]}</button></form>
{_test_cards(text)}"""
    return _page(lang, body, "form-action 'self'")


def way_back(target: BrowserReturn, lang: str) -> Page:
    """A form that submits itself to the merchant, with a button for browsers that run no script."""
    text = LANGUAGES[lang]
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in target.fields.items()
    )
    form = f'method="{target.method.lower()}" action="{escape(target.url)}" id="back"'
    body = f"""<h1>{text["going"]}</h1>
<form {form}>{hidden}<button>{text["continue"]}</button></form>"""
    parts = urlsplit(target.url)
    return _page(lang, body, f"form-action {parts.scheme}://{parts.netloc}", 'document.getElementById("back").submit()')


def notice(lang: str, key: str, *, look_again: bool = False) -> Page:
    """A page with one message, which reloads itself when there may be news."""
    refresh = '<meta http-equiv="refresh" content="3">' if look_again else ""
    return _page(lang, f'<h1>{LANGUAGES[lang]["title"]}</h1><p role="status">{LANGUAGES[lang][key]}</p>', head=refresh)


def _input(name: str, *, hint: str = "", attributes: str, errors: Mapping[str, str], text: Mapping[str, str]) -> str:
    error = f'<span class="hint" id="{name}-error">{text[errors[name]]}</span>' if name in errors else ""
    hint_html = f'<span class="hint" id="{name}-hint">{hint}</span>' if hint else ""
    described = " ".join([f"{name}-hint"] * bool(hint) + [f"{name}-error"] * bool(error))
    aria = (f' aria-describedby="{described}"' if described else "") + (' aria-invalid="true"' if error else "")
    return (
        f'<label for="{name}">{text[name]}</label>{hint_html}{error}'
        f'<input id="{name}" name="{name}" dir="ltr" required {attributes}{aria}>'
    )


def _test_cards(text: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr><td><bdi>{prefix}</bdi></td><td><bdi>{code}</bdi> {text[code]}</td></tr>"
        for prefix, code in PREFIXES.items()
    )
    return (
        f'<h2>{text["cards"]}</h2><table><thead><tr><th scope="col">{text["prefix"]}</th>'
        f'<th scope="col">{text["answer"]}</th></tr></thead><tbody>{rows}</tbody></table><p>{text[INVALID_CARD]}</p>'
    )


def _page(lang: str, body: str, policy: str = "form-action 'none'", script: str = "", head: str = "") -> Page:
    nonce = secrets.token_urlsafe(16)
    text = LANGUAGES[lang]
    tail = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = f"""<!doctype html>
<html lang="{lang}" dir="{text["dir"]}"><head><meta charset="utf-8">{head}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text["title"]}</title><style nonce="{nonce}">{STYLE}</style></head>
<body><div class="banner">{text["banner"]}</div><main>{body}</main>{tail}</body></html>"""
    rules = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'"
    return Page(html, f"{rules}; frame-ancestors 'none'; {policy}")
