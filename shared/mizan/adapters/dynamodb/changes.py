"""Everything that has a state and a history, as one put when it is new and one conditional update ever after.

An update writes the attributes that differ, under the state and the sequence as seen (and the count of inquiries where
there is one): two writers who saw the same thing cannot both win.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mizan.adapters.dynamodb.invoice_records import (
    PersonalData,
    head_key,
    invoice_changeable,
    invoice_item,
    sealed_customer,
)
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.payment_records import payment_changeable, payment_item, payment_key
from mizan.adapters.dynamodb.refund_records import (
    dispute_changeable,
    dispute_item,
    dispute_key,
    refund_changeable,
    refund_item,
    refund_key,
)
from mizan.adapters.dynamodb.suspense_records import case_changeable, case_item, case_key
from mizan.adapters.dynamodb.voucher_records import (
    holding_changeable,
    holding_item,
    holding_key,
    voucher_changeable,
    voucher_item,
    voucher_key,
)
from mizan.application.ports_books import Record
from mizan.domain.disputes import Dispute
from mizan.domain.invoices import Invoice, InvoiceEvent
from mizan.domain.payments import Payment
from mizan.domain.refunds import Refund
from mizan.domain.suspense import SuspenseCase
from mizan.domain.vouchers import Holding, Voucher

IS_NEW = "attribute_not_exists(pk)"
IS_AS_SEEN = "#state = :seen_state AND #sequence = :seen_sequence"
IS_ASKED_AS_SEEN = "#state = :seen_state AND #sequence = :seen_sequence AND #inquiries = :seen_inquiries"


def creation(record: Record, personal: PersonalData) -> dict[str, Any]:
    """The arguments of a `Put` that stores a new record."""
    return {"Item": pack(_shape_of(record).item(record, personal)), "ConditionExpression": IS_NEW}


def change(before: Record, after: Record, personal: PersonalData) -> dict[str, Any]:
    """The arguments of an `Update` from `before` to `after`. The sequence is written always: an expression that sets
    nothing, where attributes only go, is none.
    """
    shape = _shape_of(before)
    old, new = shape.changeable(before), shape.changeable(after)
    if isinstance(before, Invoice) and isinstance(after, Invoice) and before.customer != after.customer:
        new["customer"] = sealed_customer(after, personal)
    changed = {name: value for name, value in new.items() if value is not None and value != old.get(name)}
    changed["sequence"] = after.sequence
    removed = [name for name, value in new.items() if value is None and old.get(name) is not None]
    seen = {":seen_state": str(before.state), ":seen_sequence": before.sequence}
    if shape.is_asked:
        seen[":seen_inquiries"] = before.inquiry_count  # type: ignore[union-attr]  # its shape says that it has one
    named = {*changed, *removed, "state", "sequence"} | ({"inquiries"} if shape.is_asked else set())
    sets = ", ".join(f"#{name} = :{name}" for name in changed)
    removes = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    return {
        "Key": pack(key_of(before)),
        "UpdateExpression": f"SET {sets}{removes}",
        "ConditionExpression": IS_ASKED_AS_SEEN if shape.is_asked else IS_AS_SEEN,
        "ExpressionAttributeNames": {f"#{name}": name for name in sorted(named)},
        "ExpressionAttributeValues": pack({f":{name}": value for name, value in changed.items()} | seen),
    }


def kept_revision(before: Invoice, after: Invoice, personal: PersonalData) -> dict[str, Any] | None:
    """The head as it was before an amendment, for the audit and for replays of its creation; None for other changes."""
    events = {entry.event for entry in after.history[before.sequence :]}
    if InvoiceEvent.AMEND not in events:
        return None
    item = invoice_item(before, personal) | {"sk": f"REV#{before.sequence:04d}", "gsi1pk": None, "gsi1sk": None}
    return {"Item": pack(item), "ConditionExpression": IS_NEW}


def key_of(record: Record) -> dict[str, str]:
    """Raises ValueError on a record whose id is none of ours."""
    key = _shape_of(record).key(record)
    if key is None:
        raise ValueError("a record under an id that is none of ours")
    return key


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one kind of record is stored. `item(record, personal)` makes all of it, `changeable(record)` what may change
    after creation. `is_asked`: it counts inquiries, and a change is made under the count as seen.
    """

    key: Callable[[Any], dict[str, str] | None]
    item: Callable[[Any, PersonalData], dict[str, Any]]
    changeable: Callable[[Any], dict[str, Any]]
    is_asked: bool = False


SHAPES: Mapping[type, _Shape] = {
    Invoice: _Shape(lambda record: head_key(record.reference), invoice_item, invoice_changeable),
    Payment: _Shape(lambda record: payment_key(record.payment_id), payment_item, payment_changeable, is_asked=True),
    Refund: _Shape(lambda record: refund_key(record.refund_id), refund_item, refund_changeable, is_asked=True),
    Dispute: _Shape(
        lambda record: dispute_key(record.dispute_id), lambda record, _: dispute_item(record), dispute_changeable
    ),
    Voucher: _Shape(lambda record: voucher_key(record.voucher_id), voucher_item, voucher_changeable),
    Holding: _Shape(lambda record: holding_key(record.holder), holding_item, holding_changeable),
    SuspenseCase: _Shape(lambda record: case_key(record.case_id), case_item, case_changeable),
}
"""Every kind of record that changes under its state and sequence: a new kind is a line here."""


def _shape_of(record: Record) -> _Shape:
    return SHAPES[type(record)]
