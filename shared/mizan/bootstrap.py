"""The only place that wires things. A factory imports its adapter when called: a function loads only what it uses."""

import os
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mizan.adapters.aws.keyring import KmsKeyRing, SealedData
    from mizan.adapters.dynamodb.signed_reads import SignedReads
    from mizan.adapters.gateways.registry import CallbackManners
    from mizan.application import (
        ports,
        ports_auth,
        ports_billers,
        ports_books,
        ports_events,
        ports_operators,
        ports_quotes,
        ports_rails,
        ports_refunds,
        ports_refunds_store,
        ports_search,
        ports_transfers,
        ports_vouchers,
        ports_webhooks,
    )
    from mizan.application.answer_dispute import DisputeAnswers
    from mizan.application.answer_inquiry import InquiryDesk
    from mizan.application.book_biller_notice import BillerNotices
    from mizan.application.book_notice import NoticeBook
    from mizan.application.check_invoice import InvoiceCheck
    from mizan.application.decide_dispute import DisputeDecisions
    from mizan.application.decide_refund import RefundDecisions
    from mizan.application.decide_suspense import SuspenseDecisions
    from mizan.application.deliver_webhook import WebhookDeliverer
    from mizan.application.dispatch_changes import Route
    from mizan.application.draw_qr import QrCodes, QrDrawing
    from mizan.application.issue_voucher import VoucherDesk
    from mizan.application.manage_invoice_batches import InvoiceBatches
    from mizan.application.manage_operators import OperatorDesk
    from mizan.application.offer_ways import WaysToPay
    from mizan.application.open_dispute import DisputeNotices
    from mizan.application.pay_by_voucher import VoucherPayments
    from mizan.application.payables import Payables
    from mizan.application.ports_agencies import AgencyNames
    from mizan.application.ports_batches import (
        BatchQueue,
        BatchRepository,
        ReportFormat,
        RowReader,
        UploadStore,
    )
    from mizan.application.ports_billers import BillerManners
    from mizan.application.ports_reconciliation import ObjectStore, RunRecords
    from mizan.application.ports_services import ServiceCatalogue
    from mizan.application.publish_events import EventPublisher
    from mizan.application.read_invoice_batches import BatchReader
    from mizan.application.read_reports import Reports
    from mizan.application.read_stand_ins import StandInList
    from mizan.application.read_suspense import SuspenseReader
    from mizan.application.reconcile_day import DayReconciler
    from mizan.application.redeem_code import CashOuts
    from mizan.application.request_refund import RefundRequests
    from mizan.application.resolve_payment import PaymentResolver
    from mizan.application.route_payment import Router
    from mizan.application.search_invoices import InvoiceSearch
    from mizan.application.sell_voucher import VoucherCounter
    from mizan.application.send_webhook import WebhookPost
    from mizan.application.settle_payment import CallbackProcessor
    from mizan.application.show_pay_page import PayPages
    from mizan.application.show_transfer import TransferInstructions
    from mizan.application.stand_in import StandIns
    from mizan.application.sweep_events import EventSweep
    from mizan.application.sweep_payments import SweepReport
    from mizan.application.take_bank_files import BankFileDesk
    from mizan.application.take_notice import NoticeDesk
    from mizan.application.use_overpayment import Overpayments
    from mizan.application.watch_rails import RailWatch
    from mizan.application.work_on_invoice_batch import BatchWorker
    from mizan.application.work_refund import RefundWorker
    from mizan.domain.baskets import Basket
    from mizan.domain.callbacks import CallbackKey
    from mizan.domain.fees import FeeRule
    from mizan.domain.health import RailPolicy
    from mizan.domain.invoices import Invoice
    from mizan.domain.payments import Payment, PaymentMethod
    from mizan.domain.quotes import Quote
    from mizan.domain.webhooks import WebhookEndpoint


def environment(name: str) -> str:
    """A setting that the template gives the function. Raises KeyError, naming it, where the template forgot it."""
    return os.environ[name]


def table_name() -> str:
    return environment("MIZAN_TABLE")


def public_url() -> str:
    """The API's stable address, without a trailing slash."""
    return environment("MIZAN_PUBLIC_URL")


# -- clients and clocks ---------------------------------------------------------------------------------------------


@cache
def dynamodb() -> Any:
    from mizan.adapters.aws.session import client

    return client("dynamodb")


@cache
def clock() -> "ports.Clock":
    from mizan.adapters.aws.clock import SystemClock

    return SystemClock()


@cache
def key_ring() -> "KmsKeyRing":
    from mizan.adapters.aws.keyring import KmsKeyRing
    from mizan.adapters.aws.session import client

    return KmsKeyRing(dynamodb(), client("kms"), table_name())


@cache
def derivation() -> "ports.Derivation":
    from mizan.adapters.aws.keyring import KeyedDerivation

    return KeyedDerivation(key_ring())


# -- repositories ---------------------------------------------------------------------------------------------------


