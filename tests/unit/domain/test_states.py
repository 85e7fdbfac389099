"""State machines are tables: these tests read the tables against the enums and against the design."""

from typing import Any

import pytest

from mizan.domain.disputes import DISPUTE_STATES, DisputeEvent, DisputeState
from mizan.domain.errors import IllegalTransitionError
from mizan.domain.invoices import DRAFT_STATES, INVOICE_STATES, InvoiceEvent, InvoiceState
from mizan.domain.payments import CAPTURED_STATES, PAYMENT_STATES, UNDECIDED_STATES, PaymentEvent, PaymentState
from mizan.domain.refunds import IN_TRANSIT_STATES, OPEN_STATES, REFUND_STATES, RefundEvent, RefundState
from mizan.domain.states import StateMachine

MACHINES: list[tuple[StateMachine[Any, Any], set[Any], set[Any]]] = [
    (DRAFT_STATES, set(InvoiceState), set(InvoiceEvent)),
    (INVOICE_STATES, set(InvoiceState) - {InvoiceState.DRAFT}, set(InvoiceEvent)),
    (PAYMENT_STATES, set(PaymentState), set(PaymentEvent)),
    (REFUND_STATES, set(RefundState), set(RefundEvent) - {RefundEvent.REQUEST}),
    (DISPUTE_STATES, set(DisputeState), set(DisputeEvent) - {DisputeEvent.NOTIFY}),
]
"""Each table with what is reached from its initial state, and its events; REQUEST and NOTIFY only begin a history."""

IDS = ["draft", "invoice", "payment", "refund", "dispute"]


@pytest.mark.parametrize(("machine", "states", "events"), MACHINES, ids=IDS)
def test_the_table_covers_every_state_and_every_event(
    machine: StateMachine[Any, Any], states: set[Any], events: set[Any]
) -> None:
    """Every state is reached from the initial one, every event moves something, and nothing else is in the table."""
    reached, frontier = {machine.initial}, [machine.initial]
    while frontier:
        current = frontier.pop()
        following = {target for (state, _), target in machine.edges.items() if state == current} - reached
        reached |= following
        frontier += following

    assert reached == states
    assert {event for _, event in machine.edges} == events


@pytest.mark.parametrize(
    ("machine", "terminal"),
    [
        (DRAFT_STATES, {InvoiceState.CANCELLED, InvoiceState.SUPERSEDED}),
        (PAYMENT_STATES, {PaymentState.VOIDED, PaymentState.REVERSED}),
        (REFUND_STATES, {RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.COMPLETED, RefundState.FAILED}),
        (DISPUTE_STATES, {DisputeState.WON, DisputeState.LOST}),
    ],
    ids=["invoice", "payment", "refund", "dispute"],
)
def test_terminal_states_are_those_without_a_way_out(machine: StateMachine[Any, Any], terminal: set[Any]) -> None:
    """A failed attempt is not terminal: late truth may still capture it. Nor is a success or a paid invoice: a rail
    may take the money back. What the rail took back whole is over, and so is a demand that was withdrawn.
    """
    assert {state for state in type(machine.initial) if machine.is_terminal(state)} == terminal


WITHOUT_MONEY = sorted(set(PaymentState) - CAPTURED_STATES - {PaymentState.VOIDED, PaymentState.REVERSED})


@pytest.mark.parametrize("state", WITHOUT_MONEY)
def test_money_that_was_captured_is_taken_from_every_open_or_failed_state(state: PaymentState) -> None:
    """Declined, cancelled and expired included: the money is real whatever we thought before."""
    assert PAYMENT_STATES.next_state(state, PaymentEvent.CAPTURE) is PaymentState.SUCCEEDED


RUMOURS = [
    PaymentEvent.START,
    PaymentEvent.LOSE,
    PaymentEvent.CAPTURE,
    PaymentEvent.DECLINE,
    PaymentEvent.CANCEL,
    PaymentEvent.EXPIRE,
]
"""What is said of an attempt while nobody knows its outcome."""


@pytest.mark.parametrize("event", RUMOURS)
@pytest.mark.parametrize("state", sorted(CAPTURED_STATES | {PaymentState.VOIDED, PaymentState.REVERSED}))
def test_no_rumour_moves_a_success_or_what_was_taken_back(state: PaymentState, event: PaymentEvent) -> None:
    """A decline, an error page, an expiry or a second capture after the capture changes nothing."""
    with pytest.raises(IllegalTransitionError):
        PAYMENT_STATES.next_state(state, event)


