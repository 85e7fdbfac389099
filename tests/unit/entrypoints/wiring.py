"""Fakes where `mizan.bootstrap` would wire AWS: what the functions of invoices and payments call."""

from functools import partial
from typing import Any

import pytest

from mizan import bootstrap
from mizan.application import change_invoice, create_basket, quote_invoice, start_payment, supersede_invoice
from mizan.application.check_invoice import InvoiceCheck
from mizan.application.draw_qr import QrCodes
from mizan.application.search_invoices import InvoiceSearch
from tests.fakes.agencies import QR_SCHEME, FakeAgencyNames
from tests.fakes.platform import Platform
from tests.fakes.store import FakePayerIndex

PUBLIC_URL = "https://api.invalid"


def wire(monkeypatch: pytest.MonkeyPatch, platform: Platform, payers: FakePayerIndex) -> None:
    """Every use case of invoices over this platform."""
    world: dict[str, Any] = {"invoices": platform.invoices, "clock": platform.clock}
    derived = world | {"derivation": platform.derivation}
    wired: dict[str, Any] = {
        "create_invoice": platform.create,
        "change_invoice": partial(change_invoice.change_invoice, **world),
        "amend_invoice": partial(change_invoice.amend_invoice, **world, services=platform.services),
        "supersede_invoice": partial(
            supersede_invoice.supersede_invoice,
            **derived,
            books=platform.books,
            baskets=platform.baskets,
            services=platform.services,
        ),
        "quote_invoice": partial(
            quote_invoice.quote_invoice, **world, payables=platform.payables(), quotes=platform.quotes
        ),
        "create_basket": partial(create_basket.create_basket, **derived, baskets=platform.baskets),
        "invoice_check": InvoiceCheck(**derived, payments=platform.payments),
        "invoice_search": InvoiceSearch(**derived, created=platform.invoices, payers=payers),
        "start_payment": partial(
            start_payment.start_payment,
            payables=platform.payables(),
            clock=platform.clock,
            payments=platform.payments,
            router=platform.router(),
            gateways=platform.gateways,
            derivation=platform.derivation,
            public_url=PUBLIC_URL,
            fees=platform.fee_rule,
        ),
        "qr_codes": QrCodes(payables=platform.payables(), agencies=FakeAgencyNames(), scheme=QR_SCHEME),
        "voucher_payments": platform.voucher_payments(),
        "invoices": platform.invoices,
        "payments": platform.payments,
        "baskets": platform.baskets,
        "public_url": PUBLIC_URL,
        "clock": platform.clock,
    }
    for name, part in wired.items():
        monkeypatch.setattr(bootstrap, name, lambda part=part: part)