@cache
def sealed_personal() -> "SealedData":
    from mizan.adapters.aws.keyring import SealedData

    return SealedData(key_ring(), "personal")


@cache
def books() -> "ports_books.Books":
    from mizan.adapters.dynamodb.books import DynamoBooks

    return DynamoBooks(dynamodb(), table_name(), sealed_personal())


@cache
def vouchers() -> "ports_vouchers.VoucherRepository":
    from mizan.adapters.dynamodb.vouchers import DynamoVoucherRepository

    return DynamoVoucherRepository(dynamodb(), table_name())


@cache
def quotes() -> "ports_quotes.QuoteBook":
    from mizan.adapters.dynamodb.quotes import DynamoQuoteBook

    return DynamoQuoteBook(dynamodb(), table_name())


@cache
def baskets() -> "ports_quotes.BasketRepository":
    from mizan.adapters.dynamodb.quotes import DynamoBasketRepository

    return DynamoBasketRepository(dynamodb(), table_name())


@cache
def refunds() -> "ports_refunds_store.RefundRepository":
    from mizan.adapters.dynamodb.refunds import DynamoRefundRepository

    return DynamoRefundRepository(dynamodb(), table_name(), sealed_personal())


@cache
def disputes() -> "ports_refunds_store.DisputeRepository":
    from mizan.adapters.dynamodb.refunds import DynamoDisputeRepository

    return DynamoDisputeRepository(dynamodb(), table_name())


@cache
def invoices() -> "ports.InvoiceRepository":
    from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository

    return DynamoInvoiceRepository(dynamodb(), table_name(), sealed_personal())


@cache
def payments() -> "ports.PaymentRepository":
    from mizan.adapters.dynamodb.payments import DynamoPaymentRepository

    return DynamoPaymentRepository(dynamodb(), table_name(), sealed_personal())


@cache
def journal() -> "ports.Journal":
    from mizan.adapters.dynamodb.journal import DynamoJournal

    return DynamoJournal(dynamodb(), table_name())


@cache
def callbacks() -> "ports.CallbackLog":
    from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog

    return DynamoCallbackLog(dynamodb(), table_name())


@cache
def accounts() -> "ports.AccountDirectory":
    from mizan.adapters.aws.keyring import SealedData
    from mizan.adapters.dynamodb.accounts import DynamoAccountDirectory

    return DynamoAccountDirectory(dynamodb(), table_name(), SealedData(key_ring(), "secrets"))


@cache
def signed_reads() -> "SignedReads":
    """The authoriser's one connection to the table."""
    from mizan.adapters.dynamodb.signed_reads import SignedReads

    return SignedReads(table_name(), clock())


@cache
def api_keys() -> "ports_auth.ApiKeys":
    from mizan.adapters.dynamodb.keys import DynamoApiKeys

    return DynamoApiKeys(signed_reads())


@cache
def people() -> "ports_auth.People":
    from mizan.adapters.dynamodb.people import DynamoPeople

    return DynamoPeople(signed_reads())


@cache
def personal_tokens() -> "ports_auth.PersonalTokens | None":
    """None where the stack names no issuer or no audience: then no person is let in."""
    issuer, audience = environment("MIZAN_OIDC_ISSUER"), environment("MIZAN_OIDC_AUDIENCE")
    if not issuer or not audience:
        return None
    from mizan.adapters.identity.tokens import OidcTokens

    return OidcTokens(issuer, audience, clock(), allow_loopback=is_local())


@cache
def services() -> "ServiceCatalogue":
    from mizan.adapters.dynamodb.services import DynamoServiceCatalogue

    return DynamoServiceCatalogue(dynamodb(), table_name())


@cache
def gateways() -> "ports.GatewayRegistry":
    """Watched: how each call ends is counted, and a rail that fails too often goes down."""
    from mizan.adapters.gateways.registry import GATEWAYS
    from mizan.application.watch_rails import WatchedGateways

    return WatchedGateways(GATEWAYS, rail_watch())


def rail_policy() -> "RailPolicy":
    from mizan.domain.health import DEFAULT_POLICY

    cool_down = timedelta(seconds=int(environment("MIZAN_RAIL_COOL_DOWN_SECONDS")))
    return replace(DEFAULT_POLICY, cool_down=cool_down, probe_every=min(cool_down, DEFAULT_POLICY.probe_every))


@cache
def rail_records() -> "ports_rails.RailRecords":
    from mizan.adapters.dynamodb.rail_health import DynamoRailRecords

    return DynamoRailRecords(dynamodb(), table_name(), rail_policy().slot)


@cache
def rail_watch() -> "RailWatch":
    return _new_rail_watch()


def _new_rail_watch() -> "RailWatch":
    from mizan.adapters.aws.rail_lines import tell_lost_count, tell_rail_change
    from mizan.application.watch_rails import RailWatch

    return RailWatch(
        records=rail_records(), clock=clock(), policy=rail_policy(), tell=tell_rail_change, lost=tell_lost_count
    )


