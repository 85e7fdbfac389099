"""Who does what in a story: agencies, payers, people with rights, banks and forgers. Each action is a method.

Callers of our API do what good clients do: an answer that does not come is asked for again under the same key, a busy
platform later; what is refused is refused.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from mizan.application.change_invoice import Amendment
from mizan.application.create_invoice import CreateInvoice, identity_of
from mizan.application.open_dispute import OpenDispute
from mizan.application.redeem_code import RedeemCode
from mizan.application.refund_rules import RequestRefund
from mizan.application.start_payment import StartPayment
from mizan.application.use_overpayment import CreditOverpayment
from mizan.domain.accounts import Caller
from mizan.domain.calendar import business_date
from mizan.domain.disputes import DisputeEvent
from mizan.domain.errors import BusyError, GatewayError, MizanError
from mizan.domain.invoices import InvoiceEvent, InvoiceLine
from mizan.domain.payments import Disposition, Payment, PaymentMethod
from mizan.domain.references import track_id
from mizan.domain.refunds import Beneficiary, RefundDestination, RefundEvent, RefundState
from mizan.domain.terms import EarlyDiscount, LateCharge, Leg, PartialRule, Plan, Terms
from tests.fakes.platform import a_creation
from tests.fakes.samples import AGENCY, CALLER
from tests.simulation.kernel import MINUTE, SECOND, START, Kernel, Outcome
from tests.simulation.wiring import SimulatedPlatform

AMOUNTS = (12_500, 5, 250_000)
TRY_COUNT_MAX = 5
WAIT_COUNT_MAX, POLL_COUNT_MAX = 4, 60
APPROVER = Caller(AGENCY, "finance", "sub:zainab", frozenset({"refunds:approve"}), "zainab", approval_limit=100_000)
FINANCE = replace(CALLER, agency="*", key_id="key-9")
TREASURY = replace(FINANCE, key_id="sub:omar", person="omar")
IDENTIFIER = "cpr:900101123"
IBAN = "BH67BMAG00001299123456"
PASSING = (BusyError, GatewayError)
"""Errors that say "again, later"."""


class Actors:
    """`answers`: what each request was answered with, by its key: the same key must always have the same answer."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.platform = platform
        self.kernel: Kernel = platform.kernel
        self.answers: defaultdict[str, set[str]] = defaultdict(set)
        self.handed_out: defaultdict[str, set[str]] = defaultdict(set)
        """Which operators were told to pay out a refund, by its id."""

    # -- agencies -----------------------------------------------------------------------------------------------------

    def create(self, number: int, variant: int, repeat_count: int) -> None:
        """Raise invoice `number`; `repeat_count` more times the very same, at the same time."""
        command = self._creation(number, variant)
        for _ in range(repeat_count):
            self._beside(lambda: self._create(number, command))
        self._create(number, command)

    def create_otherwise(self, number: int, variant: int) -> None:
        """The same number with another body: it is the first or it is refused."""
        command = replace(self._creation(number, variant), fingerprint=f"other-{number}", idempotency_key=f"o-{number}")
        self._create(number, command)

    def create_under_one_key(self, number: int, variant: int) -> None:
        """Two numbers with two bodies under one key, at the same time: one of them is refused."""
        first = replace(self._creation(number, 0), invoice_number=f"K-{number}", idempotency_key=f"k-{number}")
        second = replace(first, invoice_number=f"L-{number}", fingerprint=f"other-{number}")
        self._beside(lambda: self._create(number, second))
        self._create(number, first)

    def change(self, number: int, event: str) -> None:
        """cancel, contest, hold, release or write_off."""
        reference = self.reference(number)
        self._insist(f"{event} {number}", lambda: self.platform.change(reference, InvoiceEvent(event), caller=CALLER))

    def interfere(self, number: int, event: str, wait_seconds: int) -> None:
        """The same, just when the gateway has taken the money and we are about to hear of it."""
        pages = self.platform.gateway.pages
        reference = self.reference(number)
        for _ in range(POLL_COUNT_MAX):
            if any(page.is_captured for track, page in pages.items() if track.startswith(reference)):
                self.kernel.sleep(wait_seconds * SECOND)
                self.change(number, event)
                return
            self.kernel.sleep(SECOND)

    def amend(self, number: int) -> None:
        """Another due date; the lines stay as they are."""
        amendment = Amendment(due_date=business_date(START) + timedelta(days=2))
        reference = self.reference(number)
        self._insist(f"amend {number}", lambda: self.platform.amend(reference, amendment, caller=CALLER))

    def _create(self, number: int, command: CreateInvoice) -> None:
        end = self._insist(f"create {number}", lambda: self.platform.create(command))
        if end is not None and end.is_done:
            invoice = end.value[0]
            for key in (f"number {command.invoice_number}", f"key {command.idempotency_key}"):
                self.answers[key].add(f"{invoice.reference} {invoice.fingerprint}")

    def _creation(self, number: int, variant: int) -> CreateInvoice:
        amount, today = AMOUNTS[number % len(AMOUNTS)], business_date(START)
        return a_creation(
            lines=(InvoiceLine("Fee", amount),),
            due_date=today + timedelta(days=1),
            terms=_terms(variant, amount),
            fingerprint=f"body-{number}",
            invoice_number=f"N-{number}",
            idempotency_key=f"key-{number}",
        )

    # -- payers -------------------------------------------------------------------------------------------------------

    def pay(self, number: int, attempt: int, how: str, repeat_count: int, method: str = "debit_card") -> None:
        """Start attempt `attempt` on invoice `number`: whole, part or plan. What the payer does then is the page's."""
        invoice = self.platform.truth.invoices.get(self.reference(number))
        terms = invoice.terms if invoice else Terms()
        command = StartPayment(
            self.reference(number),
            PaymentMethod(method),
            f"try-{attempt}",
            plan="two" if how == "plan" and terms.plans else None,
            amount=max(invoice.outstanding // 3, 1) if how == "part" and invoice and terms.partial else None,
        )
        for _ in range(repeat_count):
            self._beside(lambda: self._pay(number, attempt, command))
        self._pay(number, attempt, command)

    def _pay(self, number: int, attempt: int, command: StartPayment) -> None:
        end = self._insist(f"pay {number}.{attempt}", lambda: self.platform.start(command, caller=CALLER))
        if end is not None and end.is_done:
            self.answers[f"payment {number}.{attempt}"].add(end.value[0].payment_id)

    # -- money that goes back -----------------------------------------------------------------------------------------

    def refund(self, number: int, attempt: int, share: str, percent: int, destination: str) -> None:
        """Give back some of what an attempt on the invoice brought: of `share` where there is any, else of another."""
        payment = self._captured(number, attempt)
        if payment is None:
            return
        choices = [Disposition(share), *Disposition]
        disposition = next((one for one in choices if _left(payment, one)), Disposition(share))
        seen = _left(payment, disposition)
        key = f"refund {payment.payment_id} {share} {percent} {destination}"
        command = RequestRefund(
            payment_id=payment.payment_id,
            seen_refundable=seen,
            reason="asked for",
            fingerprint=key,
            idempotency_key=key,
            correlation_id="corr-5",
            amount=max(seen * percent // 100, 1),
            disposition=disposition,
            destination=RefundDestination(destination),
            beneficiary=_beneficiary(destination),
        )
        caller = FINANCE if disposition is Disposition.SUSPENDED else CALLER
        end = self._insist(key, lambda: self.platform.requests.request(command, caller=caller))
        if end is not None and end.is_done:
            self.answers[key].add(end.value[0].refund_id)

    def cash_out(self, number: int, attempt: int) -> None:
        """A refund in cash: its code is shown to two operators at the same time, and one of them pays."""
        self.refund(number, attempt, "allocated", 34, "cash_code")
        for _ in range(WAIT_COUNT_MAX):
            refunds = self.platform.truth.refunds.list_of_invoice(self.reference(number))
            for refund in refunds:
                if refund.state is RefundState.REDEEMABLE:
                    self._beside(partial(self._redeem, refund.refund_id, "kiosk-1"))
                    self._redeem(refund.refund_id, "kiosk-2")
                    return
            self.kernel.sleep(MINUTE)

    def _redeem(self, refund_id: str, operator: str) -> None:
        command = RedeemCode(self.platform.derivation.cash_code(refund_id), IDENTIFIER, f"redeem {refund_id}")
        caller = Caller("*", "operator", operator, frozenset({"cash-outs:redeem"}))
        end = self._insist("redeem", lambda: self.platform.cash_outs.redeem(command, caller=caller))
        if end is not None and end.is_done:
            self.handed_out[refund_id].add(operator)

    def decide(self, number: int, event: str) -> None:
        """Approve, reject or withdraw every refund of an invoice that waits for a person."""
        caller = CALLER if event == "withdraw" else APPROVER
        for refund in self.platform.truth.refunds.list_of_invoice(self.reference(number)):
            decide = partial(self.platform.decisions.decide, refund.refund_id, RefundEvent(event), caller=caller)
            self._insist(f"{event} {refund.refund_id}", decide)

    def dispute(self, number: int, attempt: int, percent: int, verdict: str) -> None:
        """The payer's bank notifies, and decides two minutes later."""
        payment = self._captured(number, attempt)
        page = self.platform.gateway.pages.get(track_id(payment.payment_id)) if payment else None
        if payment is None or page is None or not page.stands:
            return  # a bank disputes what was charged
        page.is_disputed = True
        case = f"case {payment.payment_id} {percent}"
        command = OpenDispute(
            payment_id=payment.payment_id,
            case_number=case,
            reason="10.4",
            respond_by=START + timedelta(days=10),
            fingerprint=case,
            correlation_id="corr-6",
            amount=max(payment.refundable * percent // 100, 1),
        )
        end = self._insist(case, lambda: self.platform.notices.open(command, caller=FINANCE))
        if end is None or not end.is_done:
            return
        dispute_id = end.value[0].dispute_id
        self.answers[case].add(dispute_id)
        self.kernel.sleep(2 * MINUTE)
        event = DisputeEvent(verdict)
        self._insist(f"{verdict} {case}", lambda: self.platform.verdicts.decide(dispute_id, event, caller=TREASURY))

    def credit(self, number: int, attempt: int, to_number: int) -> None:
        """What was overpaid on one invoice pays for another."""
        payment = self._captured(number, attempt, Disposition.OVERPAID)
        if payment is None:
            return
        left = _left(payment, Disposition.OVERPAID)
        command = CreditOverpayment(
            payment_id=payment.payment_id,
            reference=self.reference(number),
            to_reference=self.reference(to_number),
            amount=max(min(left, AMOUNTS[to_number % len(AMOUNTS)]), 1),
            seen_refundable=left,
            idempotency_key=f"credit {payment.payment_id} {to_number}",
        )
        self._insist("credit", lambda: self.platform.overpayments.credit(command, caller=CALLER))

    def reverse(self, number: int, attempt: int) -> None:
        """The gateway takes a capture back by itself; the next settlement file contradicts us, and we are told."""
        payment = self._captured(number, attempt)
        if payment is not None and self.platform.gateway.reverse(track_id(payment.payment_id)):
            self.kernel.sleep(3 * MINUTE)
            self._recheck(payment.payment_id)

    def contradict(self, number: int, attempt: int) -> None:
        """Reconciliation has the gateway asked once more, for no good reason."""
        self._recheck(self.payment_id(number, attempt))

    def _recheck(self, payment_id: str) -> None:
        def work() -> None:
            payment = self.platform.stores.payments.get(payment_id)
            if payment is not None and not self.platform.recheck(payment) and not payment.is_open:
                raise BusyError("somebody moved it")

        self._insist("recheck", work)

    # -- others -------------------------------------------------------------------------------------------------------

    def forge(self, number: int, attempt: int, kind: str) -> None:
        """Anyone may post to a callback address: a track id that nothing happened to, or nonsense."""
        body = b"\xffnonsense" if kind == "nonsense" else track_id(self.payment_id(number, attempt)).encode()
        channel = "error" if kind == "error" else "notification"
        name = f"{self.kernel.current.name}/forged"
        self.platform.post(name, body, lambda end: None, channel=channel)

    def jump(self, seconds: int) -> None:
        """Time passes with nobody looking: the clock leaps."""
        self.kernel.jump(seconds * SECOND)

    def sweep(self) -> None:
        """The schedule fires twice at once."""
        self._beside(lambda: self.kernel.ask("sweep", self.platform.sweep))
        self.kernel.ask("sweep", self.platform.sweep)

    # -- parts --------------------------------------------------------------------------------------------------------

    def reference(self, number: int) -> str:
        """Derived, so that an actor knows it without having been answered."""
        return self.platform.derivation.reference(_identity(number), 0)

    def payment_id(self, number: int, attempt: int) -> str:
        return self.platform.derivation.payment_id(self.reference(number), f"try-{attempt}", 0)

    def _captured(self, number: int, attempt: int, disposition: Disposition | None = None) -> Payment | None:
        """One of the attempts on an invoice that brought money (that went one way), waited for a few minutes."""
        for _ in range(WAIT_COUNT_MAX):
            payments = self.platform.truth.payments.list_of_invoice(self.reference(number))
            fitting = [one for one in payments if (one.refundable if disposition is None else _left(one, disposition))]
            if fitting:
                return fitting[attempt % len(fitting)]
            self.kernel.sleep(2 * MINUTE)
        return None

    def _beside(self, work: Callable[[], Any]) -> None:
        task = self.kernel.current
        task.children += 1
        self.kernel.spawn(f"{task.name}&{task.children}", work, is_mortal=False)

    def _insist(self, name: str, work: Callable[[], Any]) -> Outcome | None:
        """Ask until there is an answer, with the same key; None where the caller gave up."""
        for wait in range(1, TRY_COUNT_MAX + 1):
            end = self.kernel.ask(name, work)
            is_lost = self.kernel.call(f"answer to {name}", ("lost_answer",)) == "lost_answer"
            if not is_lost and (end.is_done or _is_refusal(end)):
                self._count(name, "answered" if end.is_done else f"refused {type(end.error).__name__}")
                return end
            self.kernel.sleep(wait * 3 * SECOND)
        self._count(name, "given up")
        return None

    def _count(self, name: str, end: str) -> None:
        kind, _, _ = name.partition(" ")
        self.kernel.seen[f"answer {kind} {end}"] += 1


def _left(payment: Payment, disposition: Disposition) -> int:
    shares = [line.share(disposition) for line in payment.lines]
    return sum(share.left for share in shares if share is not None)


def _is_refusal(end: Outcome) -> bool:
    return isinstance(end.error, MizanError) and not isinstance(end.error, PASSING)


def _identity(number: int) -> str:
    return identity_of(AGENCY, f"N-{number}", None)


def _beneficiary(destination: str) -> Beneficiary | None:
    return {
        "instrument": None,
        "iban": Beneficiary("Maryam Ali", iban=IBAN),
        "cash_code": Beneficiary("Maryam Ali", identifier=IDENTIFIER),
    }[destination]


def _terms(variant: int, amount: int) -> Terms:
    today = business_date(START)
    first = max(amount // 2, 1)
    kinds = (
        Terms(),
        Terms(discount=EarlyDiscount(max(amount // 10, 1), today)),
        Terms(partial=PartialRule()),
        Terms(plans=(Plan("two", (Leg(first, today), Leg(amount - first, today + timedelta(days=1)))),)),
        Terms(late=LateCharge(700, today + timedelta(days=2)), expires_on=today + timedelta(days=3)),
        Terms(expires_on=today + timedelta(days=1)),
    )
    return kinds[variant % len(kinds)]
