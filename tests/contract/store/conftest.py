"""The stores that one suite holds to the ports: the fakes, and DynamoDB as four engines understand it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory, account_items
from mizan.adapters.dynamodb.balances import DynamoRunningBalances
from mizan.adapters.dynamodb.biller_notes import DynamoMissCounter, DynamoNoticeClaims
from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal import DynamoJournal
from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
from mizan.adapters.dynamodb.operators import DynamoOperatorRepository, operator_item
from mizan.adapters.dynamodb.payments import DynamoPaymentRepository
from mizan.adapters.dynamodb.quotes import DynamoBasketRepository, DynamoQuoteBook
from mizan.adapters.dynamodb.rail_health import DynamoRailRecords
from mizan.adapters.dynamodb.refunds import DynamoDisputeRepository, DynamoRefundRepository
from mizan.adapters.dynamodb.stand_ins import DynamoStandInList
from mizan.adapters.dynamodb.suspense import (
    DynamoReferenceReservations,
    DynamoRemitterIndex,
    DynamoSuspenseCases,
)
from mizan.adapters.dynamodb.vouchers import DynamoVoucherRepository
from mizan.application.ports import (
    AccountDirectory,
    CallbackLog,
    HighWaterMarks,
    InvoiceRepository,
    Journal,
    PaymentRepository,
)
from mizan.application.ports_billers import MissCounter, NoticeClaims
from mizan.application.ports_books import Books
from mizan.application.ports_operators import OperatorRepository, RunningBalances
from mizan.application.ports_quotes import BasketRepository, QuoteBook
from mizan.application.ports_rails import RailRecords
from mizan.application.ports_refunds_store import DisputeRepository, RefundRepository
from mizan.application.ports_transfers import ReferenceReservations, RemitterIndex, SuspenseCases
from mizan.application.ports_vouchers import VoucherRepository
from mizan.application.read_stand_ins import StandInList
from mizan.domain.accounts import MerchantAccount
from mizan.domain.health import DEFAULT_POLICY
from mizan.domain.operators import Operator
from tests.engines import create_table, dynamodb_client
from tests.fakes.billers import FakeMissCounter, FakeNoticeClaims, FakeOperatorRepository
from tests.fakes.dynamodb import fresh_dynamodb
from tests.fakes.rails import FakeRailRecords
from tests.fakes.sealing import sealed_data
from tests.fakes.stand_ins import FakeStandInList
from tests.fakes.store import (
    FakeBasketRepository,
    FakeBooks,
    FakeCallbackLog,
    FakeDisputeRepository,
    FakeHighWaterMarks,
    FakeInvoiceRepository,
    FakeJournal,
    FakePaymentRepository,
    FakeQuoteBook,
    FakeReferenceReservations,
    FakeRefundRepository,
    FakeRemitterIndex,
    FakeSuspenseCases,
    FakeVoucherRepository,
)
from tests.fakes.world import FakeAccountDirectory


@dataclass(frozen=True)
class Store:
    """One implementation of every store port. `set_aside` reads the quarantine: sort key → reason, in any order."""

    invoices: InvoiceRepository
    payments: PaymentRepository
    books: Books
    refunds: RefundRepository
    disputes: DisputeRepository
    vouchers: VoucherRepository
    cases: SuspenseCases
    references: ReferenceReservations
    remitters: RemitterIndex
    quotes: QuoteBook
    baskets: BasketRepository
    journal: Journal
    callbacks: CallbackLog
    marks: HighWaterMarks
    rails: RailRecords
    operators_of: Callable[[list[Operator]], OperatorRepository]
    balances: RunningBalances
    claims: NoticeClaims
    misses: MissCounter
    accounts_of: Callable[[list[MerchantAccount]], AccountDirectory]
    set_aside: Callable[[], dict[str, str]]
    stand_ins: StandInList


def _fake_store() -> Store:
    invoices, journal, callbacks = FakeInvoiceRepository(), FakeJournal(), FakeCallbackLog()
    payments = FakePaymentRepository(invoices.lock)
    books = FakeBooks(invoices, payments, journal)
    return Store(
        invoices,
        payments,
        books,
        FakeRefundRepository(books),
        FakeDisputeRepository(books),
        FakeVoucherRepository(books),
        FakeSuspenseCases(books),
        FakeReferenceReservations(invoices),
        FakeRemitterIndex(),
        FakeQuoteBook(),
        FakeBasketRepository(invoices),
        journal,
        callbacks,
        FakeHighWaterMarks(),
        FakeRailRecords(),
        lambda operators: FakeOperatorRepository(*operators),
        books,
        FakeNoticeClaims(),
        FakeMissCounter(),
        lambda accounts: FakeAccountDirectory(*accounts),
        lambda: {key.sk: reason for key, (_, reason) in callbacks.quarantined.items()},
        FakeStandInList(invoices),
    )


def dynamo_store(client: Any, table: str) -> Store:
    """The adapters over any DynamoDB."""

    def accounts_of(accounts: list[MerchantAccount]) -> AccountDirectory:
        for account in accounts:
            for item in account_items(account, sealed_data("secrets")):
                client.put_item(TableName=table, Item=pack(item))
        return DynamoAccountDirectory(client, table, sealed_data("secrets"))

    def operators_of(operators: list[Operator]) -> OperatorRepository:
        for operator in operators:
            client.put_item(TableName=table, Item=pack(operator_item(operator)))
        return DynamoOperatorRepository(client, table)

    def set_aside() -> dict[str, str]:
        items = [
            unpack(item) for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]
        ]
        return {item["sk"]: item["reason"] for item in items if item["pk"].startswith("QRN#")}

    personal = sealed_data("personal")
    return Store(
        DynamoInvoiceRepository(client, table, personal),
        DynamoPaymentRepository(client, table, personal),
        DynamoBooks(client, table, personal),
        DynamoRefundRepository(client, table, personal),
        DynamoDisputeRepository(client, table),
        DynamoVoucherRepository(client, table),
        DynamoSuspenseCases(client, table, personal),
        DynamoReferenceReservations(client, table),
        DynamoRemitterIndex(client, table, lambda text: hashlib.sha256(text.encode()).hexdigest()[:32]),
        DynamoQuoteBook(client, table),
        DynamoBasketRepository(client, table),
        DynamoJournal(client, table),
        DynamoCallbackLog(client, table),
        DynamoHighWaterMarks(client, table),
        DynamoRailRecords(client, table, DEFAULT_POLICY.slot),
        operators_of,
        DynamoRunningBalances(client, table),
        DynamoNoticeClaims(client, table),
        DynamoMissCounter(client, table),
        accounts_of,
        set_aside,
        DynamoStandInList(client, table),
    )


@pytest.fixture(
    params=[
        "fake",
        "simulated",
        "moto",
        pytest.param("ministack", marks=pytest.mark.engine),
        pytest.param("dynoxide", marks=pytest.mark.dynoxide),
    ]
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each engine gives a fresh table with the template's schema; moto is used by one thread only."""
    if request.param == "fake":
        yield _fake_store()
    elif request.param == "simulated":
        yield dynamo_store(*fresh_dynamodb())
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield dynamo_store(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue(request.param)
        yield dynamo_store(new_client(), table)