@cache
def router() -> "Router":
    """Which accounts a payment may go through; also the `MethodAvailability` of whoever shows the ways to pay."""
    from mizan.application.route_payment import Router

    return Router(accounts=accounts(), watch=rail_watch(), clock=clock())


def callback_manners(gateway: str) -> "CallbackManners":
    """How a gateway wants its deliveries answered. Raises NotFoundError on a name that is not registered."""
    from mizan.adapters.gateways.registry import GATEWAYS

    return GATEWAYS.manners(gateway)


@cache
def payout_bank() -> "ports_refunds.PayoutBank":
    """Pays from the treasury's account at the bank, which is sealed beside the merchant accounts."""
    from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
    from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY

    return HttpPayoutBank(partial(accounts().active_for, PLATFORM_AGENCY, PAYOUT_METHOD))


@cache
def settle_queue() -> "ports.WorkQueue":
    from mizan.adapters.aws.queues import SqsWorkQueue
    from mizan.adapters.aws.session import client

    return SqsWorkQueue(client("sqs"), environment("MIZAN_SETTLE_QUEUE_URL"))


@cache
def webhook_queue() -> "ports.WorkQueue":
    from mizan.adapters.aws.queues import SqsWorkQueue
    from mizan.adapters.aws.session import client

    return SqsWorkQueue(client("sqs"), environment("MIZAN_WEBHOOK_QUEUE_URL"))


@cache
def refund_queue() -> "ports.WorkQueue":
    """Its own, so that a rail that hangs holds up no settlement."""
    from mizan.adapters.aws.queues import SqsWorkQueue
    from mizan.adapters.aws.session import client

    return SqsWorkQueue(client("sqs"), environment("MIZAN_REFUND_QUEUE_URL"))


@cache
def event_queue() -> "ports.WorkQueue":
    from mizan.adapters.aws.queues import SqsWorkQueue
    from mizan.adapters.aws.session import client

    return SqsWorkQueue(client("sqs"), environment("MIZAN_EVENT_QUEUE_URL"))


def stream_routes() -> "tuple[Route, ...]":
    """Which queue takes what is written to the table: raw deliveries, objects with a history, refunds to work on."""
    from mizan.application.dispatch_changes import Route

    return (
        Route("CB#", settle_queue),
        Route("INV#", event_queue, ("HEAD", "PAY#", "RFD#", "DSP#")),
        Route("INV#", refund_queue, ("RFD#",)),
    )


def birth_routes() -> "tuple[Route, ...]":
    """Which queue takes what is new in the table and is looked up by more than its key."""
    from mizan.application.dispatch_changes import Route

    return (Route("INV#", lookup_queue, ("HEAD", "REV#")),)


@cache
def lookup_queue() -> "ports.WorkQueue":
    from mizan.adapters.aws.queues import SqsWorkQueue
    from mizan.adapters.aws.session import client

    return SqsWorkQueue(client("sqs"), environment("MIZAN_LOOKUP_QUEUE_URL"))


# -- use cases, wired -----------------------------------------------------------------------------------------------


@cache
def create_invoice() -> "Callable[..., tuple[Invoice, bool]]":
    """`create_invoice(command)`."""
    from mizan.application.create_invoice import create_invoice as use_case

    return partial(use_case, invoices=invoices(), services=services(), derivation=derivation(), clock=clock())


@cache
def change_invoice() -> "Callable[..., Invoice]":
    """`change_invoice(reference, event, caller=…, idempotency_key=…)`."""
    from mizan.application.change_invoice import change_invoice as use_case

    return partial(use_case, invoices=invoices(), clock=clock())


@cache
def amend_invoice() -> "Callable[..., Invoice]":
    """`amend_invoice(reference, amendment, caller=…, idempotency_key=…, fingerprint=…)`."""
    from mizan.application.change_invoice import amend_invoice as use_case

    return partial(use_case, invoices=invoices(), services=services(), clock=clock())


@cache
def supersede_invoice() -> "Callable[..., tuple[Invoice, bool]]":
    """`supersede_invoice(reference, command, caller=…)`."""
    from mizan.application.supersede_invoice import supersede_invoice as use_case

    return partial(
        use_case,
        invoices=invoices(),
        books=books(),
        baskets=baskets(),
        services=services(),
        derivation=derivation(),
        clock=clock(),
    )


@cache
def payables() -> "Payables":
    from mizan.application.payables import Payables

    return Payables(invoices=invoices(), baskets=baskets(), quotes=quotes(), clock=clock())


@cache
def quote_invoice() -> "Callable[..., tuple[str, Quote]]":
    """`quote_invoice(reference, caller=…, plan=…, amount=…, idempotency_key=…, fingerprint=…)`."""
    from mizan.application.quote_invoice import quote_invoice as use_case

    return partial(use_case, payables=payables(), quotes=quotes(), invoices=invoices(), clock=clock())


