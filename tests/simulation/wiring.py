"""The platform over the simulated world: what `mizan.bootstrap`, the template and the handlers do, in one place.

Production code from the use cases down to the DynamoDB adapters; a queue's worker is the handler's few lines. What is
new in the application is wired here and acted on in `actors`; nothing else of the harness knows of it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from mizan.adapters.aws.queues import SqsWorkQueue
from mizan.adapters.dynamodb.balances import DynamoRunningBalances
from mizan.adapters.dynamodb.biller_notes import DynamoMissCounter, DynamoNoticeClaims
from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog
from mizan.adapters.dynamodb.change_sources import DynamoChangeSources
from mizan.adapters.dynamodb.deliveries import DynamoDeliveryLog
from mizan.adapters.dynamodb.events import DynamoEventFeed, DynamoEventLog
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.items import unpack
from mizan.adapters.dynamodb.journal import DynamoJournal
from mizan.adapters.dynamodb.marks import DynamoHighWaterMarks
from mizan.adapters.dynamodb.payments import DynamoPaymentRepository
from mizan.adapters.dynamodb.quotes import DynamoBasketRepository, DynamoQuoteBook
from mizan.adapters.dynamodb.refunds import DynamoDisputeRepository, DynamoRefundRepository
from mizan.adapters.dynamodb.suspense import DynamoReferenceReservations, DynamoRemitterIndex, DynamoSuspenseCases
from mizan.adapters.dynamodb.suspense_records import case_of
from mizan.adapters.dynamodb.vouchers import DynamoVoucherRepository
from mizan.adapters.dynamodb.webhooks import DynamoWebhookEndpoints
from mizan.application.book_biller_notice import BillerNotices
from mizan.application.book_notice import NoticeBook
from mizan.application.book_unmatched import UnmatchedMoney
from mizan.application.change_invoice import amend_invoice, change_invoice
from mizan.application.create_basket import create_basket
from mizan.application.create_invoice import create_invoice
from mizan.application.decide_dispute import DisputeDecisions
from mizan.application.decide_refund import RefundDecisions
from mizan.application.decide_suspense import SuspenseDecisions
from mizan.application.deliver_webhook import WebhookDeliverer
from mizan.application.dispatch_changes import Route, dispatch_changes
from mizan.application.follow_returns import follow_returns
from mizan.application.issue_voucher import VoucherDesk
from mizan.application.open_dispute import DisputeNotices
from mizan.application.pay_by_voucher import VoucherPayments
from mizan.application.payables import Payables
from mizan.application.ports_billers import BillerOperation, WireAnswer
from mizan.application.present_bill import BillDesk
from mizan.application.publish_events import EventPublisher
from mizan.application.quote_invoice import quote_invoice
from mizan.application.receive_callback import receive_callback
from mizan.application.recheck_payment import recheck_payment
from mizan.application.redeem_code import CashOuts
from mizan.application.refund_rails import RefundRails
from mizan.application.request_refund import RefundRequests
from mizan.application.resolve_payment import PaymentResolver
from mizan.application.reverse_credit import CreditReversals
from mizan.application.route_payment import Router
from mizan.application.settle_payment import ATTEMPT_PREFIX, CallbackProcessor
from mizan.application.start_payment import start_payment
from mizan.application.supersede_invoice import supersede_invoice
from mizan.application.sweep_events import EventSweep
from mizan.application.sweep_payments import MARK, sweep_payments
from mizan.application.take_credit import CreditDesk, CreditOutcome
from mizan.application.take_notice import NoticeDesk, TakenNotice
from mizan.application.use_overpayment import Overpayments
from mizan.application.watch_rails import WatchedGateways
from mizan.application.work_refund import REFUND_PREFIX, RefundWorker
from mizan.domain.accounts import MerchantAccount
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import GatewayError
from mizan.domain.fees import NO_FEE, FeeBearer, FeeRule
from mizan.domain.incoming_credits import IncomingCredit
from mizan.domain.operators import Operator, OperatorState
from mizan.domain.payments import PaymentMethod
from mizan.domain.services import Channel, ChannelCode
from mizan.domain.suspense import SuspenseCase
from mizan.domain.webhooks import WebhookEndpoint, encode_secret
from tests.engines import table_schema
from tests.fakes.agencies import FakeAgencyNames
from tests.fakes.billers import FakeOperatorRepository
from tests.fakes.clock import FakeDerivation
from tests.fakes.dynamodb import SimulatedDynamo
from tests.fakes.dynamodb.table import Change
from tests.fakes.rails import a_watch
from tests.fakes.samples import ACCOUNT, AGENCY, TOKEN, FakeServiceCatalogue, a_service
from tests.fakes.world import FakeAccountDirectory
from tests.simulation.bank import SimulatedBank
from tests.simulation.bank_account import TREASURY_ACCOUNT, SimulatedBankAccount
from tests.simulation.billers import BANK, KIOSK, PlainBillers, SimulatedBillers
from tests.simulation.fate import Dice
from tests.simulation.faulty_dynamo import FaultyDynamo
from tests.simulation.gateway import NAME, Page, SimulatedGateway, SimulatedRegistry
from tests.simulation.kernel import MINUTE, SECOND, START, Kernel, Outcome
from tests.simulation.queues import Message, Queue, SimulatedSqs, Stream
from tests.simulation.receivers import SimulatedReceivers
from tests.simulation.till import SimulatedTill

TABLE = "mizan"
OTHER_ACCOUNTS = tuple(
    replace(ACCOUNT, account_id=f"acc-{gateway}", token=f"tok-{gateway}", gateway=gateway, method=method)
    for gateway, method in (("session", "credit_card"), ("wallet", "wallet"), ("sadad", "sadad"))
)
"""One rail of each kind beside the card's: manners in `tests.simulation.gateway`."""

