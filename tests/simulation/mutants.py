"""Faults planted into production code, each under a name: the simulation has to find every one of them.

A mutant replaces attributes of modules and classes while a story is told. It is a mistake that somebody could make, not
a crash: what finds it is an invariant.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mizan.adapters.aws.queues import SqsWorkQueue
from mizan.adapters.dynamodb import balances, books, changes, invoices, payment_records, payments
from mizan.adapters.dynamodb.books import DynamoBooks
from mizan.adapters.dynamodb.callbacks import DynamoCallbackLog
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.items import pack
from mizan.application import (
    conclude_refund,
    decide_dispute,
    decide_suspense,
    request_refund,
    resolve_payment,
    start_payment,
    surcharges,
    sweep_payments,
    take_notice,
    work_refund,
)
from mizan.application.book_biller_notice import BillerNotices
from mizan.application.book_notice import NoticeBook
from mizan.application.giving_back import Reopened
from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.application.ports_billers import NoticeVerdict
from mizan.application.ports_books import CommitOutcome
from mizan.application.ports_webhooks import SendResult
from mizan.application.posting import book_capture
from mizan.application.publish_events import EventPublisher
from mizan.application.refund_rails import RefundRails
from mizan.application.resolve_payment import PaymentResolver
from mizan.application.reverse_credit import CreditReversals
from mizan.application.work_refund import RefundWorker
from mizan.domain.errors import GatewayError, GatewayUnavailableError
from mizan.domain.ledger import Posting, agency_payable
from mizan.domain.payments import Capture, Decline, Payment, PaymentEvent, PaymentState
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import track_id
from mizan.domain.vouchers import Holding, Voucher

Patch = tuple[object, str, Any]
Mutant = Callable[[], Sequence[Patch]]

ALWAYS = "attribute_exists(pk) OR attribute_not_exists(pk)"
NO = Decline("gone", "no", "لا")


def an_invoice_is_overwritten_by_its_replay() -> Sequence[Patch]:
    """Creation without its condition: the second request of the same key puts the invoice back to unpaid."""
    return [(invoices, "creation", _unconditional)]


def a_key_is_bound_in_a_read_and_a_write() -> Sequence[Patch]:
    """Who holds an Idempotency-Key is looked up first and written after: two bodies get in under one key."""

    def reserve_key(self: DynamoInvoiceRepository, agency: str, key: str, fingerprint: str, now: Any) -> str:
        place = pack({"pk": f"IDM#{agency}#{key}", "sk": "HEAD"})
        answer = self._client.get_item(TableName=self._table, Key=place, ConsistentRead=True)
        if "Item" in answer:
            return str(answer["Item"]["fingerprint"]["S"])
        self._client.put_item(TableName=self._table, Item=place | pack({"fingerprint": fingerprint}))
        return fingerprint

    return [(DynamoInvoiceRepository, "reserve_key", reserve_key)]


def an_attempt_is_overwritten_by_its_replay() -> Sequence[Patch]:
    """The same for an attempt: the gateway is asked for a second page under the same track id."""
    return [(payments, "creation", _unconditional)]


def _unconditional(record: Any, personal: Any) -> dict[str, Any]:
    return changes.creation(record, personal) | {"ConditionExpression": ALWAYS}


def an_invoice_changes_without_its_state_condition() -> Sequence[Patch]:
    """Read, then written whatever stands there by now: a cancellation runs over a payment."""
    return [(changes, "IS_AS_SEEN", f"attribute_exists(pk) OR ({changes.IS_AS_SEEN})")]


def a_refund_reads_and_then_writes() -> Sequence[Patch]:
    """An attempt's headroom is written without the sequence that it was read under: two refunds share one headroom."""
    return [(changes, "IS_ASKED_AS_SEEN", f"attribute_exists(pk) OR ({changes.IS_ASKED_AS_SEEN})")]


def the_journal_is_a_write_of_its_own() -> Sequence[Patch]:
    """The things first, their journal entry after: a crash in between leaves money outside the books."""
    whole = DynamoBooks.commit

    def commit(self: DynamoBooks, moves: Any, *, transaction: Any = None, claims: Any = None) -> CommitOutcome:
        done = whole(self, moves, claims=claims)
        if done is CommitOutcome.COMMITTED and transaction is not None:
            whole(self, [], transaction=transaction)
        return done

    return [(DynamoBooks, "commit", commit)]


