"""The frame of every page: language, direction, landmarks, the switch to the other language, and the safe headers."""

from collections.abc import Mapping
from dataclasses import dataclass

from mizan.entrypoints.pages.html import EMPTY, Html, fill
from mizan.entrypoints.pages.language import Language
from mizan.entrypoints.pages.style import STYLE, STYLE_HASH
from mizan.entrypoints.pages.texts import TEXTS


@dataclass(frozen=True, slots=True)
class View:
    """What a page is made for: its language, the path prefix of the platform's address, and the path shown."""

    language: Language
    base_path: str
    path: str
    query: str = ""
    """What the language switch keeps of the query, already encoded, without `lang`."""

    def text(self, key: str) -> str:
        return self.language.of(TEXTS[key])

    def link(self, path: str) -> str:
        """A path of the platform, from the root of the host."""
        return f"{self.base_path}{path}"


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    html: str
    headers: Mapping[str, str]


LAYOUT = """<!doctype html>
<html lang="$lang" dir="$direction">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
$head<title>$title · $brand</title>
<style>$style</style>
</head>
<body>
<div class="bar"><header>
<p><span class="brand">$brand</span> <span>$strapline</span></p>
<a href="$switch" hreflang="$other" lang="$other" dir="$other_direction">$switch_text</a>
</header></div>
<main>
$body
</main>
<footer><p>$footer</p></footer>
</body>
</html>
"""


def page(view: View, title: str, body: Html, *, status: int = 200, head: Html = EMPTY, is_local: bool = False) -> Page:
    """A whole page; `is_local` lets its forms lead to gateways on this machine as well."""
    other = view.language.other
    kept = f"{view.query}&" if view.query else ""
    html = fill(
        LAYOUT,
        lang=view.language,
        direction=view.language.direction,
        head=head,
        title=title,
        brand=view.text("brand"),
        strapline=view.text("strapline"),
        style=Html(STYLE),
        switch=f"{view.link(view.path)}?{kept}lang={other}",
        other=other,
        other_direction=other.direction,
        switch_text=view.text("switch"),
        body=body,
        footer=view.text("footer"),
    )
    return Page(status, html, headers_of(is_local=is_local))


def headers_of(*, is_local: bool) -> dict[str, str]:
    """Nothing is kept, framed, sniffed, referred to or loaded. Browsers hold the redirect after a form to `form-action`
    as well, and it leads to the gateway: hence any https address there.
    """
    gateways = "https: http://127.0.0.1:*" if is_local else "https:"
    policy = (
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {gateways}"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }


NOTICE = """<div class="notice $kind"><h1>$title</h1>
<p$live>$text</p></div>"""


def notice(kind: str, title: str, text: str, *, is_live: bool = False) -> Html:
    """The page's heading with its one message; `kind` good, wait or bad. `is_live`: read out when it changes."""
    return fill(NOTICE, kind=kind, title=title, text=text, live=Html(' role="status"') if is_live else EMPTY)


ROW = "<dt>$term</dt><dd>$value</dd>"


def row(term: str, value: Html | str) -> Html:
    return fill(ROW, term=term, value=value)


def isolated(text: str, *, css_class: str = "number") -> Html:
    """Digits and codes that run left to right whatever surrounds them."""
    return fill('<bdi dir="ltr" class="$css_class">$text</bdi>', css_class=css_class, text=text)