URLS = ("https://one.invalid/hook",)
EVENT_SWEEP_AFTER = 13 * MINUTE
"""How long after a mark its shard is looked at again, with what is left to the stream before."""

SOON = timedelta(minutes=1)
RESERVE = replace(ACCOUNT, account_id="acc-2", token="tok-moic-2", rank=1)
"""Where a payment goes when the preferred account's gateway was not reached."""

OPERATOR = Operator("op-1", "Kiosks", "أكشاك", "L-1", (KIOSK.account_id,), 50, 270_000, OperatorState.ACTIVE, START)
CHANNELS = tuple(
    Channel(code, "A way", "طريقة", False, False, ("Pay.",), ("ادفع.",))
    for code in (ChannelCode.KIOSK, ChannelCode.BANK_APP)
)

APPROVAL_LIMIT = 8_000
"""Fils from which on a refund needs a second person."""


class OpenData:
    """Sealing that does not seal: it is tested elsewhere, and costs more than all the rest."""

    def seal(self, plaintext: bytes, context: str) -> bytes:
        return plaintext

    def open(self, sealed: bytes, context: str) -> bytes:
        return sealed


class Stores:
    """Every repository over one client: the faulty one for production, the bare one for whoever checks."""

    def __init__(self, client: Any, table: str, clock: Kernel) -> None:
        data: Any = OpenData()
        self.invoices = DynamoInvoiceRepository(client, table, data)
        self.payments = DynamoPaymentRepository(client, table, data)
        self.refunds = DynamoRefundRepository(client, table, data)
        self.disputes = DynamoDisputeRepository(client, table)
        self.books = DynamoBooks(client, table, data)
        self.vouchers = DynamoVoucherRepository(client, table)
        self.cases = DynamoSuspenseCases(client, table, data)
        self.references = DynamoReferenceReservations(client, table)
        self.remitters = DynamoRemitterIndex(client, table, digest_of_holder)
        self.claims = DynamoNoticeClaims(client, table)
        self.misses = DynamoMissCounter(client, table)
        self.balances = DynamoRunningBalances(client, table)
        self.journal = DynamoJournal(client, table)
        self.callbacks = DynamoCallbackLog(client, table)
        self.quotes = DynamoQuoteBook(client, table)
        self.baskets = DynamoBasketRepository(client, table)
        self.marks = DynamoHighWaterMarks(client, table)
        self.endpoints = DynamoWebhookEndpoints(client, table, data)
        self.deliveries = DynamoDeliveryLog(client, table, clock)
        self.events = DynamoEventLog(client, table)
        self.feed = DynamoEventFeed(client, table)
        self.sources = DynamoChangeSources(client, table)


