"""The payer's pages on a loopback port, with a gateway of another origin to be sent to and to come back from."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from mizan.application.ports import InitiationStarted
from mizan.domain.payments import Payment
from tests.unit.pages.site import Site

LOOPBACK = "127.0.0.1"
GATEWAY_PAGE = """<!doctype html><title>Gateway</title><form method="post" action="{url}" id="back">
<input name="paymentid" value="100"><input name="trandata" value="ABCDEF"><button>Return</button></form>"""


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer((LOOPBACK, 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class ServedPages:
    """`url` is the pages' address; `back_url` is where the gateway's page sends the browser."""

    def __init__(self, site: Site, url: str, gateway_url: str) -> None:
        self.site, self.url, self.gateway_url = site, url, gateway_url
        site.platform.gateway.initiation = InitiationStarted("gp-1", f"{gateway_url}/page?id=gp-1")

    @property
    def back_url(self) -> str:
        (payment,) = self.site.platform.payments.rows.values()
        return f"{self.url}{attempt_path(payment)}"


def attempt_path(payment: Payment) -> str:
    return f"/pay/{payment.reference}/payments/{payment.payment_id}"


@contextmanager
def served_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedPages]:
    served: list[ServedPages] = []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server looks for
            self._answer(None)

        def do_POST(self) -> None:  # the same
            self._answer(self.rfile.read(int(self.headers["content-length"])).decode())

        def _answer(self, body: str | None) -> None:
            answer = served[0].site.send(self.command, self.path, body, dict(self.headers.items()))
            content = answer.text.encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # the signature that http.server has
            return

    class Gateway(Pages):
        def do_GET(self) -> None:
            content = GATEWAY_PAGE.format(url=served[0].back_url).encode()
            self.send_response(200 if parse_qs(self.path) else 404)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(content)

    with _serving(Pages) as url, _serving(Gateway) as gateway_url:
        site = Site(monkeypatch, public_url=url)
        monkeypatch.setenv("MIZAN_STAGE", "local")
        served.append(ServedPages(site, url, gateway_url))
        yield served[0]
