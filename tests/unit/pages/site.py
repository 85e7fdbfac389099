"""The pages' own handler over fakes: requests as API Gateway makes them, answers as it gets them."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from functions.show_pay_page import handler
from mizan import bootstrap
from mizan.application.draw_qr import QrCodes
from mizan.application.offer_ways import WaysToPay
from mizan.application.receive_callback import receive_callback
from mizan.application.show_pay_page import PayPages
from mizan.application.show_transfer import TransferInstructions
from mizan.application.start_payment import start_payment
from tests.fakes.agencies import QR_SCHEME, FakeAgencyNames
from tests.fakes.journeys import FakeHolidays, FakeRailDirectory
from tests.fakes.platform import Platform


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    is_base64: bool = False

    @property
    def location(self) -> str:
        return self.headers["location"]


class Site:
    """`platform` is what stands behind the pages; `base_path` is in front of every link."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, public_url: str = "https://pay.invalid/live") -> None:
        self.platform, self.agencies = Platform(), FakeAgencyNames()
        platform = self.platform
        self.transfer: TransferInstructions | None = None
        self.rails = FakeRailDirectory()
        self.ways = WaysToPay(
            services=platform.services, rails=self.rails, holidays=FakeHolidays(), clock=platform.clock
        )
        pages = PayPages(
            payables=platform.payables(),
            payments=platform.payments,
            refunds=platform.refunds,
            services=platform.services,
            agencies=self.agencies,
            ways=self.ways,
            transfer=lambda _: self.transfer,
            codes=QrCodes(payables=platform.payables(), agencies=self.agencies, scheme=QR_SCHEME),
            start=partial(
                start_payment,
                payables=platform.payables(),
                payments=platform.payments,
                router=platform.router(),
                gateways=platform.gateways,
                derivation=platform.derivation,
                clock=platform.clock,
                public_url=public_url,
                fees=platform.fee_rule,
            ),
            record=partial(receive_callback, callbacks=platform.callbacks, clock=platform.clock),
            clock=platform.clock,
        )
        monkeypatch.setattr(bootstrap, "pay_pages", lambda: pages)
        monkeypatch.setenv("MIZAN_PUBLIC_URL", public_url)
        monkeypatch.setenv("MIZAN_STAGE", "prod")
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Mizan")

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        given = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self.send("POST", path, urlencode(form), given)

    def send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        answer = handler.lambda_handler(request(method, path, body, headers), None)
        flat = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], flat, answer.get("body") or "", answer["isBase64Encoded"])


def request(method: str, path: str, body: str | None, headers: dict[str, str]) -> dict[str, Any]:
    """A REST API proxy event."""
    parts = urlsplit(path)
    query = parse_qs(parts.query, keep_blank_values=True)
    segments = parts.path.strip("/").split("/")
    names = ["", "reference", "", "payment_id"]
    parameters = {name: value for name, value in zip(names, segments, strict=False) if name}
    return {
        "resource": parts.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "multiValueHeaders": {name.replace("_", "-"): [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {"requestId": "request-1", "path": parts.path, "stage": "live", "httpMethod": method},
        "body": body,
        "isBase64Encoded": False,
    }
