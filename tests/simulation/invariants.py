"""What must be true once everything came to rest, whatever happened before: one function each, named as it is reported.

The gateway's own books are the oracle for money, the table's log of changes for how everything came to be.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from mizan.adapters.dynamodb.history_records import history_of
from mizan.adapters.dynamodb.items import unpack_value
from mizan.application.ports_refunds import RefundOutcome
from mizan.domain.disputes import DISPUTE_STATES, DisputeState
from mizan.domain.events import (
    EventStream,
    Source,
    event_id_of,
    kind_of,
    object_id_of,
    parse_event_id,
    public_events,
)
from mizan.domain.fees import FeeBearer
from mizan.domain.history import History
from mizan.domain.invoices import INVOICE_STATES, Invoice, InvoiceEvent, InvoiceState
from mizan.domain.ledger import (
    CAPTURE_KINDS,
    VOUCHER_GATEWAY,
    LedgerTransaction,
    TransactionKind,
    suspense,
    vouchers_outstanding,
)
from mizan.domain.payments import (
    CAPTURED_STATES,
    PAYMENT_STATES,
    UNDECIDED_STATES,
    Disposition,
    Payment,
    PaymentEvent,
    PaymentState,
)
from mizan.domain.references import track_id
from mizan.domain.refunds import IN_TRANSIT_STATES, OPEN_STATES, REFUND_STATES, Refund, RefundDestination, RefundState
from mizan.domain.states import StateMachine
from mizan.domain.suspense import SUSPENSE_STATES
from mizan.domain.vouchers import VOUCHER_STATES
from mizan.domain.webhooks import WebhookEndpoint
from tests.fakes.samples import AGENCY
from tests.simulation.biller_invariants import (
    every_notice_is_kept_or_refused,
    every_transaction_is_booked_once,
    exposures_are_the_postings,
    settled_money_is_final,
)
from tests.simulation.books import Books, Findings
from tests.simulation.everybody import Everybody
from tests.simulation.kernel import START
from tests.simulation.transfer_invariants import (
    a_case_is_allocated_once,
    every_suspended_share_has_its_case,
    every_transfer_is_booked_once,
)
from tests.simulation.voucher_invariants import (
    every_issued_voucher_runs_out,
    every_note_in_a_machine_is_a_voucher,
    holders_hold_what_was_issued,
    no_voucher_pays_twice,
    vouchers_outstanding_are_those_issued,
)
from tests.simulation.wiring import SimulatedPlatform


def nothing_breaks_by_itself(books: Books) -> Findings:
    """Every call ended with an answer, an error of the platform's own, or one of the world's."""
    yield from books.platform.kernel.broken


# -- money ----------------------------------------------------------------------------------------------------------


def postings_sum_to_nothing(books: Books) -> Findings:
    """Σ = 0 over everything, in each currency; every posting moves a positive amount."""
    totals: Counter[str] = Counter()
    for (_, currency), balance in books.balances.items():
        totals[currency] += balance
    yield from (f"{currency}: {total}" for currency, total in totals.items() if total)


def our_books_equal_the_gateways(books: Books) -> Findings:
    """What a gateway holds for us is what it captured, less what it gave back, to the fils."""
    theirs, ours = _held_there(books), Counter[str]()
    for (account, currency), balance in books.balances.items():
        if account.startswith(CLEARING):
            ours[currency] += balance
    yield from (
        f"{currency}: we say {ours[currency]}, the gateway {theirs[currency]}"
        for currency in ours.keys() | theirs.keys()
        if ours[currency] != theirs[currency]
    )


CLEARING = ("gateway_clearing:", "operator_receivable:")


def _held_there(books: Books) -> Counter[str]:
    held = Counter({"BHD": books.platform.till.held})
    for taken in books.platform.billers.taken.values():
        held[taken.currency] += 0 if taken.is_reversed else taken.amount
    for transfer in books.platform.bank_account.transfers.values():
        held[transfer.entry.currency] += 0 if transfer.is_reversed else transfer.entry.amount
    for page in books.platform.gateway.pages.values():
        if page.capture is not None and page.is_captured:
            held[page.capture.currency] += page.capture.amount - _completed(books, page.track)
    for dispute in books.disputes.values():
        held[dispute.currency] -= dispute.amount if dispute.state is DisputeState.LOST else 0
    return held


def _completed(books: Books, track: str) -> int:
    refunds = books.platform.gateway.refunds.values()
    return sum(one.amount for one in refunds if one.original_track == track and one.outcome is RefundOutcome.COMPLETED)


def every_attempt_is_what_the_gateway_says(books: Books) -> Findings:
    """Captured there is captured here, of the same amount; taken back there is taken back here; nothing else is."""
    for payment in books.payments.values():
        state, capture = books.said_of(payment)
        if state == "captured":
            if payment.state not in CAPTURED_STATES or payment.capture != capture:
                yield f"{payment.payment_id}: captured there, {payment.state} here"
        elif payment.state in CAPTURED_STATES:
            yield f"{payment.payment_id}: {state} there, {payment.state} here"


def nothing_is_given_up_too_early(books: Books) -> Findings:
    """An attempt is declined, cancelled or voided only where the gateway says so, and never expires on "pending"."""
    for payment in books.payments.values():
        page = books.platform.gateway.pages.get(track_id(payment.payment_id))
        if page is None:
            continue  # never opened: what ended it was the refusal, or that nothing was found
        for entry in payment.history:
            wanted = SAID_BY.get(entry.event)
            if wanted is not None and page.state not in wanted:
                yield f"{payment.payment_id}: {entry.event} here, {page.state} there"
            over_at = START + timedelta(microseconds=page.opened_at + page.manners.lifetime)
            if entry.event == PaymentEvent.EXPIRE and page.plan.is_pending_while_open and entry.at < over_at:
                yield f"{payment.payment_id}: expired while the gateway said pending"


SAID_BY: Mapping[str, tuple[str, ...]] = {
    PaymentEvent.DECLINE: ("declined",),
    PaymentEvent.CANCEL: ("cancelled",),
    PaymentEvent.VOID: ("voided", "reversed"),
    PaymentEvent.REVERSE: ("reversed",),
}


def what_was_acknowledged_is_kept(books: Books) -> Findings:
    """A gateway that was told "yes" does not tell again: the delivery is stored."""
    kept = {item["body"] for item in books.items("CB#")}
    for page in books.platform.gateway.pages.values():
        if page.is_acknowledged and page.track.encode() not in kept:
            yield f"{page.track}: acknowledged, and no delivery is stored"


def captured_money_is_shared_out(books: Books) -> Findings:
    """captured = allocated + overpaid + suspended (+ fees and rounding, where it is what was asked for), on each
    attempt; of each share no more is gone than there was.
    """
    for payment in books.payments.values():
        if payment.capture is None:
            continue
        parts = sum(payment.amount_of(disposition) for disposition in Disposition)
        parts += payment.surcharge if payment.is_surcharged else 0
        if parts != payment.capture.amount:
            yield f"{payment.payment_id}: captured {payment.capture.amount}, shared out {parts}"
        yield from (
            f"{payment.payment_id}: {share}"
            for share in payment.shares
            if share.left < 0 or share.reserved < 0 or share.left + share.reserved > share.amount
        )


def every_capture_has_one_entry(books: Books) -> Findings:
    """One journal entry per captured attempt with exactly its shares, and none without an attempt."""
    entries = [entry for entry in books.journal if entry.kind in CAPTURE_KINDS]
    counted = Counter(entry.payment_id for entry in entries)
    captured = {payment.payment_id: payment for payment in books.payments.values() if payment.capture is not None}
    for payment_id in captured.keys() | counted.keys():
        if counted[payment_id] != (payment_id in captured):
            yield f"{payment_id}: {counted[payment_id]} entries"
    for entry in entries:
        payment = captured.get(entry.payment_id)
        if payment is not None and payment.capture is not None and _taken(entry) != payment.capture.amount:
            yield f"{entry.transaction_id}: {_taken(entry)} booked, {payment.capture.amount} captured"


def _taken(entry: LedgerTransaction) -> int:
    """What a capture's entry takes from where the money lies: the rail, the vouchers, or suspense."""
    if entry.clearing_movement:
        return entry.clearing_movement
    source = vouchers_outstanding() if entry.gateway == VOUCHER_GATEWAY else suspense(entry.gateway)
    taken = sum(posting.amount for posting in entry.postings if posting.debit == source)
    return taken - sum(posting.amount for posting in entry.postings if posting.credit == source)


