"""What AWS does and the embedded engine never does by itself: conflicts, busy items and answers that get lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from mizan.application.ports import InquiryOutcome
from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.posting import Booking, book_capture
from mizan.domain.errors import BusyError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState, changed
from mizan.domain.payments import Disposition, Payment, PaymentState
from mizan.domain.references import track_id
from tests.engines import dynamodb_client
from tests.fakes.clock import NOON
from tests.fakes.platform import a_creation
from tests.fakes.samples import ACCOUNT, a_capture, a_payment, an_invoice, by_reference, captured
from tests.integration.racing import Worker, hire

pytestmark = pytest.mark.engine
DAY = date(2026, 3, 1)
Ministack = tuple[Callable[[], Any], str]


@pytest.fixture
def worker(ministack: Ministack) -> Worker:
    return hire(*ministack, count=1)[0]


def with_captured_attempt(worker: Worker) -> tuple[Invoice, Payment]:
    invoice = an_invoice()
    payment = a_payment(invoice)
    worker.invoices.add(invoice)
    worker.payments.add(payment)
    worker.world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    return invoice, payment


def commit(worker: Worker, payment: Payment, booking: Booking, claims: dict[str, str] | None = None) -> CommitOutcome:
    """As the resolver writes it: attempt, then invoices, then the journal entry, then claims."""
    moves = [Move(payment, booking.payment), *(Move(before, after) for before, after in booking.invoices)]
    return worker.books.commit(moves, transaction=booking.transaction, claims=claims)


def fail_calls(
    client: Any, operation: str, code: str, *, times: int, reasons: list[str] | None = None
) -> Iterator[int]:
    """Answer the first `times` calls of an operation with an AWS error; the iterator's next value is the call count."""
    calls = count()

    def answer(**_: Any) -> Any:
        if next(calls) >= times:
            return None
        parsed: dict[str, Any] = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        if reasons is not None:
            parsed["CancellationReasons"] = [{"Code": reason} for reason in reasons]
        return SimpleNamespace(status_code=400), parsed

    client.meta.events.register(f"before-call.dynamodb.{operation}", answer)
    return calls


CONFLICTS = [
    ("TransactionCanceledException", ["TransactionConflict", "None", "None"]),
    ("TransactionCanceledException", ["None", "None", "TransactionConflict"]),
    ("TransactionCanceledException", ["ThrottlingError", "None", "None"]),
    ("TransactionCanceledException", ["None", "ProvisionedThroughputExceeded", "None"]),
    ("TransactionInProgressException", None),
]


@pytest.mark.parametrize(("code", "reasons"), CONFLICTS)
def test_a_conflict_is_retried_until_the_capture_is_booked(
    worker: Worker, code: str, reasons: list[str] | None
) -> None:
    """Nothing was written, so the same write is made again: three conflicts, then BHD 12.500 allocated once."""
    _, payment = with_captured_attempt(worker)
    calls = fail_calls(worker.client, "TransactWriteItems", code, times=3, reasons=reasons)

    after = worker.resolver().resolve(payment)

    assert after.disposition is Disposition.ALLOCATED
    assert next(calls) == 4
    assert [row.amount for row in worker.journal.read_day(DAY)] == [12_500]


def test_conflicts_without_end_are_given_up_after_eight_tries(worker: Worker) -> None:
    """BusyError; the delivery comes back from the queue and the attempt is as it was."""
    _, payment = with_captured_attempt(worker)
    calls = fail_calls(
        worker.client,
        "TransactWriteItems",
        "TransactionCanceledException",
        times=1_000,
        reasons=["TransactionConflict", "None", "None"],
    )

    with pytest.raises(BusyError):
        worker.resolver().resolve(payment)

    assert next(calls) == 8
    assert worker.payments.get(payment.payment_id) == payment
    assert list(worker.journal.read_day(DAY)) == []


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ("TransactionCanceledException", ["ValidationError", "None", "None"]),
        ("ValidationException", None),
        ("AccessDeniedException", None),
    ],
)
def test_an_error_that_a_retry_cannot_cure_is_not_taken_for_a_conflict(
    worker: Worker, code: str, reasons: list[str] | None
) -> None:
    """It goes up as it is, at once: a wrong request is a bug, not bad luck."""
    _, payment = with_captured_attempt(worker)
    calls = fail_calls(worker.client, "TransactWriteItems", code, times=1_000, reasons=reasons)

    with pytest.raises(ClientError, match=code):
        worker.resolver().resolve(payment)

    assert next(calls) == 1


def test_a_refused_condition_beside_a_conflict_counts_first(worker: Worker) -> None:
    """The attempt's own condition failed while the invoice was busy: look at the attempt again."""
    invoice, payment = with_captured_attempt(worker)
    booking = book_capture(payment, ACCOUNT, a_capture(), by_reference(invoice), is_same_track=True, now=NOON)
    for reasons, outcome in [
        (["ConditionalCheckFailed", "None", "TransactionConflict"], CommitOutcome.CHANGED),
        (["None", "ConditionalCheckFailed", "None"], CommitOutcome.CHANGED),
        (["None", "None", "ConditionalCheckFailed", "None"], CommitOutcome.CHANGED),
        (["None", "None", "ConditionalCheckFailed", "ConditionalCheckFailed"], CommitOutcome.CHANGED),
        (["None", "TransactionConflict", "None", "ConditionalCheckFailed"], CommitOutcome.CLAIMED),
    ]:
        fail_calls(worker.client, "TransactWriteItems", "TransactionCanceledException", times=1, reasons=reasons)

        assert commit(worker, payment, booking, claims={"GWT#fake#acc-1#gt-1": payment.payment_id}) is outcome

    assert worker.payments.get(payment.payment_id) == payment