@cache
def create_basket() -> "Callable[..., tuple[Basket, bool]]":
    """`create_basket(command, caller=…)`."""
    from mizan.application.create_basket import create_basket as use_case

    return partial(use_case, invoices=invoices(), baskets=baskets(), derivation=derivation(), clock=clock())


@cache
def invoice_check() -> "InvoiceCheck":
    from mizan.application.check_invoice import InvoiceCheck

    return InvoiceCheck(invoices=invoices(), payments=payments(), derivation=derivation(), clock=clock())


@cache
def creation_index() -> "ports_search.CreationIndex":
    from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository

    return DynamoInvoiceRepository(dynamodb(), table_name(), sealed_personal())


@cache
def payer_index() -> "ports_search.PayerIndex":
    from mizan.adapters.aws.keyring import KeyedLookup
    from mizan.adapters.dynamodb.payer_index import DynamoPayerIndex

    return DynamoPayerIndex(dynamodb(), table_name(), KeyedLookup(key_ring()).digest)


@cache
def invoice_search() -> "InvoiceSearch":
    from mizan.application.search_invoices import InvoiceSearch

    return InvoiceSearch(
        invoices=invoices(),
        created=creation_index(),
        payers=payer_index(),
        derivation=derivation(),
        clock=clock(),
    )


@cache
def project_payers() -> "Callable[[CallbackKey], int]":
    """`project_payers(key)`."""
    from mizan.application.project_payers import project_payers as use_case

    return partial(use_case, invoices=invoices(), payers=payer_index())


@cache
def sweep_payers() -> "Callable[[], int]":
    from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
    from mizan.application.project_payers import sweep_payers as use_case

    return partial(
        use_case,
        services=services(),
        created=creation_index(),
        queue=lookup_queue(),
        marks=DynamoHighWaterMarks(dynamodb(), table_name()),
        clock=clock(),
    )


@cache
def start_payment() -> "Callable[..., tuple[Payment, bool]]":
    """`start_payment(command, caller=…)`."""
    from mizan.application.start_payment import start_payment as use_case

    return partial(
        use_case,
        payables=payables(),
        payments=payments(),
        router=router(),
        gateways=gateways(),
        derivation=derivation(),
        clock=clock(),
        public_url=public_url(),
        fees=fee_rule,
    )


def fee_rule(service: str, method: "PaymentMethod") -> "FeeRule":
    """The catalogue's; a service that it does not know costs nothing to pay."""
    from mizan.domain.fees import NO_FEE

    known = services().get(service)
    return known.fee_rule(method) if known else NO_FEE


@cache
def notice_book() -> "NoticeBook":
    from mizan.application.book_notice import NoticeBook

    return NoticeBook(
        invoices=invoices(),
        baskets=baskets(),
        payments=payments(),
        books=books(),
        fees=fee_rule,
        derivation=derivation(),
        cases=suspense_cases(),
        clock=clock(),
    )


@cache
def receive_callback() -> "Callable[..., CallbackKey]":
    """`receive_callback(gateway=…, account_token=…, channel=…, body=…, content_type=…, correlation_id=…)`."""
    from mizan.application.receive_callback import receive_callback as use_case

    return partial(use_case, callbacks=callbacks(), clock=clock())


@cache
def payment_resolver() -> "PaymentResolver":
    from mizan.application.resolve_payment import PaymentResolver

    return PaymentResolver(
        invoices=invoices(),
        payments=payments(),
        books=books(),
        accounts=accounts(),
        gateways=gateways(),
        clock=clock(),
        confirm_after=timedelta(seconds=int(environment("MIZAN_CONFIRM_AFTER_SECONDS"))),
    )


@cache
def callback_processor() -> "CallbackProcessor":
    from mizan.application.settle_payment import CallbackProcessor

    return CallbackProcessor(
        callbacks=callbacks(),
        accounts=accounts(),
        gateways=gateways(),
        payments=payments(),
        resolver=payment_resolver(),
        biller_notices=biller_notices(),
        set_aside=overpayments().set_aside,
        expire_voucher=lambda voucher_id: voucher_desk().expire(voucher_id),
        clock=clock(),
    )


@cache
def voucher_desk() -> "VoucherDesk":
    from mizan.adapters.aws.keyring import KeyedLookup
    from mizan.application.issue_voucher import VoucherDesk

    return VoucherDesk(
        vouchers=vouchers(),
        books=books(),
        derivation=derivation(),
        digest=KeyedLookup(key_ring()).digest,
        clock=clock(),
    )


@cache
def voucher_payments() -> "VoucherPayments":
    from mizan.application.pay_by_voucher import VoucherPayments

    return VoucherPayments(
        vouchers=vouchers(),
        notices=notice_book(),
        payables=payables(),
        invoices=invoices(),
        payments=payments(),
        books=books(),
        fees=fee_rule,
        derivation=derivation(),
        clock=clock(),
    )


