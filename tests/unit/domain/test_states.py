"""State machines are tables: these tests read the tables against the enums and against the design."""

from typing import Any

import pytest

from mizan.domain.errors import IllegalTransitionError
from mizan.domain.invoices import INVOICE_STATES, InvoiceEvent, InvoiceState
from mizan.domain.payments import PAYMENT_STATES, UNDECIDED_STATES, PaymentEvent, PaymentState
from mizan.domain.states import StateMachine

MACHINES: list[tuple[StateMachine[Any, Any], Any, Any]] = [
    (INVOICE_STATES, InvoiceState, InvoiceEvent),
    (PAYMENT_STATES, PaymentState, PaymentEvent),
]


@pytest.mark.parametrize(("machine", "states", "events"), MACHINES)
def test_the_table_covers_every_state_and_every_event(
    machine: StateMachine[Any, Any], states: Any, events: Any
) -> None:
    """Every state is reached from the initial one, every event moves something, and nothing else is in the table."""
    reached, frontier = {machine.initial}, [machine.initial]
    while frontier:
        current = frontier.pop()
        following = {target for (state, _), target in machine.edges.items() if state == current} - reached
        reached |= following
        frontier += following

    assert reached == set(states)
    assert {event for _, event in machine.edges} == set(events)


@pytest.mark.parametrize(
    ("machine", "terminal"),
    [
        (INVOICE_STATES, {InvoiceState.PAID, InvoiceState.CANCELLED}),
        (PAYMENT_STATES, {PaymentState.SUCCEEDED, PaymentState.VOIDED}),
    ],
)
def test_terminal_states_are_those_without_a_way_out(machine: StateMachine[Any, Any], terminal: set[Any]) -> None:
    """A failed attempt is not terminal: late truth may still capture it. Success and void are."""
    assert {state for state in type(machine.initial) if machine.is_terminal(state)} == terminal


@pytest.mark.parametrize("state", sorted(set(PaymentState) - {PaymentState.SUCCEEDED, PaymentState.VOIDED}))
def test_money_that_was_captured_is_taken_from_every_open_or_failed_state(state: PaymentState) -> None:
    """Declined, cancelled and expired included: the money is real whatever we thought before."""
    assert PAYMENT_STATES.next_state(state, PaymentEvent.CAPTURE) is PaymentState.SUCCEEDED


@pytest.mark.parametrize("event", sorted(set(PaymentEvent)))
def test_nothing_moves_a_success(event: PaymentEvent) -> None:
    """A decline, an error page or an expiry after the capture changes nothing."""
    with pytest.raises(IllegalTransitionError):
        PAYMENT_STATES.next_state(PaymentState.SUCCEEDED, event)


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
    assert (caught.value.current, caught.value.event, caught.value.possible) == ("paid", "cancel", ())
    assert caught_earlier.value.possible == ("capture", "void")
