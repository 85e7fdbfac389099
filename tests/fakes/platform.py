"""The use cases wired over fakes, or over any store: what `mizan.bootstrap` does, for tests."""

from dataclasses import dataclass, field, replace
from typing import Any

from mizan.application.answer_dispute import DisputeAnswers
from mizan.application.book_biller_notice import BillerNotices
from mizan.application.book_notice import NoticeBook
from mizan.application.create_invoice import CreateInvoice, create_invoice
from mizan.application.decide_dispute import DisputeDecisions
from mizan.application.decide_refund import RefundDecisions
from mizan.application.issue_voucher import VoucherDesk
from mizan.application.open_dispute import DisputeNotices
from mizan.application.pay_by_voucher import VoucherPayments
from mizan.application.payables import Payables
from mizan.application.ports import CallbackLog, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books
from mizan.application.redeem_code import CashOuts
from mizan.application.refund_rails import RefundRails
from mizan.application.request_refund import RefundRequests
from mizan.application.resolve_payment import PaymentResolver
from mizan.application.route_payment import Router
from mizan.application.settle_payment import CallbackProcessor
from mizan.application.start_payment import StartPayment, start_payment
from mizan.application.use_overpayment import Overpayments
from mizan.application.work_refund import RefundWorker
from mizan.domain.fees import NO_FEE, FeeRule
from mizan.domain.invoices import Invoice, InvoiceLine
from mizan.domain.payments import Payment, PaymentMethod
from tests.fakes.billers import FakeNoticeClaims, biller_notices
from tests.fakes.clock import NOON, FakeClock, FakeDerivation
from tests.fakes.rails import FakeRailRecords, a_router, a_watch
from tests.fakes.refunds import FakePayoutBank
from tests.fakes.samples import ACCOUNT, AGENCY, AMOUNT, CALLER, CUSTOMER, FakeServiceCatalogue, a_service, an_invoice
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
    FakeRefundRepository,
    FakeSuspenseCases,
    FakeVoucherRepository,
)
from tests.fakes.world import FakeAccountDirectory, FakeGateway, FakeGatewayRegistry, FakeWorkQueue


