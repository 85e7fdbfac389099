"""Which history events agencies hear of, under which names and ids."""

import pytest

from mizan.domain.disputes import DISPUTE_STATES
from mizan.domain.events import (
    EVENT_FILTERS,
    EVENT_TYPES,
    PUBLIC_TYPES,
    EventStream,
    SourceKind,
    event_id_of,
    matches,
    parse_event_id,
    public_events,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import INVOICE_STATES
from mizan.domain.payments import PAYMENT_STATES
from mizan.domain.refunds import REFUND_STATES
from tests.fakes.clock import NOON

FIRST_ENTRIES = {
    SourceKind.INVOICE: {"draft", "issue"},
    SourceKind.PAYMENT: {"create"},
    SourceKind.REFUND: {"request"},
    SourceKind.DISPUTE: {"notify"},
}
EVENTS = {
    SourceKind.INVOICE: {str(event) for _, event in INVOICE_STATES.edges},
    SourceKind.PAYMENT: {str(event) for _, event in PAYMENT_STATES.edges},
    SourceKind.REFUND: {str(event) for _, event in REFUND_STATES.edges},
    SourceKind.DISPUTE: {str(event) for _, event in DISPUTE_STATES.edges},
}


@pytest.mark.parametrize("kind", SourceKind)
def test_every_event_of_every_state_table_is_decided_about(kind: SourceKind) -> None:
    """Public under a name, or not on purpose: an edge added to a table without a decision is caught here."""
    assert {str(event) for event in PUBLIC_TYPES[kind]} == EVENTS[kind] | FIRST_ENTRIES[kind]


def test_types_are_named_after_their_object() -> None:
    """`payment.*` is everything about payments and nothing else."""
    for kind, types in PUBLIC_TYPES.items():
        assert all(name.startswith(f"{kind}.") for name in types.values() if name)
    assert len(EVENT_TYPES) == len(set(EVENT_TYPES)) == 43


def test_sequences_are_places_in_the_history_and_private_entries_leave_gaps() -> None:
    """Created, started, captured: the attempt's first public event is its third entry."""
    history = tuple(Entry(event, NOON) for event in ("create", "start", "capture", "reserve", "refund", "confirm"))

    assert list(public_events(SourceKind.PAYMENT, history)) == [(3, "payment.succeeded"), (6, "payment.confirmed")]


def test_an_event_id_says_whose_event_of_which_object_it_is() -> None:
    """The same event has the same id whoever publishes it, and it can be read back."""
    stream = EventStream("pay_482019374650192753004211", "civil-defence")

    event_id = event_id_of(stream, 12)

    assert event_id == "evt_pay_482019374650192753004211_12_civil-defence"
    assert parse_event_id(event_id) == (stream, 12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "evt_1",
        "evt_inv_482019374650192753_0_moic",
        "evt_inv_482019374650192753_1_",
        "evt_doc_482019374650192753_1_moic",
        "evt_inv_482019374650192753_1_mo.ic",
        "evt_inv_48201937465019275x_1_moic",
        "evt_test_abc",
    ],
)
def test_what_is_no_event_id_names_nothing(text: str) -> None:
    """No look-up is spent on it."""
    assert parse_event_id(text) is None


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        (("*",), {"invoice.paid", "payment.succeeded", "refund.sent"}),
        (("payment.*",), {"payment.succeeded"}),
        (("invoice.paid", "refund.*"), {"invoice.paid", "refund.sent"}),
        (("invoice.issued",), set()),
    ],
)
def test_a_filter_is_everything_a_kind_or_one_type(filters: tuple[str, ...], heard: set[str]) -> None:
    """And nothing in between: `pay*` is not one."""
    types = ("invoice.paid", "payment.succeeded", "refund.sent")

    assert {name for name in types if matches(filters, name)} == heard
    assert {"*", "invoice.*", "payment.*", "refund.*", "dispute.*"} <= set(EVENT_FILTERS)