@cache
def overpayments() -> "Overpayments":
    from mizan.application.use_overpayment import Overpayments

    return Overpayments(invoices=invoices(), payments=payments(), books=books(), clock=clock())


@cache
def sweep_payments() -> "Callable[[], SweepReport]":
    from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
    from mizan.application.sweep_payments import sweep_payments as use_case

    return partial(
        use_case,
        payments=payments(),
        callbacks=callbacks(),
        marks=DynamoHighWaterMarks(dynamodb(), table_name()),
        queue_of=lambda prefix: refund_queue() if prefix == "RFD#" else settle_queue(),
        clock=clock(),
    )


# -- billers --------------------------------------------------------------------------------------------------------


def biller_manners() -> "Mapping[str, BillerManners]":
    """What is called at a biller's address, by protocol."""
    from mizan.adapters.gateways.billers import MANNERS

    return MANNERS


@cache
def billers() -> "ports_billers.BillerRegistry":
    from mizan.adapters.gateways.billers import BILLERS

    return BILLERS


@cache
def notice_claims() -> "ports_billers.NoticeClaims":
    from mizan.adapters.dynamodb.biller_notes import DynamoNoticeClaims

    return DynamoNoticeClaims(dynamodb(), table_name())


@cache
def notice_desk() -> "NoticeDesk":
    from mizan.application.take_notice import NoticeDesk

    return NoticeDesk(
        callbacks=callbacks(), accounts=accounts(), billers=billers(), claims=notice_claims(), clock=clock()
    )


@cache
def biller_notices() -> "BillerNotices":
    from mizan.application.book_biller_notice import BillerNotices
    from mizan.application.book_unmatched import UnmatchedMoney

    unmatched = UnmatchedMoney(
        payments=payments(), books=books(), book=notice_book(), derivation=derivation(), clock=clock()
    )
    return BillerNotices(
        accounts=accounts(), billers=billers(), claims=notice_claims(), book=notice_book(), unmatched=unmatched
    )


@cache
def voucher_counter() -> "VoucherCounter":
    from mizan.adapters.gateways.kiosk.vouchers import KioskVouchers
    from mizan.application.operator_room import OperatorRoom
    from mizan.application.sell_voucher import VoucherCounter

    room = OperatorRoom(operators=operators(), balances=running_balances())
    return VoucherCounter(accounts=accounts(), wire=KioskVouchers(), desk=voucher_desk(), room=room, gateway="kiosk")


@cache
def inquiry_desk() -> "InquiryDesk":
    from mizan.adapters.dynamodb.agencies import DynamoAgencyNames
    from mizan.adapters.dynamodb.biller_notes import DynamoMissCounter
    from mizan.application.answer_inquiry import InquiryDesk
    from mizan.application.present_bill import BillDesk

    desk = BillDesk(
        payables=payables(),
        payments=payments(),
        services=services(),
        agencies=DynamoAgencyNames(dynamodb(), table_name()),
        operators=operators(),
        balances=running_balances(),
        misses=DynamoMissCounter(dynamodb(), table_name()),
        fees=fee_rule,
        clock=clock(),
    )
    return InquiryDesk(accounts=accounts(), billers=billers(), desk=desk)


@cache
def operators() -> "ports_operators.OperatorRepository":
    from mizan.adapters.dynamodb.operators import DynamoOperatorRepository

    return DynamoOperatorRepository(dynamodb(), table_name())


@cache
def running_balances() -> "ports_operators.RunningBalances":
    from mizan.adapters.dynamodb.balances import DynamoRunningBalances

    return DynamoRunningBalances(dynamodb(), table_name())


@cache
def operator_desk() -> "OperatorDesk":
    from mizan.application.manage_operators import OperatorDesk

    return OperatorDesk(operators=operators(), balances=running_balances(), books=books(), clock=clock())


# -- money that goes back -------------------------------------------------------------------------------------------


@cache
def refund_requests() -> "RefundRequests":
    from mizan.application.request_refund import RefundRequests

    return RefundRequests(
        payments=payments(),
        refunds=refunds(),
        books=books(),
        gateways=gateways(),
        bank=payout_bank(),
        derivation=derivation(),
        clock=clock(),
        approval_limit=int(environment("MIZAN_REFUND_APPROVAL_LIMIT")),
    )


@cache
def refund_decisions() -> "RefundDecisions":
    from mizan.application.decide_refund import RefundDecisions

    return RefundDecisions(payments=payments(), refunds=refunds(), books=books(), clock=clock())


@cache
def refund_worker() -> "RefundWorker":
    from mizan.application.refund_rails import RefundRails
    from mizan.application.work_refund import RefundWorker

    return RefundWorker(
        payments=payments(),
        refunds=refunds(),
        books=books(),
        rails=RefundRails(accounts=accounts(), gateways=gateways(), bank=payout_bank()),
        derivation=derivation(),
        clock=clock(),
    )