def one_effect_per_gateway_transaction(books: Books) -> Findings:
    """A gateway's transaction and status are booked once: captured once, given back once."""
    kinds = CAPTURE_KINDS | {TransactionKind.CAPTURE_REVERSED, TransactionKind.REFUND_COMPLETED}
    counted = Counter(
        (entry.gateway, entry.gateway_transaction, "captured" if entry.kind in CAPTURE_KINDS else entry.kind)
        for entry in books.journal
        if entry.kind in kinds and entry.gateway_transaction and entry.payment_id not in books.allocations
    )
    yield from (f"{key}: {count} times" for key, count in counted.items() if count > 1)


def no_more_goes_back_than_came(books: Books) -> Findings:
    """refunds + chargebacks ≤ captured, at the gateway and at the bank, and in our own books."""
    for payment in books.payments.values():
        _, capture = books.said_of(payment)
        captured = capture.amount if capture is not None else 0
        gone = books.platform.gateway.given_back(track_id(payment.payment_id))
        own = [refund for refund in books.refunds.values() if refund.payment_id == payment.payment_id]
        payouts = books.platform.bank.payouts
        gone += sum(payouts[one.track_id].amount for one in own if _is_paid_out(books, one))
        gone += sum(
            one.amount
            for one in books.disputes.values()
            if one.payment_id == payment.payment_id and one.state is DisputeState.LOST
        )
        if gone > captured:
            yield f"{payment.payment_id}: captured {captured}, gave back {gone}"


