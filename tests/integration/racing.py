"""Eight workers let loose at the same instant, each with a client and adapters of its own, over one table."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.journal import DynamoJournal
from mizan.adapters.dynamodb.payments import DynamoPaymentRepository
from mizan.adapters.dynamodb.quotes import DynamoBasketRepository, DynamoQuoteBook
from mizan.application.change_invoice import change_invoice
from mizan.application.create_invoice import CreateInvoice, create_invoice
from mizan.application.payables import Payables
from mizan.application.resolve_payment import PaymentResolver
from mizan.application.start_payment import StartPayment, start_payment
from mizan.application.use_overpayment import Overpayments
from mizan.domain.invoices import Invoice, InvoiceEvent
from mizan.domain.payments import Payment, PaymentMethod
from tests.fakes.clock import TickingClock
from tests.fakes.platform import Platform, resolver_over
from tests.fakes.rails import a_router
from tests.fakes.samples import CALLER, no_fees
from tests.fakes.sealing import sealed_data

WORKER_COUNT = 8


@dataclass
class Worker:
    """One process's view: its client, its repositories; gateway, accounts and clock are everybody's."""

    client: Any
    table: str
    world: Platform

    def __post_init__(self) -> None:
        self.invoices = DynamoInvoiceRepository(self.client, self.table, sealed_data("personal"))
        self.payments = DynamoPaymentRepository(self.client, self.table, sealed_data("personal"))
        self.books = DynamoBooks(self.client, self.table, sealed_data("personal"))
        self.journal = DynamoJournal(self.client, self.table)

    def resolver(self) -> PaymentResolver:
        return resolver_over(self.world, self.invoices, self.payments, self.books)

    def payables(self) -> Payables:
        return Payables(
            invoices=self.invoices,
            baskets=DynamoBasketRepository(self.client, self.table),
            quotes=DynamoQuoteBook(self.client, self.table),
            clock=self.world.clock,
        )

    def overpayments(self) -> Overpayments:
        return Overpayments(invoices=self.invoices, payments=self.payments, books=self.books, clock=self.world.clock)

    def create(self, command: CreateInvoice) -> tuple[Invoice, bool]:
        return create_invoice(
            command,
            invoices=self.invoices,
            services=self.world.services,
            derivation=self.world.derivation,
            clock=self.world.clock,
        )

    def start(self, reference: str, key: str) -> tuple[Payment, bool]:
        return start_payment(
            StartPayment(reference, PaymentMethod.DEBIT_CARD, key, "corr-1"),
            caller=CALLER,
            payables=self.payables(),
            payments=self.payments,
            router=a_router(self.world.accounts, self.world.clock),
            gateways=self.world.gateways,
            derivation=self.world.derivation,
            clock=self.world.clock,
            public_url="https://api.invalid",
            fees=no_fees,
        )

    def cancel(self, reference: str) -> Invoice:
        return self.change(reference, InvoiceEvent.CANCEL)

    def change(self, reference: str, event: InvoiceEvent) -> Invoice:
        return change_invoice(reference, event, caller=CALLER, invoices=self.invoices, clock=self.world.clock)


def hire(new_client: Callable[[], Any], table: str, count: int = WORKER_COUNT) -> list[Worker]:
    world = Platform(clock=TickingClock())
    return [Worker(new_client(), table, world) for _ in range(count)]


def race(tasks: Sequence[Callable[[], object]]) -> list[object]:
    """Run every task in a thread of its own, all from one starting line; what each returned or raised, in order."""
    line = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> object:
        line.wait(30)
        try:
            return task()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
