"""Arrows point one way: functions → entrypoints, bootstrap, application → domain; bootstrap → adapters → ports."""

import inspect
import sys
from typing import Any

import pytest

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.aws.keyring import KeyedDerivation
from mizan.adapters.aws.queues import SqsWorkQueue
from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory
from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.journal import DynamoJournal
from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
from mizan.adapters.dynamodb.payments import DynamoPaymentRepository
from mizan.adapters.gateways.benefit.gateway import BenefitGateway
from mizan.adapters.gateways.benefit.refunds import BenefitRefunds
from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
from mizan.adapters.gateways.registry import MappedGatewayRegistry
from mizan.application import ports, ports_refunds
from tests.architecture.sources import imports_of, sources
from tests.fakes.clock import FakeClock, FakeDerivation
from tests.fakes.refunds import FakePayoutBank, FakeRefundGateway
from tests.fakes.store import (
    FakeCallbackLog,
    FakeHighWaterMarks,
    FakeInvoiceRepository,
    FakeJournal,
    FakePaymentRepository,
)
from tests.fakes.world import FakeAccountDirectory, FakeGateway, FakeGatewayRegistry, FakeWorkQueue

OURS = ("mizan", "functions", "infra", "tests", "shared")
ALLOWED = {
    "mizan.domain": ("mizan.domain",),
    "mizan.application": ("mizan.application", "mizan.domain"),
    "mizan.adapters": ("mizan.adapters", "mizan.application.ports", "mizan.domain"),
    "mizan.entrypoints": ("mizan.entrypoints", "mizan.application", "mizan.domain"),
    "mizan.bootstrap": ("mizan.adapters", "mizan.application", "mizan.domain"),
    "functions": ("mizan.bootstrap", "mizan.entrypoints", "mizan.application", "mizan.domain"),
}
"""What each layer may import of ours; `mizan.application.ports` stands for every module whose name starts with it."""


def layer_of(module: str) -> str | None:
    return next((layer for layer in ALLOWED if module == layer or module.startswith(f"{layer}.")), None)


def is_allowed(layer: str, imported: str) -> bool:
    if imported.partition(".")[0] not in OURS:
        return True
    return any(
        imported == target
        or imported.startswith((f"{target}.", f"{target}_" if target.endswith("ports") else f"{target}."))
        for target in ALLOWED[layer]
    )


def violations(layer: str) -> list[str]:
    return [
        f"{source.module}:{line} imports {name}"
        for source in sources()
        if layer_of(source.module) == layer
        for line, name in imports_of(source)
        if not is_allowed(layer, name)
    ]


def test_every_module_belongs_to_a_layer() -> None:
    """A new top-level module of `mizan` has to be given its arrows before it can be used."""
    homeless = [source.module for source in sources() if layer_of(source.module) is None and source.module != "mizan"]

    assert homeless == []
    assert len(sources()) > 80


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_imports_only_what_its_arrows_allow(layer: str) -> None:
    """Over every file, imports inside functions and for type checking included."""
    assert violations(layer) == []


def test_the_arrows_can_be_broken() -> None:
    """The rule itself refuses what the design forbids: a check that allows everything would pass above."""
    forbidden = [
        ("mizan.domain", "mizan.application.ports"),
        ("mizan.application", "mizan.adapters.dynamodb.items"),
        ("mizan.application", "mizan.bootstrap"),
        ("mizan.adapters", "mizan.application.start_payment.start_payment"),
        ("mizan.adapters", "mizan.bootstrap.invoices"),
        ("mizan.entrypoints", "mizan.adapters.aws.session"),
        ("mizan.entrypoints", "mizan.bootstrap"),
        ("functions", "mizan.adapters.dynamodb.items"),
        ("functions", "functions.create_invoice.handler"),
        ("functions", "infra.build.paths"),
        ("mizan.domain", "shared.mizan.domain"),
    ]

    assert [pair for pair in forbidden if is_allowed(*pair)] == []
    assert is_allowed("mizan.adapters", "mizan.application.ports_services.ServiceCatalogue")


def test_the_domain_and_the_use_cases_need_nothing_but_the_standard_library() -> None:
    """No package, no AWS, no framework: what decides about money can be read and run alone."""
    foreign = [
        f"{source.module}:{line} imports {name}"
        for source in sources()
        if layer_of(source.module) in {"mizan.domain", "mizan.application"}
        for line, name in imports_of(source)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("mizan.")
    ]

    assert foreign == []


def test_no_relative_imports() -> None:
    """One spelling per module, so that these tests see every arrow."""
    assert [s.module for s in sources() for _, name in imports_of(s) if name.startswith(".")] == []


IMPLEMENTATIONS: dict[type, tuple[type, type]] = {
    ports.Clock: (FakeClock, SystemClock),
    ports.Derivation: (FakeDerivation, KeyedDerivation),
    ports.InvoiceRepository: (FakeInvoiceRepository, DynamoInvoiceRepository),
    ports.PaymentRepository: (FakePaymentRepository, DynamoPaymentRepository),
    ports.Journal: (FakeJournal, DynamoJournal),
    ports.CallbackLog: (FakeCallbackLog, DynamoCallbackLog),
    ports.AccountDirectory: (FakeAccountDirectory, DynamoAccountDirectory),
    ports.WorkQueue: (FakeWorkQueue, SqsWorkQueue),
    ports.HighWaterMarks: (FakeHighWaterMarks, DynamoHighWaterMarks),
    ports.PaymentGateway: (FakeGateway, BenefitGateway),
    ports.GatewayRegistry: (FakeGatewayRegistry, MappedGatewayRegistry),
    ports_refunds.RefundGateway: (FakeRefundGateway, BenefitRefunds),
    ports_refunds.PayoutBank: (FakePayoutBank, HttpPayoutBank),
}


def methods_of(port: type) -> dict[str, Any]:
    return {name: member for name, member in vars(port).items() if inspect.isfunction(member) and name[0] != "_"}


def test_every_port_has_a_fake_and_an_adapter() -> None:
    """A port that is added without them cannot be tested or run."""
    declared = {
        member
        for module in (ports, ports_refunds)
        for member in vars(module).values()
        if inspect.isclass(member) and getattr(member, "_is_protocol", False) and member.__module__ == module.__name__
    }

    assert declared == set(IMPLEMENTATIONS)
    assert all(methods_of(port) for port in declared)


@pytest.mark.parametrize(
    ("port", "implementations"), IMPLEMENTATIONS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_fake_and_adapter_have_the_ports_very_signatures(port: type, implementations: tuple[type, type]) -> None:
    """Names, kinds, defaults and types: what is tested over the fake is called the same way over the real one."""
    differences = [
        f"{implementation.__name__}.{name}{inspect.signature(getattr(implementation, name))}"
        for implementation in implementations
        for name, method in methods_of(port).items()
        if inspect.signature(getattr(implementation, name)) != inspect.signature(method)
    ]

    assert differences == []