def a_callback_settles_alone() -> Sequence[Patch]:
    """Whoever posts a track id is believed: no inquiry."""

    def inquire(self: PaymentResolver, account: Any, payment: Payment) -> InquiryResult:
        track = track_id(payment.payment_id)
        capture = Capture(payment.amount, payment.currency, f"gt-{track}", "gp", "rrn", "auth", self._clock.now())
        return InquiryResult(InquiryOutcome.CAPTURED, track, capture=capture)

    return [(PaymentResolver, "_inquire", inquire)]


def effects_are_deduplicated_without_the_status() -> Sequence[Patch]:
    """A transaction that was seen is done with: that it was voided since is taken for a repetition."""
    asks = PaymentResolver._is_worth_asking

    def is_worth_asking(self: PaymentResolver, payment: Payment) -> bool:
        return payment.state is not PaymentState.SUCCEEDED and asks(self, payment)

    return [(PaymentResolver, "_is_worth_asking", is_worth_asking)]


def a_capture_is_final_at_once() -> Sequence[Patch]:
    """The confirming inquiry comes with the booking, before a gateway voids what was not acknowledged."""
    return [(PaymentResolver, "_is_confirmable", lambda self, payment: True)]


def no_answer_is_a_decline() -> Sequence[Patch]:
    """An inquiry that times out fails the attempt, and its late money."""
    ask = PaymentResolver._inquire

    def inquire(self: PaymentResolver, account: Any, payment: Payment) -> InquiryResult:
        try:
            return ask(self, account, payment)
        except GatewayError:
            return InquiryResult(InquiryOutcome.DECLINED, track_id(payment.payment_id), decline=NO)

    return [(PaymentResolver, "_inquire", inquire)]


def a_timeout_is_sent_another_way() -> Sequence[Patch]:
    """No answer from the preferred account: the attempt goes to the reserve, though its first gateway may have it."""
    initiate = start_payment._initiate

    def impatient(payment: Payment, account: Any, *rest: Any) -> Any:
        result = initiate(payment, account, *rest)
        is_lost = result is PaymentEvent.LOSE and account.rank == 0
        return start_payment.UNAVAILABLE if is_lost else result

    return [(start_payment, "_initiate", impatient)]


def late_money_is_ignored() -> Sequence[Patch]:
    """What is captured after the attempt had failed is posted nowhere."""
    apply = PaymentResolver._apply

    def ignoring(self: PaymentResolver, payment: Payment, account: Any, result: InquiryResult) -> Payment:
        has_failed = payment.state in (PaymentState.DECLINED, PaymentState.CANCELLED, PaymentState.EXPIRED)
        if has_failed and result.outcome is InquiryOutcome.CAPTURED:
            return self._answered(payment)
        return apply(self, payment, account, result)

    return [(PaymentResolver, "_apply", ignoring)]


def pending_is_taken_for_gone() -> Sequence[Patch]:
    """An attempt expires although the gateway says that the payer is still at it."""
    ask = PaymentResolver._inquire

    def inquire(self: PaymentResolver, account: Any, payment: Payment) -> InquiryResult:
        result = ask(self, account, payment)
        is_pending = result.outcome is InquiryOutcome.PENDING
        return replace(result, outcome=InquiryOutcome.CANCELLED) if is_pending else result

    return [(PaymentResolver, "_inquire", inquire)]


def another_amount_is_taken_for_ours() -> Sequence[Patch]:
    """What the gateway took is not compared with what was asked for."""

    def unchecked(payment: Payment, account: Any, capture: Capture, invoices: Any, **rest: Any) -> Any:
        taken = replace(capture, amount=payment.amount, currency=payment.currency)
        return book_capture(payment, account, taken, invoices, **rest)

    return [(resolve_payment, "book_capture", unchecked)]


def another_attempts_answer_is_believed() -> Sequence[Patch]:
    """The track id in the gateway's answer is not compared with the one that was asked about."""
    ask = PaymentResolver._inquire

    def inquire(self: PaymentResolver, account: Any, payment: Payment) -> InquiryResult:
        return replace(ask(self, account, payment), track_id=track_id(payment.payment_id))

    return [(PaymentResolver, "_inquire", inquire)]