def test_a_success_ends_only_where_the_rail_takes_the_money_back_or_a_bank_disputes_it() -> None:
    """Every other event that is possible in a success leaves it one."""
    edges = {event: target for (state, event), target in PAYMENT_STATES.edges.items() if state == "succeeded"}

    leaving = {event: target for event, target in edges.items() if target is not PaymentState.SUCCEEDED}

    assert leaving == {
        PaymentEvent.VOID: PaymentState.VOIDED,
        PaymentEvent.REVERSE: PaymentState.REVERSED,
        PaymentEvent.DISPUTE: PaymentState.DISPUTED,
    }


@pytest.mark.parametrize("event", [PaymentEvent.RESERVE, PaymentEvent.CREDIT, PaymentEvent.DORMANT])
def test_disputed_money_is_promised_to_nobody(event: PaymentEvent) -> None:
    """While a bank's word is out, what is left stays; what was promised before the dispute still moves."""
    assert not PAYMENT_STATES.allows(PaymentState.DISPUTED, event)
    assert PAYMENT_STATES.allows(PaymentState.DISPUTED, PaymentEvent.REFUND)
    assert PAYMENT_STATES.allows(PaymentState.DISPUTED, PaymentEvent.RESTORE)


@pytest.mark.parametrize("state", [InvoiceState.PAID, InvoiceState.PARTIALLY_PAID])
def test_a_demand_with_money_on_it_is_not_withdrawn(state: InvoiceState) -> None:
    """Cancel, amend and supersede need it unpaid: a refund comes first."""
    for event in (InvoiceEvent.CANCEL, InvoiceEvent.AMEND, InvoiceEvent.SUPERSEDE):
        assert not INVOICE_STATES.allows(state, event)


@pytest.mark.parametrize("state", sorted(set(InvoiceState)))
def test_the_rail_can_take_back_money_from_every_demand_that_can_hold_some(state: InvoiceState) -> None:
    """Whatever became of the demand meanwhile: a reversal is a fact. Draft, issued and withdrawn hold none."""
    without_money = {InvoiceState.DRAFT, InvoiceState.ISSUED, InvoiceState.CANCELLED, InvoiceState.SUPERSEDED}

    for event in (InvoiceEvent.REVERSE, InvoiceEvent.REVERSE_PART):
        assert INVOICE_STATES.allows(state, event) is (state not in without_money)


def test_the_platform_sees_by_itself_to_every_refund_that_no_person_decides() -> None:
    """In transit, approved, or waiting to be redeemed; requested waits for a person, and the rest is over."""
    waiting = {state for state in RefundState if not REFUND_STATES.is_terminal(state)} - {RefundState.REQUESTED}

    assert waiting == OPEN_STATES
    assert {RefundState.SENDING, RefundState.UNKNOWN} == IN_TRANSIT_STATES


def test_a_refund_that_was_sent_is_never_sent_again() -> None:
    """Only an approved one is sent; from there no way leads back to it."""
    senders = [state for state, event in REFUND_STATES.edges if event is RefundEvent.SEND]
    reached: set[RefundState] = set()
    frontier = [RefundState.SENDING]
    while frontier:
        current = frontier.pop()
        following = {target for (state, _), target in REFUND_STATES.edges.items() if state is current} - reached
        reached |= following
        frontier += following

    assert senders == [RefundState.APPROVED]
    assert reached == {RefundState.UNKNOWN, RefundState.COMPLETED, RefundState.FAILED}


def test_open_outcomes_are_exactly_the_states_that_can_expire() -> None:
    """What the sweep keeps asking about is what may still end for want of an answer."""
    can_expire = {state for state in PaymentState if PAYMENT_STATES.allows(state, PaymentEvent.EXPIRE)}

    assert can_expire == UNDECIDED_STATES


def test_the_guard_says_where_it_stood_what_was_asked_and_what_would_do() -> None:
    """An error names the current state, the event and the events that are possible instead."""
    with pytest.raises(IllegalTransitionError) as caught:
        INVOICE_STATES.next_state(InvoiceState.PAID, InvoiceEvent.CANCEL)
    with pytest.raises(IllegalTransitionError) as caught_earlier:
        PAYMENT_STATES.next_state(PaymentState.DECLINED, PaymentEvent.START)

    assert str(caught.value) == "invoice is paid: cancel is not possible"
    assert (caught.value.current, caught.value.event) == ("paid", "cancel")
    assert caught.value.possible == ("reverse", "reverse_part")
    assert caught_earlier.value.possible == ("capture", "void")