def _is_paid_out(books: Books, refund: Refund) -> bool:
    payout = books.platform.bank.payouts.get(refund.track_id)
    return payout is not None and payout.outcome in (RefundOutcome.COMPLETED, RefundOutcome.PENDING)


def invoices_owe_what_is_not_paid(books: Books) -> Findings:
    """outstanding = amount less what confirmed captures and credits discharged; paid exactly when it is nothing."""
    discharged: Counter[str] = Counter()
    for payment in books.payments.values():
        for line in payment.lines:
            discharged[line.reference] += line.discharged
    for entry in books.journal:
        if entry.kind is TransactionKind.CREDIT_APPLIED:
            discharged[entry.reference] += entry.amount
    for invoice in books.invoices.values():
        owed = invoice.amount - discharged[invoice.reference]
        if invoice.outstanding != owed and not _has_adjusted_credit(books, invoice):
            yield f"{invoice.reference}: says {invoice.outstanding}, {owed} by its payments"
        if (invoice.state is InvoiceState.PAID) != (invoice.outstanding == 0):
            yield f"{invoice.reference}: {invoice.state} with {invoice.outstanding} outstanding"


def _has_adjusted_credit(books: Books, invoice: Invoice) -> bool:
    """A credit that met an early discount or a late charge discharged another amount than it brought."""
    is_credited = any(
        entry.kind is TransactionKind.CREDIT_APPLIED and entry.reference == invoice.reference for entry in books.journal
    )
    return is_credited and (invoice.terms.discount is not None or invoice.terms.late is not None)