@cache
def cash_outs() -> "CashOuts":
    from mizan.application.redeem_code import CashOuts

    return CashOuts(payments=payments(), refunds=refunds(), books=books(), derivation=derivation(), clock=clock())


@cache
def dispute_notices() -> "DisputeNotices":
    from mizan.application.open_dispute import DisputeNotices

    return DisputeNotices(
        payments=payments(), disputes=disputes(), books=books(), derivation=derivation(), clock=clock()
    )


@cache
def dispute_answers() -> "DisputeAnswers":
    from mizan.application.answer_dispute import DisputeAnswers

    return DisputeAnswers(disputes=disputes(), books=books(), clock=clock())


@cache
def dispute_decisions() -> "DisputeDecisions":
    from mizan.application.decide_dispute import DisputeDecisions

    return DisputeDecisions(
        invoices=invoices(),
        payments=payments(),
        disputes=disputes(),
        accounts=accounts(),
        books=books(),
        clock=clock(),
    )


# -- bank transfers and suspense ------------------------------------------------------------------------------------


@cache
def suspense_cases() -> "ports_transfers.SuspenseCases":
    from mizan.adapters.dynamodb.suspense import DynamoSuspenseCases

    return DynamoSuspenseCases(dynamodb(), table_name(), sealed_personal())


@cache
def remitter_index() -> "ports_transfers.RemitterIndex":
    from mizan.adapters.aws.keyring import KeyedLookup
    from mizan.adapters.dynamodb.suspense import DynamoRemitterIndex

    return DynamoRemitterIndex(dynamodb(), table_name(), KeyedLookup(key_ring()).digest)


@cache
def suspense_reader() -> "SuspenseReader":
    from mizan.application.read_suspense import SuspenseReader
    from mizan.application.suggest_invoices import InvoiceSuggestions

    suggestions = InvoiceSuggestions(
        invoices=invoices(), remitters=remitter_index(), payers=payer_index(), clock=clock()
    )
    return SuspenseReader(cases=suspense_cases(), payments=payments(), suggestions=suggestions)


@cache
def suspense_decisions() -> "SuspenseDecisions":
    from mizan.application.decide_suspense import SuspenseDecisions

    return SuspenseDecisions(
        invoices=invoices(),
        payments=payments(),
        refunds=refunds(),
        cases=suspense_cases(),
        accounts=accounts(),
        books=books(),
        notices=notice_book(),
        requests=refund_requests(),
        clock=clock(),
    )


@cache
def follow_returns() -> "Callable[[], int]":
    from mizan.application.follow_returns import follow_returns as use_case

    return partial(use_case, cases=suspense_cases(), decisions=suspense_decisions())


@cache
def bank_file_desk() -> "BankFileDesk":
    from mizan.adapters.dynamodb.suspense import DynamoReferenceReservations
    from mizan.adapters.statements.bank_files.note import refusal_note
    from mizan.adapters.statements.bank_files.reading import read_bank_file
    from mizan.application.reverse_credit import CreditReversals
    from mizan.application.take_bank_files import BankFileDesk
    from mizan.application.take_credit import CreditDesk

    reversals = CreditReversals(
        invoices=invoices(), payments=payments(), cases=suspense_cases(), books=books(), clock=clock()
    )
    desk = CreditDesk(
        invoices=invoices(),
        baskets=baskets(),
        payments=payments(),
        books=books(),
        notices=notice_book(),
        reversals=reversals,
        references=DynamoReferenceReservations(dynamodb(), table_name()),
        remitters=remitter_index(),
        derivation=derivation(),
        clock=clock(),
    )
    return BankFileDesk(
        store=storage(), accounts=accounts(), read=read_bank_file, note=refusal_note, desk=desk, clock=clock()
    )


# -- webhooks -------------------------------------------------------------------------------------------------------


def is_local() -> bool:
    """Whether this is the platform on a laptop."""
    return environment("MIZAN_STAGE") == "local"


def webhooks_allow_loopback() -> bool:
    """Both settings must say so: one wrong parameter in production is not enough."""
    return is_local() and environment("MIZAN_WEBHOOK_ALLOW_LOOPBACK") == "true"


@cache
def webhook_endpoints() -> "ports_webhooks.WebhookEndpointRepository":
    from mizan.adapters.aws.keyring import SealedData
    from mizan.adapters.dynamodb.webhooks import DynamoWebhookEndpoints

    return DynamoWebhookEndpoints(dynamodb(), table_name(), SealedData(key_ring(), "secrets"))


@cache
def add_webhook_endpoint() -> "Callable[..., tuple[WebhookEndpoint, bool]]":
    """`add_webhook_endpoint(command, caller=…)`."""
    from mizan.adapters.notifications.targets import ResolvingTargetPolicy
    from mizan.application.manage_webhook_endpoints import add_webhook_endpoint as use_case

    targets = ResolvingTargetPolicy(allow_loopback=webhooks_allow_loopback())
    return partial(use_case, endpoints=webhook_endpoints(), targets=targets, clock=clock())