def a_conflict_is_taken_for_success() -> Sequence[Patch]:
    """The transaction met another one and was cancelled; its caller goes on as if it were written."""
    read = books._outcome

    def outcome(error: Any, claimed_from: int) -> CommitOutcome:
        found = read(error, claimed_from)
        return CommitOutcome.COMMITTED if found is CommitOutcome.CONFLICT else found

    return [(books, "_outcome", outcome)]


def the_sweep_hands_no_delivery_on() -> Sequence[Patch]:
    """What the stream lost stays lost."""
    return [(sweep_payments, "_requeue", lambda *arguments: 0)]


def an_unknown_attempt_leaves_the_index() -> Sequence[Patch]:
    """An attempt whose page was never answered for is nobody's business any more."""
    place = payment_records.due_index

    def due_index(own_id: str, due_at: Any) -> Mapping[str, str | None]:
        return place(own_id, None if own_id.startswith("pay_") and int(own_id[-1]) < 5 else due_at)

    return [(payment_records, "due_index", due_index)]


def an_acknowledgement_precedes_the_write() -> Sequence[Patch]:
    """A delivery is acknowledged although it was not kept."""
    keep = DynamoCallbackLog.record

    def record(self: DynamoCallbackLog, callback: Any) -> Any:
        try:
            return keep(self, callback)
        except Exception:
            return None

    return [(DynamoCallbackLog, "record", record)]


def the_queues_refusals_are_ignored() -> Sequence[Patch]:
    """SendMessageBatch answers 200 with `Failed`; nobody looks."""
    send = SqsWorkQueue.send

    def careless(self: SqsWorkQueue, keys: Any, **delay: int) -> None:
        try:
            send(self, keys, **delay)
        except RuntimeError:
            return

    return [(SqsWorkQueue, "send", careless)]


def a_refund_is_sent_again_when_unknown() -> Sequence[Patch]:
    """Instead of asking what became of it."""

    def inquire(self: RefundWorker, work: Any) -> Any:
        return self._send(work, self._rails.of(work.refund, work.payment))

    return [(RefundWorker, "_inquire", inquire)]


def a_refund_without_an_answer_has_failed() -> Sequence[Patch]:
    """Its headroom is free again while the money is on its way."""
    rail_of = RefundRails.of

    def of(self: RefundRails, refund: Any, payment: Any) -> Any:
        rail = rail_of(self, refund, payment)

        def send() -> Any:
            try:
                return rail.send()
            except GatewayError as error:
                raise GatewayUnavailableError("no answer") from error

        return replace(rail, send=send)

    return [(RefundRails, "of", of)]


def a_refund_not_found_has_failed_at_once() -> Sequence[Patch]:
    """The rail knows of it a moment later."""
    return [(work_refund, "NOT_FOUND_GRACE", timedelta(0))]


def a_refund_reserves_nothing() -> Sequence[Patch]:
    """What is free is read when a refund is asked for, and nobody takes it."""

    def untouched(payment: Payment, portions: Any) -> Any:
        return payment.lines

    return [
        (request_refund, "reserve", untouched),
        (conclude_refund, "consume", untouched),
        (conclude_refund, "pay_out", untouched),
        (conclude_refund, "release", untouched),
    ]


def a_code_is_looked_at_and_then_paid() -> Sequence[Patch]:
    """A code that was used is noticed only where it was used before this call: two operators pay."""

    def commit(self: DynamoBooks, moves: Any, *, transaction: Any = None, claims: Any = None) -> CommitOutcome:
        done = whole(self, moves, transaction=transaction, claims=claims)
        is_redeeming = transaction is not None and any(
            one.credit.startswith("operator_payable") for one in transaction.postings
        )
        return CommitOutcome.COMMITTED if is_redeeming else done

    whole = DynamoBooks.commit
    return [(DynamoBooks, "commit", commit)]


def a_chargeback_leaves_its_invoice_paid() -> Sequence[Patch]:
    """The bank took the money, and nobody owes it again."""

    def reopen(payment: Any, lines: Any, portions: Any, invoices: Any, now: Any) -> Reopened:
        return Reopened(lines, ())

    return [(decide_dispute, "reopen", reopen)]


def a_webhook_is_done_when_it_is_sent() -> Sequence[Patch]:
    """Whatever the receiver answered."""
    return [(SendResult, "is_accepted", property(lambda self: True))]