def what_is_charged_back_is_owed_again(books: Books) -> Findings:
    """An invoice whose money a bank took says so in its history, with the amount."""
    for dispute in books.disputes.values():
        if dispute.state is not DisputeState.LOST:
            continue
        lost: Counter[str] = Counter()
        for portion in dispute.portions:
            if portion.disposition is Disposition.ALLOCATED:
                lost[portion.reference] += portion.amount
        for reference, amount in lost.items():
            history = books.invoices[reference].history
            if not any(entry.event in REVERSALS and entry.amount == amount for entry in history):
                yield f"{reference}: {amount} charged back by {dispute.dispute_id}, and not owed again"


REVERSALS = frozenset({InvoiceEvent.REVERSE, InvoiceEvent.REVERSE_PART})


def suspense_and_overpayments_are_the_shares(books: Books) -> Findings:
    """What lies in each account is what the attempts' shares say is left of it."""
    wanted, found = _left_by_account(books), Counter[str]()
    for (account, _), balance in books.balances.items():
        found[account] -= balance
    for account in wanted:
        if found[account] != wanted[account]:
            yield f"{account}: {found[account]} in the books, {wanted[account]} by the attempts"


TAKEN_BACK = frozenset({PaymentState.VOIDED, PaymentState.REVERSED})


def _left_by_account(books: Books) -> Counter[str]:
    left: Counter[str] = Counter()
    shares = [
        (_account(line.agency, payment.gateway, share.disposition, is_dormant=share.is_dormant), share)
        for payment in books.payments.values()
        for line in payment.lines
        for share in line.shares
        if payment.state not in TAKEN_BACK
    ]
    for account, share in shares:
        left[account] += share.left + share.reserved
    left.subtract(_fees_of_agencies(books))
    left.subtract(_allocated_and_taken_back(books))
    for refund in books.refunds.values():
        payment = books.payments[refund.payment_id]
        if refund.state in IN_TRANSIT_STATES | {RefundState.REDEEMABLE} or _is_gone_elsewhere(refund, payment):
            left[_account(refund.agency, payment.gateway, refund.portion.disposition)] -= refund.amount
    for entry in books.journal:
        if entry.kind is TransactionKind.CREDIT_APPLIED:
            left[_account(entry.agency, entry.gateway, Disposition.ALLOCATED)] += entry.amount
            if books.payments[entry.payment_id].state in TAKEN_BACK:
                left[_account(entry.agency, entry.gateway, Disposition.OVERPAID)] -= entry.amount
    return left


def _allocated_and_taken_back(books: Books) -> Counter[str]:
    """What suspense is owed: its money had gone to an invoice when the rail took it back."""
    owed: Counter[str] = Counter()
    for case in books.allocations.values():
        if books.payments[case.payment_id].state in TAKEN_BACK:
            owed[_account(case.agency, case.gateway, Disposition.SUSPENDED)] += case.amount
    return owed


def _fees_of_agencies(books: Books) -> Counter[str]:
    """What agencies bear of the captures that stand, by their account."""
    borne: Counter[str] = Counter()
    for payment in books.payments.values():
        fees = payment.fees_taken if payment.state not in TAKEN_BACK else ()
        for line, fee in fees:
            if fee.bearer is FeeBearer.AGENCY:
                borne[_account(line.agency, payment.gateway, Disposition.ALLOCATED)] += fee.total
    return borne


def _is_gone_elsewhere(refund: Refund, payment: Payment) -> bool:
    """Paid out another way although its capture was taken back whole: the account that it lay in is owed it."""
    is_other_rail = refund.destination is not RefundDestination.INSTRUMENT
    return payment.state in TAKEN_BACK and is_other_rail and refund.state is RefundState.COMPLETED


def _account(agency: str, gateway: str, disposition: Disposition, *, is_dormant: bool = False) -> str:
    if is_dormant:
        return f"dormant:{agency}"
    return {
        Disposition.ALLOCATED: f"agency_payable:{agency}",
        Disposition.OVERPAID: f"overpayment:{agency}",
        Disposition.SUSPENDED: f"suspense:{gateway}",
    }[disposition]


