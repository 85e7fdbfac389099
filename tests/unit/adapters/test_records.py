"""How things lie in the table: sealed where personal, spread over shards, small enough for one write unit."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.dynamodb.callbacks import KEPT_FOR, _item
from mizan.adapters.dynamodb.invoice_records import invoice_item
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.payment_records import payment_item, pending_index
from mizan.application.posting import book_capture
from mizan.domain.callbacks import CallbackKey
from mizan.domain.payments import PaymentState
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.samples import ACCOUNT, CUSTOMER, a_callback, a_capture, a_payment, an_invoice
from tests.fakes.sealing import sealed_data

PAGE = "https://www.benefit-gateway.bh/payment/paymentpage.htm?PaymentID=100201935166676976"
UUID = "3f0c1b5e-9f57-4a53-8c0a-2f5f3c1d9e77"


def size_of(item: dict[str, object]) -> int:
    """DynamoDB's reckoning, roughly and not below it: names and values, bytes of text, 21 per number."""

    def bytes_of(value: object) -> int:
        if isinstance(value, dict):
            return 3 + sum(len(name.encode()) + 1 + bytes_of(inner) for name, inner in value.items())
        if isinstance(value, list | tuple):
            return 3 + sum(1 + bytes_of(inner) for inner in value)
        if isinstance(value, bytes):
            return len(value)
        return 21 if isinstance(value, int) else len(str(value).encode())

    return sum(len(name.encode()) + bytes_of(value) for name, value in item.items() if value is not None)


def test_nothing_personal_stands_in_the_table_in_clear() -> None:
    """Name, Arabic name, CPR, phone and e-mail are in the sealed customer alone."""
    stored = repr(pack(invoice_item(an_invoice(), sealed_data("personal"))))

    for personal in (CUSTOMER.name, CUSTOMER.name_ar, CUSTOMER.cpr, CUSTOMER.phone, CUSTOMER.email):
        assert personal is not None
        assert personal not in stored


def test_a_customer_moved_to_another_invoice_does_not_open() -> None:
    """The ciphertext is bound to the reference."""
    one, other = (invoice_item(an_invoice(n), sealed_data("personal")) for n in (1, 2))

    with pytest.raises(InvalidTag):
        sealed_data("personal").open(one["customer"], other["pk"].removeprefix("INV#"))


def test_one_agencys_day_is_spread_over_all_sixteen_shards() -> None:
    """A bulk load of an agency does not land in one partition of the listing."""
    references = [FakeDerivation().reference(f"identity-{number}", 0) for number in range(400)]

    partitions = {invoice_item(an_invoice(reference=row), sealed_data("personal"))["gsi1pk"] for row in references}

    assert partitions == {f"AGY#moic#2026-03-01#{shard:02d}" for shard in range(16)}


@pytest.mark.parametrize("state", PaymentState)
def test_only_open_outcomes_are_in_the_pending_index(state: PaymentState) -> None:
    """The index is sparse: its size is what is open, not what ever was."""
    is_open = state in {PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN}

    assert bool(pending_index(a_payment(state=state))) is is_open


def test_a_one_line_payment_is_made_of_items_below_one_write_unit() -> None:
    """1,024 bytes each, with values of real length; the settled attempt is the largest and the one to watch."""
    invoice = an_invoice(correlation_id=UUID, identity="i" * 32, fingerprint="f" * 32)
    capture = a_capture(transaction="201935166561122", gateway_payment="100201935166676976", rrn="935110000001")
    payment = a_payment(
        invoice,
        correlation_id=UUID,
        identity="i" * 32,
        fingerprint="f" * 32,
        redirect_url=PAGE,
        gateway_payment="100201935166676976",
        account_token="t" * 32,
    )
    booking = book_capture(payment, ACCOUNT, capture, invoice, is_same_track=True, now=NOON)

    sizes = {
        "invoice": size_of(invoice_item(invoice, sealed_data("personal"))),
        "attempt": size_of(payment_item(payment)),
        "settled attempt": size_of(payment_item(booking.payment)),
        "journal entry": size_of(transaction_item(booking.transaction)),
    }

    assert {name: size for name, size in sizes.items() if size > 1_024} == {}


def test_a_delivery_is_cleared_after_four_hundred_days_and_not_before() -> None:
    """The TTL is in seconds since 1970 and lies beyond every card dispute window."""
    item = _item(CallbackKey("CB#1", "a"), a_callback())

    assert datetime.fromtimestamp(item["ttl"], UTC) == NOON + timedelta(minutes=2) + KEPT_FOR
    assert timedelta(days=400) == KEPT_FOR


def test_the_machines_clock_is_aware_and_utc() -> None:
    """Every instant inside is; a naive one would be read as the machine's own zone."""
    assert SystemClock().now().utcoffset() == timedelta(0)