def test_an_item_that_a_transaction_holds_is_looked_at_again(worker: Worker) -> None:
    """AWS refuses single writes on it (TransactionConflictException, which botocore does not retry): a cancellation
    goes through at the third try, a decline leaves the attempt for the next inquiry.
    """
    invoice, payment = with_captured_attempt(worker)
    fail_calls(worker.client, "UpdateItem", "TransactionConflictException", times=2)

    cancelled = worker.cancel(invoice.reference)
    fail_calls(worker.client, "UpdateItem", "TransactionConflictException", times=1)
    worker.world.gateway.inquiries.clear()
    worker.world.gateway.fallback = InquiryOutcome.CANCELLED
    first = worker.resolver().resolve(payment)
    second = worker.resolver().resolve(payment)

    assert cancelled.state is InvoiceState.CANCELLED
    assert (first.state, second.state) == (PaymentState.PENDING, PaymentState.CANCELLED)


def test_a_replayed_creation_of_an_invoice_that_is_just_being_paid_is_answered(worker: Worker) -> None:
    """The put meets a running transaction: what is there is read instead; where nothing is, the answer is "busy"."""
    invoice, payment = an_invoice(), a_payment()
    worker.invoices.add(invoice)
    worker.payments.add(payment)
    fail_calls(worker.client, "PutItem", "TransactionConflictException", times=4)

    assert worker.invoices.add(replace(invoice, identity="other")) == invoice
    assert worker.payments.add(replace(payment, identity="other")) == payment
    with pytest.raises(BusyError):
        worker.invoices.add(an_invoice(2))
    with pytest.raises(BusyError):
        worker.payments.add(a_payment(serial=2))


def test_an_answer_that_is_lost_after_the_commit_is_recognised_by_its_token(worker: Worker, ministack_url: str) -> None:
    """botocore sends the same request again under the same ClientRequestToken: settled, once."""
    invoice, payment = with_captured_attempt(worker)
    retrying = Worker(dynamodb_client(ministack_url, attempt_count=3), worker.table, worker.world)
    sent: list[bytes] = []

    def lose_first_answer(request: Any, **_: Any) -> None:
        sent.append(request.body)
        if len(sent) == 1:
            URLLib3Session().send(request)
            raise ReadTimeoutError(endpoint_url=request.url)

    retrying.client.meta.events.register("before-send.dynamodb.TransactWriteItems", lose_first_answer)

    after = retrying.resolver().resolve(payment)

    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert after == worker.payments.get(payment.payment_id)
    assert [row.amount for row in worker.journal.read_day(DAY)] == [12_500]
    paid = worker.invoices.get(invoice.reference)
    assert paid is not None
    assert paid.outstanding == 0


def test_the_same_settlement_sent_again_is_the_same_request(worker: Worker) -> None:
    """After an answer that was lost the caller may make the same call: the token is the content's, and says settled."""
    invoice, payment = with_captured_attempt(worker)
    booking = book_capture(payment, ACCOUNT, a_capture(), by_reference(invoice), is_same_track=True, now=NOON)

    outcomes = [commit(worker, payment, booking) for _ in range(2)]

    assert outcomes == [CommitOutcome.COMMITTED, CommitOutcome.COMMITTED]
    assert [row.amount for row in worker.journal.read_day(DAY)] == [12_500]


def test_a_single_move_whose_answer_was_lost_is_found_done(worker: Worker) -> None:
    """One conditional write has no token: sent again it is refused as changed, and a look says that it is done."""
    invoice, _ = with_captured_attempt(worker)
    held = changed(invoice, InvoiceEvent.HOLD, NOON)
    update = worker.client.update_item

    def write_and_lose(**arguments: Any) -> Any:
        update(**arguments)
        raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

    worker.client.update_item = write_and_lose
    with pytest.raises(ReadTimeoutError):
        worker.books.commit([Move(invoice, held)])
    worker.client.update_item = update

    assert worker.books.commit([Move(invoice, held)]) is CommitOutcome.CHANGED
    assert worker.invoices.get(invoice.reference) == held
    assert worker.change(invoice.reference, InvoiceEvent.HOLD) == held


def test_a_worker_that_dies_after_the_commit_leaves_nothing_to_book_twice(worker: Worker) -> None:
    """The answer never comes and nobody retries the request; the delivery comes back and finds it done."""
    _, payment = with_captured_attempt(worker)
    commit = worker.client.transact_write_items
    is_lost = iter([True])

    def commit_and_die(**arguments: Any) -> Any:
        answer = commit(**arguments)
        if next(is_lost, False):
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return answer

    worker.client.transact_write_items = commit_and_die
    with pytest.raises(ReadTimeoutError):
        worker.resolver().resolve(payment)

    for sight in (payment, worker.payments.get(payment.payment_id)):
        assert sight is not None
        after = worker.resolver().resolve(sight)
        assert after.disposition is Disposition.ALLOCATED

    assert [row.amount for row in worker.journal.read_day(DAY)] == [12_500]


def test_a_creation_whose_answer_was_lost_is_answered_as_the_first_time(worker: Worker) -> None:
    """The row is there, the client never heard: the same request again is a replay, not a second invoice."""
    put = worker.client.put_item
    calls = count()

    def lose_second(**arguments: Any) -> Any:
        answer = put(**arguments)
        if next(calls) == 1:
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return answer

    worker.client.put_item = lose_second
    with pytest.raises(ReadTimeoutError):
        worker.create(a_creation())

    invoice, is_new = worker.create(a_creation())

    assert not is_new
    assert worker.invoices.list_day("moic", DAY, limit=9, cursor=None).references == (invoice.reference,)