class SimulatedPlatform:
    """`truth` reads the table with no network in between."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        inner = SimulatedDynamo(now=kernel.now, lag=self._lag, page_length=3)
        inner.create_table(TableName=TABLE, **table_schema())
        self.table = inner.table(TABLE)
        self.truth = Stores(inner, TABLE, kernel)
        self.stores = Stores(FaultyDynamo(kernel, inner), TABLE, kernel)
        self.gateway = SimulatedGateway(kernel, self._notify)
        self.bank = SimulatedBank(kernel)
        self.receivers = SimulatedReceivers(kernel)
        self.till = SimulatedTill()
        self.is_money_sent_back = False
        """Whether finance proposed that in this story: else the schedule that follows it would find nothing."""
        self.bank_account = SimulatedBankAccount(kernel, self._take_credit)
        self.billers = SimulatedBillers(kernel, self._deliver_notice)
        self.accounts = FakeAccountDirectory(ACCOUNT, RESERVE, *OTHER_ACCOUNTS, BANK, KIOSK, TREASURY_ACCOUNT)
        self.fees = fee_rule_of(kernel.fate.dice("fees"))
        self.watch = a_watch(kernel)
        self.gateways: Any = WatchedGateways(SimulatedRegistry(self.gateway), self.watch)
        self.services = FakeServiceCatalogue(replace(a_service(), allows_partial=True, channels=CHANNELS))
        self.derivation = FakeDerivation()
        self.is_told = kernel.fate.dice("endpoints").below(5) == 0
        """Whether agencies listen: events cost more than all the rest, so only some stories have them."""
        self.queues = {
            "settle": Queue(kernel, "settle", self._settle, delay=3 * SECOND),
            "refund": Queue(kernel, "refund", self._work_refund),
            "event": Queue(kernel, "event", self._publish),
            "webhook": Queue(kernel, "webhook", self._deliver, visibility=2 * MINUTE),
        }
        sqs = SimulatedSqs(kernel, self.queues)
        self._senders = {name: SqsWorkQueue(sqs, name) for name in self.queues}
        self._routes = self._stream_routes()
        dispatch = partial(dispatch_changes, routes=self._routes)
        self.stream = Stream(kernel, self.table, dispatch, self._is_routed, _is_found_by_a_sweep)
        kernel.after_step = self.stream.poll
        self._set_up()
        self._wire()

    def _set_up(self) -> None:
        """The sweep has run before; the agency has its endpoints."""
        self.truth.marks.advance(MARK, None, START.replace(minute=START.minute - 2))
        for number, url in enumerate(URLS):
            secret = encode_secret(bytes([number]) * 32)
            filters = ("payment.*", "invoice.paid", "invoice.reopened") if number else ("*",)
            endpoint = WebhookEndpoint(f"whe_{number}", AGENCY, url, filters, START, "f", secret, START)
            self.truth.endpoints.add(endpoint)
        for name in ("posted#00", f"created#{AGENCY}"):
            self.truth.marks.advance(f"events#{name}", None, START - timedelta(minutes=3))

    def _wire(self) -> None:
        stores, clock = self.stores, self.kernel
        payments, books = stores.payments, stores.books
        self.resolver = PaymentResolver(
            invoices=stores.invoices,
            payments=payments,
            books=books,
            accounts=self.accounts,
            gateways=self.gateways,
            clock=clock,
            sleep=self._nap,
        )
        self.overpayments = Overpayments(
            invoices=stores.invoices, payments=payments, books=books, clock=clock, sleep=self._nap
        )
        self._wire_cash()
        self.processor = CallbackProcessor(
            callbacks=stores.callbacks,
            accounts=self.accounts,
            gateways=self.gateways,
            payments=payments,
            resolver=self.resolver,
            biller_notices=self.biller_notices,
            set_aside=self.overpayments.set_aside,
            expire_voucher=self.voucher_desk.expire,
            clock=clock,
        )
        self.refund_worker = RefundWorker(
            payments=payments,
            refunds=stores.refunds,
            books=books,
            rails=RefundRails(accounts=self.accounts, gateways=self.gateways, bank=self.bank),
            derivation=self.derivation,
            clock=clock,
            worker_name=lambda: f"worker:{self.kernel.current.name}",
            sleep=self._nap,
        )
        self.requests = RefundRequests(
            payments=payments,
            refunds=stores.refunds,
            books=books,
            gateways=self.gateways,
            bank=self.bank,
            derivation=self.derivation,
            clock=clock,
            approval_limit=APPROVAL_LIMIT,
            sleep=self._nap,
        )
        self.decisions = RefundDecisions(
            payments=payments, refunds=stores.refunds, books=books, clock=clock, sleep=self._nap
        )
        self.cash_outs = CashOuts(
            payments=payments,
            refunds=stores.refunds,
            books=books,
            derivation=self.derivation,
            clock=clock,
            sleep=self._nap,
        )
        self.notices = DisputeNotices(
            payments=payments,
            disputes=stores.disputes,
            books=books,
            derivation=self.derivation,
            clock=clock,
            sleep=self._nap,
        )
        self.verdicts = DisputeDecisions(
            invoices=stores.invoices,
            payments=payments,
            disputes=stores.disputes,
            accounts=self.accounts,
            books=books,
            clock=clock,
            sleep=self._nap,
        )
        self.publisher = EventPublisher(
            invoices=stores.invoices,
            payments=payments,
            refunds=stores.refunds,
            disputes=stores.disputes,
            events=stores.events,
            feed=stores.feed,
            endpoints=stores.endpoints,
            deliveries=self._senders["webhook"],
            clock=clock,
        )
        self.deliverer = WebhookDeliverer(
            events=stores.events,
            endpoints=stores.endpoints,
            deliveries=stores.deliveries,
            sender=self.receivers,
            clock=clock,
            jitter=lambda: 50,
        )
        self.event_sweep = EventSweep(
            sources=stores.sources,
            services=self.services,
            log=stores.deliveries,
            marks=stores.marks,
            objects=self._senders["event"],
            deliveries=self._senders["webhook"],
            clock=clock,
        )
        self._wire_suspense()
        self.create_basket: Callable[..., Any] = partial(
            create_basket,
            invoices=stores.invoices,
            baskets=stores.baskets,
            derivation=self.derivation,
            clock=clock,
        )
        self.supersede: Callable[..., Any] = partial(
            supersede_invoice,
            invoices=stores.invoices,
            books=books,
            baskets=stores.baskets,
            services=self.services,
            derivation=self.derivation,
            clock=clock,
        )
        self.quote: Callable[..., Any] = partial(
            quote_invoice,
            payables=self.payables,
            quotes=stores.quotes,
            invoices=stores.invoices,
            clock=clock,
        )
        self.create: Callable[..., Any] = partial(
            create_invoice, invoices=stores.invoices, services=self.services, derivation=self.derivation, clock=clock
        )
        self.amend: Callable[..., Any] = partial(
            amend_invoice, invoices=stores.invoices, services=self.services, clock=clock
        )
        self.change: Callable[..., Any] = partial(change_invoice, invoices=stores.invoices, clock=clock)
        self.start: Callable[..., Any] = partial(
            start_payment,
            payables=self.payables,
            payments=payments,
            router=Router(accounts=self.accounts, watch=self.watch, clock=clock),
            gateways=self.gateways,
            derivation=self.derivation,
            clock=clock,
            public_url="https://api.invalid",
            fees=self._fee_rule,
        )
        self.recheck: Callable[..., Any] = partial(recheck_payment, payments=payments, clock=clock)
        self.receive: Callable[..., Any] = partial(receive_callback, callbacks=stores.callbacks, clock=clock)

    def _wire_cash(self) -> None:
        """Money that moved before we hear of it, and vouchers."""
        stores, clock = self.stores, self.kernel
        self.payables = Payables(invoices=stores.invoices, baskets=stores.baskets, quotes=stores.quotes, clock=clock)
        self.notice_book = NoticeBook(
            invoices=stores.invoices,
            baskets=stores.baskets,
            payments=stores.payments,
            books=stores.books,
            fees=self._fee_rule,
            derivation=self.derivation,
            cases=stores.cases,
            clock=clock,
            sleep=self._nap,
        )
        self.voucher_desk = VoucherDesk(
            vouchers=stores.vouchers,
            books=stores.books,
            derivation=self.derivation,
            digest=digest_of_holder,
            clock=clock,
            sleep=self._nap,
        )
        self.voucher_payments = VoucherPayments(
            vouchers=stores.vouchers,
            notices=self.notice_book,
            payables=self.payables,
            invoices=stores.invoices,
            payments=stores.payments,
            books=stores.books,
            fees=self._fee_rule,
            derivation=self.derivation,
            clock=clock,
        )

        self.notice_desk = NoticeDesk(
            callbacks=stores.callbacks,
            accounts=self.accounts,
            billers=PlainBillers(),
            claims=stores.claims,
            clock=clock,
        )
        unmatched = UnmatchedMoney(
            payments=stores.payments,
            books=stores.books,
            book=self.notice_book,
            derivation=self.derivation,
            clock=clock,
            sleep=self._nap,
        )
        self.biller_notices = BillerNotices(
            accounts=self.accounts,
            billers=PlainBillers(),
            claims=stores.claims,
            book=self.notice_book,
            unmatched=unmatched,
        )
        self.bill_desk = BillDesk(
            payables=self.payables,
            payments=stores.payments,
            services=self.services,
            agencies=FakeAgencyNames(),
            operators=FakeOperatorRepository(OPERATOR),
            balances=stores.balances,
            misses=stores.misses,
            fees=self._fee_rule,
            clock=clock,
        )

    def _wire_suspense(self) -> None:
        """Transfers, and what finance makes of money that fits nothing."""
        stores, clock = self.stores, self.kernel
        reversals = CreditReversals(
            invoices=stores.invoices,
            payments=stores.payments,
            cases=stores.cases,
            books=stores.books,
            clock=clock,
            sleep=self._nap,
        )
        self.credit_desk = CreditDesk(
            invoices=stores.invoices,
            baskets=stores.baskets,
            payments=stores.payments,
            books=stores.books,
            notices=self.notice_book,
            reversals=reversals,
            references=stores.references,
            remitters=stores.remitters,
            derivation=self.derivation,
            clock=clock,
            sleep=self._nap,
        )
        self.suspense = SuspenseDecisions(
            invoices=stores.invoices,
            payments=stores.payments,
            refunds=stores.refunds,
            cases=stores.cases,
            accounts=self.accounts,
            books=stores.books,
            notices=self.notice_book,
            requests=self.requests,
            clock=clock,
            sleep=self._nap,
        )

    def _fee_rule(self, _service: str, _method: PaymentMethod) -> FeeRule:
        return self.fees

    # -- what the functions' handlers do ------------------------------------------------------------------------------

    def sweep(self) -> Any:
        """functions/sweep_payments; refunds that are due go to the refund worker."""
        return sweep_payments(
            payments=self.stores.payments,
            callbacks=self.stores.callbacks,
            marks=self.stores.marks,
            queue_of=lambda prefix: self._senders["refund" if prefix == "RFD#" else "settle"],
            clock=self.kernel,
        )

    def _settle(self, key: CallbackKey, message: Message) -> bool:
        """functions/settle_payment."""
        try:
            self.processor.process(key)
        except GatewayError:
            if key.sk.startswith(ATTEMPT_PREFIX):
                return True  # its next inquiry is scheduled: the sweep brings it again
            raise
        return True

    def _work_refund(self, key: CallbackKey, message: Message) -> bool:
        """functions/work_refund."""
        try:
            self.refund_worker.work(key.sk.removeprefix(REFUND_PREFIX))
        except GatewayError:
            return True  # the same
        return True

    def _publish(self, key: CallbackKey, message: Message) -> bool:
        """functions/publish_events."""
        self.publisher.publish(key)
        return True

    def _deliver(self, key: CallbackKey, message: Message) -> bool:
        """functions/deliver_webhook."""
        report = self.deliverer.deliver(key)
        wait = report.retry_at - self.kernel.now() if report.retry_at else timedelta()
        if report.is_unfinished and wait <= SOON:
            seconds = max(0, -(-wait // timedelta(seconds=1)))
            self._senders["webhook"].send([key], delay_seconds=seconds)
        return True

    def sweep_events(self) -> Any:
        """functions/sweep_events."""
        return self.event_sweep.run()

    def follow_returns(self) -> int:
        """functions/… on a schedule: cases whose money is on its way back follow their refunds."""
        return follow_returns(cases=self.stores.cases, decisions=self.suspense)

    def all_cases(self) -> list[SuspenseCase]:
        """As stored, with no network in between."""
        keys = [key for key in self.table.all_keys() if key[1].startswith("SUS#")]
        items = [item for key in keys if (item := self.table.get(key)) is not None]
        return [case_of(unpack(item), self.truth.invoices._personal) for item in items]

    def _take_credit(self, account: MerchantAccount, credit: IncomingCredit) -> CreditOutcome:
        return self.credit_desk.take(account, credit)

    # -- the stream ---------------------------------------------------------------------------------------------------

    def _stream_routes(self) -> tuple[Route, ...]:
        """`bootstrap.stream_routes`."""
        to = {name: lambda name=name: self._senders[name] for name in self.queues}
        routes = (Route("CB#", to["settle"]), Route("INV#", to["refund"], ("RFD#",)))
        objects = Route("INV#", to["event"], ("HEAD", "PAY#", "RFD#", "DSP#"))
        return (*routes, objects) if self.is_told else routes

    def _is_routed(self, change: Change) -> bool:
        """The event source's filters in the template."""
        is_wanted = change.event_name == "INSERT" or (change.event_name == "MODIFY" and change.key[0][:4] == "INV#")
        return is_wanted and any(route.takes(CallbackKey(*change.key)) for route in self._routes)

    def _nap(self, seconds: float) -> None:
        """A pause between two tries; how long it would be is chance, and here the seed's."""
        self.kernel.sleep(20_000)

    # -- the way in and out -------------------------------------------------------------------------------------------

    def _notify(self, name: str, page: Page, told: Callable[[bool], None]) -> None:
        """The gateway's server posts to our callback address, and waits for the acknowledgement."""
        self.post(name, page.track.encode(), lambda end: told(end.is_done and self._is_heard(name)), token=page.token)

    def post(
        self,
        name: str,
        body: bytes,
        then: Callable[[Outcome], None],
        *,
        channel: str = "notification",
        token: str = TOKEN,
    ) -> None:
        account = self.accounts.by_token(token)

        def work() -> Any:
            return self.receive(
                gateway=account.gateway if account else NAME,
                account_token=token,
                channel=channel,
                body=body,
                content_type="application/x-www-form-urlencoded",
                correlation_id="corr-2",
            )

        self.kernel.spawn(name, work, then=then)

    def _deliver_notice(
        self,
        name: str,
        account: MerchantAccount,
        operation: BillerOperation,
        body: bytes,
        told: Callable[[WireAnswer | None], None],
    ) -> None:
        """A bank or a kiosk posts a notice, and waits for its answer."""

        def work() -> TakenNotice:
            return self.notice_desk.take(
                account.gateway,
                account.token,
                operation,
                body=body,
                headers={},
                content_type="text/plain",
                correlation_id="corr-9",
            )

        def then(end: Outcome) -> None:
            told(end.value.answer if end.is_done and self._is_heard(name) else None)

        self.kernel.spawn(name, work, then=then)

    def skip_quiet_minutes(self) -> None:
        """What the sweeps of minutes in which nothing came would do: move the mark past them."""
        seen = self.truth.marks.read(MARK)
        end = (self.kernel.now() - timedelta(minutes=2)).replace(second=0, microsecond=0)
        if seen is None or seen >= end:
            return
        kept = [minute for key in self.table.all_keys() if key[0].startswith("CB#") for minute in [key[0][3:15]]]
        first = min((minute for minute in kept if minute >= f"{seen:%Y%m%d%H%M}"), default="")
        if first:
            end = min(end, datetime.strptime(first, "%Y%m%d%H%M").replace(tzinfo=UTC))
        if seen < end:
            self.truth.marks.advance(MARK, seen, end)

    def due_keys(self) -> list[tuple[str, str]]:
        """(instant, key) of everything that the platform has to see to by itself, soonest first."""
        index = self.table.index("gsi2")
        return sorted((place, key[1]) for rows in index.partitions.values() for place, key in rows)

    def next_due(self) -> int | None:
        """When the next of it is due, in microseconds; None where there is nothing."""
        due = [micros_of(datetime.fromisoformat(place.partition("#")[0])) for place, _ in self.due_keys()[:1]]
        if self.is_told and self.events_seen_until() < self.stream.last_change_at:
            due.append(self.events_seen_until() + EVENT_SWEEP_AFTER)
        return min(due, default=None)

    def events_seen_until(self) -> int:
        """Up to when the sweep of events has looked through everything."""
        marks = [self.truth.marks.read(f"events#{name}") for name in ("posted#00", f"created#{AGENCY}")]
        return min(micros_of(mark) for mark in marks if mark is not None)

    def _is_heard(self, name: str) -> bool:
        kernel, moment = self.kernel, f"{name} answer"
        if kernel.is_calm:
            return True
        fault = kernel.fate.fault(moment, kernel.fate.dice(moment), ("lost_answer",))
        if fault:
            kernel.seen["fault lost_answer"] += 1
        return not fault

    def _lag(self) -> int:
        kernel = self.kernel
        if kernel.is_calm or kernel.is_idle:
            return 0
        task = kernel.current
        moment = f"{task.name}@{task.calls} lag"
        dice = kernel.fate.dice(moment)
        if not kernel.fate.fault(moment, dice, ("stale",)):
            return 0
        kernel.seen["fault stale"] += 1
        return 1 + dice.below(12)


def digest_of_holder(identifier: str) -> str:
    """What the keyed hash of a personal identifier is elsewhere."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:32]


def fee_rule_of(dice: Dice) -> FeeRule:
    """Most stories cost nothing to pay; in the others somebody bears a fee."""
    bearer = dice.weighted({None: 70, FeeBearer.PAYER: 12, FeeBearer.AGENCY: 10, FeeBearer.TREASURY: 8})
    return FeeRule(bearer, flat=30, basis_points=75) if bearer else NO_FEE


def _is_found_by_a_sweep(change: Change) -> bool:
    """Whether this record may be lost for good: a delivery, a new invoice, or what stands in the journal too."""
    if change.key[0].startswith("CB#") or (change.key[1] == "HEAD" and change.before is None):
        return True
    history = (change.after or {}).get("history", {}).get("L", [])
    return bool(history) and history[-1]["L"][0]["S"] in IN_THE_JOURNAL


IN_THE_JOURNAL = frozenset({"capture", "reverse", "pay", "pay_part", "reverse_part", "lose_dispute", "credit"})


def micros_of(instant: datetime) -> int:
    return round((instant - START).total_seconds() * 1_000_000)