@dataclass
class Platform:
    """Parts of one platform in memory. `naps` are the seconds that the resolver would have slept."""

    invoices: FakeInvoiceRepository = field(default_factory=FakeInvoiceRepository)
    journal: FakeJournal = field(default_factory=FakeJournal)
    callbacks: FakeCallbackLog = field(default_factory=FakeCallbackLog)
    marks: FakeHighWaterMarks = field(default_factory=FakeHighWaterMarks)
    queue: FakeWorkQueue = field(default_factory=FakeWorkQueue)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    clock: FakeClock = field(default_factory=FakeClock)
    derivation: FakeDerivation = field(default_factory=FakeDerivation)
    accounts: FakeAccountDirectory = field(default_factory=lambda: FakeAccountDirectory(ACCOUNT))
    bank: FakePayoutBank = field(default_factory=FakePayoutBank)
    approval_limit: int = 50_000
    fees: dict[PaymentMethod, FeeRule] = field(default_factory=dict)
    notice_claims: FakeNoticeClaims = field(default_factory=FakeNoticeClaims)
    naps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.payments = FakePaymentRepository(self.invoices.lock)
        self.books = FakeBooks(self.invoices, self.payments, self.journal)
        self.refunds = FakeRefundRepository(self.books)
        self.disputes = FakeDisputeRepository(self.books)
        self.quotes = FakeQuoteBook()
        self.baskets = FakeBasketRepository(self.invoices)
        self.gateways = FakeGatewayRegistry(self.gateway)
        self.rails = FakeRailRecords()
        self.watch = a_watch(self.clock, self.rails)
        self.services = FakeServiceCatalogue(a_service(), a_service("clinic-fees", "health"))

    def create(self, command: CreateInvoice) -> tuple[Invoice, bool]:
        return create_invoice(
            command, invoices=self.invoices, services=self.services, derivation=self.derivation, clock=self.clock
        )

    def start(self, reference: str, key: str = "try-1", **changes: Any) -> tuple[Payment, bool]:
        command = replace(StartPayment(reference, PaymentMethod.DEBIT_CARD, key, "corr-9"), **changes)
        return start_payment(
            command,
            caller=CALLER,
            payables=self.payables(),
            payments=self.payments,
            router=self.router(),
            gateways=self.gateways,
            derivation=self.derivation,
            clock=self.clock,
            public_url="https://api.invalid",
            fees=self.fee_rule,
        )

    def router(self) -> Router:
        return a_router(self.accounts, self.clock, self.watch)

    def fee_rule(self, _service: str, method: PaymentMethod) -> FeeRule:
        return self.fees.get(method, NO_FEE)

    def notice_book(self) -> NoticeBook:
        return NoticeBook(
            invoices=self.invoices,
            baskets=self.baskets,
            payments=self.payments,
            books=self.books,
            fees=self.fee_rule,
            derivation=self.derivation,
            cases=FakeSuspenseCases(self.books),
            clock=self.clock,
            sleep=self.naps.append,
        )

    def voucher_desk(self) -> VoucherDesk:
        return VoucherDesk(
            vouchers=FakeVoucherRepository(self.books),
            books=self.books,
            derivation=self.derivation,
            digest=lambda text: f"digest of {text}",
            clock=self.clock,
            sleep=self.naps.append,
        )

    def voucher_payments(self) -> VoucherPayments:
        return VoucherPayments(
            vouchers=FakeVoucherRepository(self.books),
            notices=self.notice_book(),
            payables=self.payables(),
            invoices=self.invoices,
            payments=self.payments,
            books=self.books,
            fees=self.fee_rule,
            derivation=self.derivation,
            clock=self.clock,
        )

    def biller_notices(self) -> BillerNotices:
        return biller_notices(
            self.notice_book(),
            accounts=self.accounts,
            payments=self.payments,
            books=self.books,
            derivation=self.derivation,
            clock=self.clock,
            sleep=self.naps.append,
            claims=self.notice_claims,
        )

    def payables(self) -> Payables:
        return Payables(invoices=self.invoices, baskets=self.baskets, quotes=self.quotes, clock=self.clock)

    def resolver(self) -> PaymentResolver:
        return resolver_over(self, self.invoices, self.payments, self.books)

    def overpayments(self) -> Overpayments:
        return Overpayments(
            invoices=self.invoices,
            payments=self.payments,
            books=self.books,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def refund_requests(self) -> RefundRequests:
        return RefundRequests(
            payments=self.payments,
            refunds=self.refunds,
            books=self.books,
            gateways=self.gateways,
            bank=self.bank,
            derivation=self.derivation,
            clock=self.clock,
            approval_limit=self.approval_limit,
            sleep=self.naps.append,
        )

    def refund_decisions(self) -> RefundDecisions:
        return RefundDecisions(
            payments=self.payments,
            refunds=self.refunds,
            books=self.books,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def refund_worker(self, name: str = "worker:1") -> RefundWorker:
        return RefundWorker(
            payments=self.payments,
            refunds=self.refunds,
            books=self.books,
            rails=RefundRails(accounts=self.accounts, gateways=self.gateways, bank=self.bank),
            derivation=self.derivation,
            clock=self.clock,
            worker_name=lambda: name,
            sleep=self.naps.append,
        )

    def cash_outs(self) -> CashOuts:
        return CashOuts(
            payments=self.payments,
            refunds=self.refunds,
            books=self.books,
            derivation=self.derivation,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def dispute_notices(self) -> DisputeNotices:
        return DisputeNotices(
            payments=self.payments,
            disputes=self.disputes,
            books=self.books,
            derivation=self.derivation,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def dispute_answers(self) -> DisputeAnswers:
        return DisputeAnswers(disputes=self.disputes, books=self.books, clock=self.clock, sleep=self.naps.append)

    def dispute_decisions(self) -> DisputeDecisions:
        return DisputeDecisions(
            invoices=self.invoices,
            payments=self.payments,
            disputes=self.disputes,
            accounts=self.accounts,
            books=self.books,
            clock=self.clock,
            sleep=self.naps.append,
        )

    def processor(self) -> CallbackProcessor:
        return processor_over(self, self.callbacks, self.payments, self.resolver())

    def with_invoice(self, invoice: Invoice | None = None) -> Invoice:
        invoice = invoice or an_invoice()
        self.invoices.rows[invoice.reference] = invoice
        return invoice

    def with_payment(self, payment: Payment) -> Payment:
        self.payments.rows[payment.payment_id] = payment
        return payment

    def total(self) -> int:
        """Everything in the journal, in fils."""
        return sum(transaction.amount for transaction in self.journal.rows.values())


def resolver_over(
    platform: Platform, invoices: InvoiceRepository, payments: PaymentRepository, books: Books
) -> PaymentResolver:
    return PaymentResolver(
        invoices=invoices,
        payments=payments,
        books=books,
        accounts=platform.accounts,
        gateways=platform.gateways,
        clock=platform.clock,
        sleep=platform.naps.append,
    )


def processor_over(
    platform: Platform, callbacks: CallbackLog, payments: PaymentRepository, resolver: PaymentResolver
) -> CallbackProcessor:
    return CallbackProcessor(
        callbacks=callbacks,
        accounts=platform.accounts,
        gateways=platform.gateways,
        payments=payments,
        resolver=resolver,
        expire_voucher=lambda _: None,
        biller_notices=platform.biller_notices(),
        set_aside=platform.overpayments().set_aside,
        clock=platform.clock,
    )


def a_creation(**changes: Any) -> CreateInvoice:
    """The agency asks for BHD 12.500 under its own number and a key."""
    command = CreateInvoice(
        agency=AGENCY,
        service="cr-registration",
        customer=CUSTOMER,
        lines=(InvoiceLine("Registration fee", AMOUNT, "رسم التسجيل"),),
        due_date=NOON.date(),
        currency="BHD",
        fingerprint="body-1",
        correlation_id="corr-1",
        invoice_number="2026-0001",
        idempotency_key="key-1",
    )
    return replace(command, **changes)