# -- refunds --------------------------------------------------------------------------------------------------------


def fees_are_what_captures_bore(books: Books) -> Findings:
    """What was collected and the VAT on it: of captures that stand, each once; and roundings likewise."""
    wanted: Counter[str] = Counter()
    for payment in books.payments.values():
        if payment.state in TAKEN_BACK:
            continue
        for _, fee in payment.fees_taken:
            wanted["fees_collected"] -= fee.amount
            wanted["fee_vat"] -= fee.vat
        wanted["cash_rounding"] -= payment.rounding if payment.is_surcharged else 0
    found: Counter[str] = Counter()
    for (account, _), balance in books.balances.items():
        found[account.partition(":")[0]] += balance
    for account in ("fees_collected", "fee_vat", "cash_rounding"):
        if found[account] != wanted[account]:
            yield f"{account}: {found[account]} in the books, {wanted[account]} by the captures"


def every_refund_is_sent_once(books: Books) -> Findings:
    """A rail sees each refund once, ever."""
    yield from (
        f"{given.track}: {given.send_count} times"
        for given in books.platform.gateway.refunds.values()
        if given.send_count > 1
    )
    counted = Counter(books.platform.bank.sendings)
    yield from (f"payout {payout_id}: {count} times" for payout_id, count in counted.items() if count > 1)


def every_refund_is_what_its_rail_says(books: Books) -> Findings:
    """Completed there is completed here, and the other way round."""
    for refund in books.refunds.values():
        if refund.destination is RefundDestination.CASH_CODE:
            continue
        given = books.platform.gateway.refunds.get(refund.track_id) or books.platform.bank.payouts.get(refund.track_id)
        is_there = given is not None and given.outcome is RefundOutcome.COMPLETED
        if is_there != (refund.state is RefundState.COMPLETED):
            yield f"{refund.refund_id}: {given.outcome if given else 'never seen'} there, {refund.state} here"


def a_code_is_handed_out_once(books: Books) -> Findings:
    """One operator at most is told to pay a code, and what was paid is in the books as owed to that operator."""
    for refund_id, operators in books.actors.handed_out.items():
        if len(operators) > 1:
            yield f"{refund_id}: paid by {sorted(operators)}"
        if books.refunds[refund_id].state is not RefundState.COMPLETED:
            yield f"{refund_id}: paid, and {books.refunds[refund_id].state}"
    paid = [one for one in books.refunds.values() if one.destination is RefundDestination.CASH_CODE]
    wanted = sum(one.amount for one in paid if one.state is RefundState.COMPLETED)
    owed = -sum(balance for (account, _), balance in books.balances.items() if account.startswith("operator_payable:"))
    if owed != wanted:
        yield f"operators are owed {owed}, and paid {wanted}"


# -- how it came to be ----------------------------------------------------------------------------------------------


def every_state_is_reached_by_an_edge(books: Books) -> Findings:
    """Histories only grow, and each entry is an edge of its table from the state before it to the state it led to."""
    for change in books.platform.table.changes:
        kind, name = change.key[1].partition("#")[0], "/".join(change.key)
        kind = kind if change.key[0].startswith(("INV#", "vch_")) else ""
        if kind not in MACHINES or change.before is None or change.after is None or "state" not in change.after:
            continue
        old, new = change.before["history"]["L"], change.after["history"]["L"]
        if new[: len(old)] != old:
            yield f"{name}: its history was rewritten"
        added = history_of([unpack_value(entry) for entry in new[len(old) :]])
        start, end = change.before["state"]["S"], change.after["state"]["S"]
        books.platform.kernel.seen.update(edges_of(kind, start, added))
        yield from (f"{name}: {wrong}" for wrong in _wrong_walk(kind, start, added, end))