def an_event_is_lost_with_its_message() -> Sequence[Patch]:
    """Only what is newest is published: what a lost message was about is never told."""
    missing = EventPublisher._publish_missing

    def newest(self: EventPublisher, source: Any, agency: Any, public: Any, related: Any) -> Any:
        return missing(self, source, agency, public[-1:], related)

    return [(EventPublisher, "_publish_missing", newest)]


def a_voucher_is_looked_at_and_then_spent() -> Sequence[Patch]:
    """Written whatever it is by now, and what its holder has is added to, which guards nothing: a code pays two bills,
    or the cash goes back as well.
    """

    def change(before: Any, after: Any, personal: Any) -> dict[str, Any]:
        request = _unconditional_change_of(Voucher)(before, after, personal)
        if not isinstance(before, Holding):
            return dict(request)
        return {
            "Key": request["Key"],
            "UpdateExpression": "SET #amount = #amount + :movement, #sequence = #sequence + :one",
            "ConditionExpression": ALWAYS,
            "ExpressionAttributeNames": {"#amount": "amount", "#sequence": "sequence"},
            "ExpressionAttributeValues": pack({":movement": after.amount - before.amount, ":one": 1}),
        }

    return [(books, "change", change)]


def a_holding_is_read_and_then_written() -> Sequence[Patch]:
    """What a holder has is written without the sequence that it was read under: one of two movements is lost."""
    return [(books, "change", _unconditional_change_of(Holding))]


def a_vouchers_change_is_kept() -> Sequence[Patch]:
    """What a code leaves goes to nobody: the voucher is spent whole."""
    spend = NoticeBook.book

    def book(self: NoticeBook, notice: Any, *, moves: Any = None, **rest: Any) -> Any:
        def without_change(payment_id: str) -> Any:
            return [move for move in moves(payment_id) if move.before is not None]

        return spend(self, notice, moves=without_change if moves else None, **rest)

    return [(NoticeBook, "book", book)]


def a_notice_is_known_by_its_transaction_alone() -> Sequence[Patch]:
    """A transaction that is booked is done with: that it was settled or taken back since is taken for a repetition."""
    booked = BillerNotices._booked

    def once(self: BillerNotices, account: Any, told: Any, correlation_id: str) -> Any:
        holder = self._book._books.holder(f"GWT#{account.gateway}#{account.account_id}#{told.transaction}")
        return None if holder is not None else booked(self, account, told, correlation_id)

    return [(BillerNotices, "_booked", once)]


def the_claim_on_a_transaction_is_missing() -> Sequence[Patch]:
    """A payment is found by its reference alone: what is told of the transaction later finds nothing."""
    whole = DynamoBooks.commit

    def commit(self: DynamoBooks, moves: Any, *, transaction: Any = None, claims: Any = None) -> CommitOutcome:
        others = {name: holder for name, holder in (claims or {}).items() if not name.startswith("GWT#")}
        return whole(self, moves, transaction=transaction, claims=others)

    return [(DynamoBooks, "commit", commit)]


def a_transaction_is_taken_under_any_reference() -> Sequence[Patch]:
    """A notice whose transaction came before with another reference is answered as if it were kept."""
    return [(take_notice, "_verdict", lambda account, notice, claims: NoticeVerdict.KEPT)]


def a_reversal_that_came_first_is_forgotten() -> Sequence[Patch]:
    """A reversal finds no payment, and is done with: the payment that comes after it stays."""

    def reverse(self: NoticeBook, notice: Any) -> Any:
        holder = self._books.holder(notice.claim)
        payment = self._payments.get(holder) if holder else None
        return self._reversals.reverse(notice.account, payment.payment_id) if payment else None

    return [(NoticeBook, "reverse", reverse)]


def a_rounding_is_the_agencys() -> Sequence[Patch]:
    """What coins rounded up is paid to the agency, and what they rounded down is its loss."""

    def rounding(payment: Payment, clearing: str) -> list[Posting]:
        amount = payment.rounding if payment.is_surcharged else 0
        account = agency_payable(payment.agency)
        if amount > 0:
            return [Posting(clearing, account, amount)]
        return [Posting(account, clearing, -amount)] if amount else []

    return [(surcharges, "_rounding", rounding)]