@cache
def change_webhook_endpoint() -> "Callable[..., WebhookEndpoint]":
    """`change_webhook_endpoint(endpoint_id, command, caller=…)`."""
    from mizan.adapters.notifications.targets import ResolvingTargetPolicy
    from mizan.application.manage_webhook_endpoints import change_webhook_endpoint as use_case

    targets = ResolvingTargetPolicy(allow_loopback=webhooks_allow_loopback())
    return partial(use_case, endpoints=webhook_endpoints(), targets=targets, clock=clock())


@cache
def event_log() -> "ports_events.EventLog":
    from mizan.adapters.dynamodb.events import DynamoEventLog

    return DynamoEventLog(dynamodb(), table_name())


@cache
def event_feed() -> "ports_events.EventFeed":
    from mizan.adapters.dynamodb.events import DynamoEventFeed

    return DynamoEventFeed(dynamodb(), table_name())


@cache
def delivery_log() -> "ports_webhooks.DeliveryLog":
    from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog

    return DynamoDeliveryLog(dynamodb(), table_name(), clock())


@cache
def webhook_sender() -> "ports_webhooks.WebhookSender":
    from mizan.adapters.notifications.sender import HttpWebhookSender

    return HttpWebhookSender(allow_loopback=webhooks_allow_loopback())


@cache
def event_publisher() -> "EventPublisher":
    from mizan.application.publish_events import EventPublisher

    return EventPublisher(
        invoices=invoices(),
        payments=payments(),
        refunds=refunds(),
        disputes=disputes(),
        events=event_log(),
        feed=event_feed(),
        endpoints=webhook_endpoints(),
        deliveries=webhook_queue(),
        clock=clock(),
    )


@cache
def webhook_deliverer() -> "WebhookDeliverer":
    from mizan.application.deliver_webhook import WebhookDeliverer

    return WebhookDeliverer(
        events=event_log(),
        endpoints=webhook_endpoints(),
        deliveries=delivery_log(),
        sender=webhook_sender(),
        clock=clock(),
    )


@cache
def webhook_post() -> "WebhookPost":
    from mizan.adapters.dynamodb.deliveries import DynamoSendRequests
    from mizan.application.send_webhook import WebhookPost

    return WebhookPost(
        events=event_log(),
        endpoints=webhook_endpoints(),
        deliveries=delivery_log(),
        requests=DynamoSendRequests(dynamodb(), table_name()),
        sender=webhook_sender(),
        clock=clock(),
    )


@cache
def event_sweep() -> "EventSweep":
    from mizan.adapters.dynamodb.change_sources import DynamoChangeSources
    from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
    from mizan.application.sweep_events import EventSweep

    return EventSweep(
        sources=DynamoChangeSources(dynamodb(), table_name()),
        services=services(),
        log=delivery_log(),
        marks=DynamoHighWaterMarks(dynamodb(), table_name()),
        objects=event_queue(),
        deliveries=webhook_queue(),
        clock=clock(),
    )


# -- the payer's pages ----------------------------------------------------------------------------------------------


@cache
def ways_to_pay() -> "WaysToPay":
    from mizan.adapters.dynamodb.holidays import DynamoHolidayCalendar
    from mizan.adapters.dynamodb.rails import DynamoRailDirectory
    from mizan.application.offer_ways import WaysToPay

    return WaysToPay(
        services=services(),
        rails=DynamoRailDirectory(dynamodb(), table_name(), is_up=rail_watch().may_try),
        holidays=DynamoHolidayCalendar(dynamodb(), table_name()),
        clock=clock(),
    )


def stand_ins() -> "StandIns":
    """Over a watch of its own each time: whether every rail is down is read anew, not as it was seconds ago."""
    from mizan.application.route_payment import Router
    from mizan.application.stand_in import StandIns

    return StandIns(
        invoices=invoices(),
        services=services(),
        availability=Router(accounts=accounts(), watch=_new_rail_watch(), clock=clock()),
        operators=operators(),
        clock=clock(),
    )


@cache
def stand_in_list() -> "StandInList":
    from mizan.adapters.dynamodb.stand_ins import DynamoStandInList

    return DynamoStandInList(dynamodb(), table_name())


@cache
def agency_names() -> "AgencyNames":
    from mizan.adapters.dynamodb.agencies import DynamoAgencyNames

    return DynamoAgencyNames(dynamodb(), table_name())


@cache
def qr_codes() -> "QrCodes":
    from mizan.application.draw_qr import QrCodes, QrScheme

    scheme = QrScheme(
        gui=environment("MIZAN_QR_GUI"), category=environment("MIZAN_QR_CATEGORY"), city=environment("MIZAN_QR_CITY")
    )
    return QrCodes(payables=payables(), agencies=agency_names(), scheme=scheme)


@cache
def qr_drawing() -> "QrDrawing":
    from mizan.adapters.documents.qr import SegnoQrDrawing

    return SegnoQrDrawing()