MACHINES: Mapping[str, StateMachine[Any, Any]] = {
    "HEAD": INVOICE_STATES,
    "PAY": PAYMENT_STATES,
    "RFD": REFUND_STATES,
    "DSP": DISPUTE_STATES,
    "VCH": VOUCHER_STATES,
    "SUS": SUSPENSE_STATES,
}
MACHINE_NAMES = {
    "HEAD": "invoice",
    "PAY": "payment",
    "RFD": "refund",
    "DSP": "dispute",
    "VCH": "voucher",
    "SUS": "suspense case",
}


def _wrong_walk(kind: str, start: str, entries: History, end: str) -> Findings:
    state = start
    for entry in entries:
        following = MACHINES[kind].edges.get((state, entry.event))
        if following is None:
            yield f"{entry.event} from {state}"
            return
        state = following
    if state != end:
        yield f"{start} became {end} by {[entry.event for entry in entries]}"


def edges_of(kind: str, start: str, entries: History) -> Findings:
    """What was walked, for the count of edges that stories met."""
    state = start
    for entry in entries:
        yield f"edge {MACHINE_NAMES[kind]} {state} {entry.event}"
        state = MACHINES[kind].edges.get((state, entry.event), state)


def what_is_written_once_stays(books: Books) -> Findings:
    """The journal, deliveries and claims are never changed; an attempt's and an invoice's identity neither."""
    for change in books.platform.table.changes:
        pk, sk = change.key
        if change.before in (None, change.after):  # a request that was sent again after its answer was lost
            continue
        if change.after is None or pk.startswith(("JRN#", "CB#")) or sk == "CLAIM":
            yield f"{pk}/{sk}: {change.event_name}"
            continue
        for name in ("identity", "fingerprint", "created", "currency", "agency"):
            if change.before.get(name) != change.after.get(name):
                yield f"{pk}/{sk}: {name} changed"


# -- nothing is left ------------------------------------------------------------------------------------------------


def nothing_waits_without_a_next_step(books: Books) -> Findings:
    """No open outcome is left, and what is due later stands in the index of what is due."""
    due = {key for _, key in books.platform.due_keys()}
    for payment in books.payments.values():
        if payment.state in UNDECIDED_STATES:
            yield f"{payment.payment_id}: still {payment.state}"
        if (payment.next_step_at is not None) != (f"PAY#{payment.payment_id}" in due):
            yield f"{payment.payment_id}: next step {payment.next_step_at}, {'' if due else 'not '}in the index"
    for refund in books.refunds.values():
        if refund.state in OPEN_STATES - {RefundState.REDEEMABLE}:
            yield f"{refund.refund_id}: still {refund.state}"
        if (refund.next_step_at is not None) != (f"RFD#{refund.refund_id}" in due):
            yield f"{refund.refund_id}: next step {refund.next_step_at} and the index differ"


def every_delivery_was_worked_on(books: Books) -> Findings:
    """No message is left in a queue or among the dead letters."""
    for name, queue in books.platform.queues.items():
        if queue.open_count or queue.dead:
            yield f"{name}: {queue.open_count} open, {len(queue.dead)} dead"


# -- what others were told ------------------------------------------------------------------------------------------


def the_same_request_has_the_same_answer(books: Books) -> Findings:
    """However often a request came, every answer named the same thing, and it is stored."""
    for key, answers in books.actors.answers.items():
        if len(answers) > 1:
            yield f"{key}: {sorted(answers)}"
    numbers = Counter(invoice.invoice_number for invoice in books.invoices.values())
    yield from (f"{number}: {count} invoices" for number, count in numbers.items() if count > 1)
    stored = {
        *books.payments,
        *books.refunds,
        *books.disputes,
        *books.invoices,
        *books.vouchers,
        *books.basket_references,
    }
    for key, answers in books.actors.answers.items():
        yield from (f"{key}: {answer} is not stored" for answer in answers if answer.split()[0] not in stored)


def every_page_is_asked_for_once(books: Books) -> Findings:
    """A gateway is asked once per track id."""
    counted = Counter(books.platform.gateway.initiations)
    yield from (f"{track}: {count} times" for track, count in counted.items() if count > 1)


