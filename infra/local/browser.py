"""A payer's browser, as far as a payment needs one: pages, forms, redirects, cookies none. No script runs in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

REDIRECT_COUNT_MAX = 10
LOOPBACK = "127.0.0.1"


@dataclass
class Form:
    """A form of a page: its absolute `action`, its method, and the values it would send as it stands."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _FormReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.forms: list[Form] = []
        self._current: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self._url, values.get("action", ""))
            self._current = Form(action, values.get("method", "get").upper())
            self.forms.append(self._current)
        elif self._current is not None and tag in ("input", "button") and values.get("name"):
            self._control(self._current, tag, values)

    def _control(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values["name"], values.get("type", "submit" if tag == "button" else "text")
        if kind in ("radio", "submit"):
            form.choices.setdefault(name, []).append(values.get("value", ""))
            if kind == "submit" or "checked" not in values:
                return
        form.fields[name] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._current = None


@dataclass(frozen=True)
class Page:
    """What the payer sees: the address it ended at, the status and the HTML."""

    url: str
    status: int
    html: str

    def forms(self) -> list[Form]:
        reader = _FormReader(self.url)
        reader.feed(self.html)
        return reader.forms

    def form(self, *names: str) -> Form:
        """The first form that has every named field or choice. Raises LookupError where there is none."""
        for form in self.forms():
            if set(names) <= form.fields.keys() | form.choices.keys():
                return form
        raise LookupError(f"no form with {names} on {self.url} (status {self.status})")


class Browser:
    """Loopback only: refuses to go anywhere else."""

    def __init__(self, timeout_seconds: int = 30) -> None:
        self._client = httpx.Client(timeout=timeout_seconds, follow_redirects=False, trust_env=False)

    def open(self, url: str) -> Page:
        return self._go("GET", url, None)

    def submit(self, form: Form, **values: str) -> Page:
        fields = form.fields | values
        if form.method == "GET":
            return self._go("GET", str(httpx.URL(form.action, params=fields)), None)
        return self._go("POST", form.action, fields)

    def _go(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        for _ in range(REDIRECT_COUNT_MAX):
            if urlsplit(url).hostname != LOOPBACK:
                raise ConnectionError(f"the sample payer only visits {LOOPBACK}, not {url}")
            response = self._client.request(method, url, data=fields)
            if not response.is_redirect:
                return Page(url, response.status_code, response.text)
            url = urljoin(url, response.headers["location"])
            if response.status_code != httpx.codes.TEMPORARY_REDIRECT:
                method, fields = "GET", None
        raise ConnectionError("redirected too often")

    def close(self) -> None:
        self._client.close()