def _transfer_for_payers(reference: str) -> "TransferInstructions | None":
    from mizan.application.show_pay_page import PAYER
    from mizan.application.show_transfer import transfer_instructions as use_case
    from mizan.domain.errors import NotFoundError

    try:
        return use_case(reference, caller=PAYER, invoices=invoices(), accounts=accounts(), clock=clock())
    except NotFoundError:
        return None


@cache
def pay_pages() -> "PayPages":
    from mizan.application.show_pay_page import PayPages

    return PayPages(
        payables=payables(),
        payments=payments(),
        refunds=refunds(),
        services=services(),
        agencies=agency_names(),
        codes=qr_codes(),
        ways=ways_to_pay(),
        transfer=_transfer_for_payers,
        start=start_payment(),
        record=receive_callback(),
        clock=clock(),
    )


# -- reconciliation -------------------------------------------------------------------------------------------------


RECONCILE_LEASE = "reconcile"


@cache
def storage() -> "ObjectStore":
    from mizan.adapters.aws.session import client
    from mizan.adapters.aws.storage import S3ObjectStore

    return S3ObjectStore(client("s3"), environment("MIZAN_BUCKET"))


@cache
def reconciliation_runs() -> "RunRecords":
    from mizan.adapters.dynamodb.reconciliation import DynamoRunRecords

    return DynamoRunRecords(dynamodb(), table_name(), RECONCILE_LEASE)


@cache
def day_reconciler() -> "DayReconciler":
    from mizan.adapters.documents.reports import DocumentReportWriter
    from mizan.adapters.dynamodb.holidays import DynamoHolidayCalendar
    from mizan.adapters.dynamodb.lease import DynamoLease
    from mizan.adapters.statements.workshop import open_workshop
    from mizan.application.reconcile_day import DayReconciler

    return DayReconciler(
        lease=DynamoLease(dynamodb(), table_name(), RECONCILE_LEASE),
        runs=reconciliation_runs(),
        store=storage(),
        reports=DocumentReportWriter(),
        workshop=open_workshop,
        journal=journal(),
        payments=payments(),
        refunds=refunds(),
        accounts=accounts(),
        holidays=DynamoHolidayCalendar(dynamodb(), table_name()),
        clock=clock(),
    )


@cache
def reports() -> "Reports":
    from mizan.adapters.dynamodb.journal_pages import DynamoJournalPages
    from mizan.application.read_reports import Reports

    return Reports(
        runs=reconciliation_runs(),
        store=storage(),
        journal=journal(),
        journal_pages=DynamoJournalPages(dynamodb(), table_name()),
    )


# -- invoice batches ------------------------------------------------------------------------------------------------


@cache
def batches() -> "BatchRepository":
    from mizan.adapters.dynamodb.invoice_batches import DynamoBatchRepository

    return DynamoBatchRepository(dynamodb(), table_name())


@cache
def batch_uploads() -> "UploadStore":
    from mizan.adapters.aws.session import client
    from mizan.adapters.aws.uploads import S3UploadStore

    return S3UploadStore(client("s3"), environment("MIZAN_BUCKET"))


@cache
def batch_queue() -> "BatchQueue":
    from mizan.adapters.aws.batch_queue import SqsBatchQueue
    from mizan.adapters.aws.session import client

    return SqsBatchQueue(client("sqs"), environment("MIZAN_BATCH_QUEUE_URL"))


@cache
def invoice_batches() -> "InvoiceBatches":
    from mizan.application.manage_invoice_batches import InvoiceBatches

    return InvoiceBatches(
        batches=batches(),
        uploads=batch_uploads(),
        queue=batch_queue(),
        reserve_key=invoices().reserve_key,
        clock=clock(),
    )


@cache
def batch_reader() -> "BatchReader":
    from mizan.application.read_invoice_batches import BatchReader

    return BatchReader(batches=batches(), store=storage())


def batch_worker(rows: "RowReader", lines: "ReportFormat") -> "BatchWorker":
    """A worker that reads rows and writes report lines as the entry point does; one per turn, as the catalogue that it
    judges by is the one of now.
    """
    from mizan.application.create_invoice import create_invoice as use_case
    from mizan.application.load_invoice_batch import BatchLoader
    from mizan.application.ports_services import ServiceSnapshot
    from mizan.application.validate_invoice_batch import BatchValidator
    from mizan.application.work_on_invoice_batch import BatchWorker

    catalogue = ServiceSnapshot(services().all())
    files: dict[str, Any] = {"uploads": batch_uploads(), "store": storage(), "rows": rows, "lines": lines}
    raising: dict[str, Any] = {"invoices": invoices(), "services": catalogue, "derivation": derivation()}
    return BatchWorker(
        batches=batches(),
        uploads=batch_uploads(),
        queue=batch_queue(),
        validator=BatchValidator(**files, **raising),
        loader=BatchLoader(**files, create=partial(use_case, **raising, clock=clock())),
        clock=clock(),
    )