def an_exposure_is_counted_afterwards() -> Sequence[Patch]:
    """What an operator took is counted in a write of its own: a crash in between leaves it out."""
    whole = DynamoBooks.commit

    def commit(self: DynamoBooks, moves: Any, *, transaction: Any = None, claims: Any = None) -> CommitOutcome:
        done = whole(self, moves, transaction=transaction, claims=claims)
        if done is CommitOutcome.COMMITTED and transaction is not None:
            for update in balances.balance_updates(transaction):
                self._client.update_item(TableName=self._table, **update)
        return done

    return [(DynamoBooks, "commit", commit), (books, "balance_updates", lambda transaction: [])]


def a_reversed_credit_is_looked_for_where_it_came() -> Sequence[Patch]:
    """What was allocated out of suspense meanwhile stays on its invoice when the bank takes it back."""

    def where_it_lies(self: CreditReversals, payment_id: str) -> Any:
        return self._payments.get(payment_id), None

    return [(CreditReversals, "_where_it_lies", where_it_lies)]


def a_reversal_of_an_unknown_credit_is_ignored() -> Sequence[Patch]:
    """The bank tells of it before the credit: nothing is noted, and the credit stays."""
    return [(CreditReversals, "keep", lambda self, account, reversal: None)]


def an_allocation_leaves_the_money_in_suspense() -> Sequence[Patch]:
    """The invoice is paid, and the attempt that held the money still has it to give."""

    def unspent(payment: Payment, case: Any, actor: str, now: Any) -> Payment:
        return changed_payment(payment, PaymentEvent.CREDIT, now, amount=case.amount, actor=actor)

    return [(decide_suspense, "spent", unspent)]


def _unconditional_change_of(kind: type) -> Any:
    def change(before: Any, after: Any, personal: Any) -> dict[str, Any]:
        request = changes.change(before, after, personal)
        if not isinstance(before, kind):
            return request
        return request | {"ConditionExpression": f"attribute_exists(pk) OR ({request['ConditionExpression']})"}

    return change


MUTANTS: tuple[Mutant, ...] = (
    an_invoice_is_overwritten_by_its_replay,
    a_key_is_bound_in_a_read_and_a_write,
    an_attempt_is_overwritten_by_its_replay,
    an_invoice_changes_without_its_state_condition,
    a_refund_reads_and_then_writes,
    the_journal_is_a_write_of_its_own,
    a_callback_settles_alone,
    effects_are_deduplicated_without_the_status,
    a_capture_is_final_at_once,
    no_answer_is_a_decline,
    a_timeout_is_sent_another_way,
    late_money_is_ignored,
    pending_is_taken_for_gone,
    another_amount_is_taken_for_ours,
    another_attempts_answer_is_believed,
    a_conflict_is_taken_for_success,
    the_sweep_hands_no_delivery_on,
    an_unknown_attempt_leaves_the_index,
    an_acknowledgement_precedes_the_write,
    the_queues_refusals_are_ignored,
    a_refund_is_sent_again_when_unknown,
    a_refund_without_an_answer_has_failed,
    a_refund_not_found_has_failed_at_once,
    a_refund_reserves_nothing,
    a_code_is_looked_at_and_then_paid,
    a_chargeback_leaves_its_invoice_paid,
    a_webhook_is_done_when_it_is_sent,
    an_event_is_lost_with_its_message,
    a_voucher_is_looked_at_and_then_spent,
    a_holding_is_read_and_then_written,
    a_vouchers_change_is_kept,
    a_notice_is_known_by_its_transaction_alone,
    the_claim_on_a_transaction_is_missing,
    a_transaction_is_taken_under_any_reference,
    a_reversal_that_came_first_is_forgotten,
    a_rounding_is_the_agencys,
    an_exposure_is_counted_afterwards,
    a_reversed_credit_is_looked_for_where_it_came,
    a_reversal_of_an_unknown_credit_is_ignored,
    an_allocation_leaves_the_money_in_suspense,
)


def name_of(mutant: Mutant) -> str:
    return mutant.__name__.replace("_", " ")


@contextmanager
def planted(mutant: Mutant | None) -> Iterator[None]:
    """Production code with the fault in it; None: as it is."""
    patches = [(place, name, place.__dict__[name], value) for place, name, value in (mutant() if mutant else ())]
    for place, name, _, value in patches:
        setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, before, _ in patches:
            setattr(place, name, before)