def every_event_is_delivered(books: Books) -> Findings:
    """Everything public was told to each endpoint that wants it, always in the same bytes, in its object's order."""
    if not books.platform.is_told:
        return
    for endpoint in books.platform.truth.endpoints.list_of(AGENCY):
        messages = books.platform.receivers.received.get(endpoint.url, [])
        bodies: defaultdict[str, set[bytes]] = defaultdict(set)
        for event_id, body in messages:
            bodies[event_id].add(body)
        yield from (f"{event_id}: in several versions" for event_id, seen in bodies.items() if len(seen) > 1)
        yield from _out_of_order(event_id for event_id, _ in messages)
        if not endpoint.is_enabled:
            continue  # two days of failures
        for event_id in _wanted_by(books, endpoint):
            if event_id not in bodies:
                yield f"{endpoint.url} was never told of {event_id}"


def _out_of_order(event_ids: Iterable[str]) -> Findings:
    """A repeat may come at any time; what comes for the first time comes after all that was before it."""
    newest: Counter[str] = Counter()
    seen: set[str] = set()
    for event_id in event_ids:
        place = parse_event_id(event_id)
        if place is None or event_id in seen:
            continue
        seen.add(event_id)
        stream, sequence = place
        if sequence < newest[stream.object_id]:
            yield f"{event_id}: after {newest[stream.object_id]}"
        newest[stream.object_id] = max(newest[stream.object_id], sequence)


def _wanted_by(books: Books, endpoint: WebhookEndpoint) -> Findings:
    sources: list[Source] = [
        *books.invoices.values(),
        *books.payments.values(),
        *books.refunds.values(),
        *books.disputes.values(),
    ]
    for source in sources:
        if source.agency != AGENCY:
            continue  # money that names no bill of any agency's
        for sequence, event_type in public_events(kind_of(source), source.history):
            if endpoint.wants(event_type, source.history[sequence - 1].at):
                yield event_id_of(EventStream(object_id_of(source), AGENCY), sequence)


INVARIANTS: tuple[Callable[[Books], Findings], ...] = (
    nothing_breaks_by_itself,
    every_delivery_was_worked_on,
    nothing_waits_without_a_next_step,
    postings_sum_to_nothing,
    every_capture_has_one_entry,
    every_attempt_is_what_the_gateway_says,
    our_books_equal_the_gateways,
    nothing_is_given_up_too_early,
    what_was_acknowledged_is_kept,
    captured_money_is_shared_out,
    one_effect_per_gateway_transaction,
    no_more_goes_back_than_came,
    invoices_owe_what_is_not_paid,
    what_is_charged_back_is_owed_again,
    suspense_and_overpayments_are_the_shares,
    fees_are_what_captures_bore,
    every_transaction_is_booked_once,
    every_notice_is_kept_or_refused,
    exposures_are_the_postings,
    settled_money_is_final,
    every_transfer_is_booked_once,
    every_suspended_share_has_its_case,
    a_case_is_allocated_once,
    every_note_in_a_machine_is_a_voucher,
    no_voucher_pays_twice,
    vouchers_outstanding_are_those_issued,
    holders_hold_what_was_issued,
    every_issued_voucher_runs_out,
    every_refund_is_sent_once,
    every_refund_is_what_its_rail_says,
    a_code_is_handed_out_once,
    every_state_is_reached_by_an_edge,
    what_is_written_once_stays,
    the_same_request_has_the_same_answer,
    every_page_is_asked_for_once,
    every_event_is_delivered,
)


def name_of(invariant: Callable[[Books], Findings]) -> str:
    return invariant.__name__.replace("_", " ")


def first_broken(platform: SimulatedPlatform, actors: Everybody) -> tuple[str, str]:
    """The first invariant that does not hold and what it found; ("", "") where all hold."""
    books = Books(platform, actors)
    for invariant in INVARIANTS:
        found = list(invariant(books))
        if found:
            return name_of(invariant), "; ".join(found[:3])
    return "", ""
