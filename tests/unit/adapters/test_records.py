"""How things lie in the table: sealed where personal, spread over shards, small enough for one write unit."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag

from mizan.adapters.aws.clock import SystemClock
from mizan.adapters.dynamodb.callbacks import KEPT_FOR, _item
from mizan.adapters.dynamodb.invoice_records import invoice_item
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.payment_records import due_index, payment_item
from mizan.application.posting import book_capture
from mizan.domain.callbacks import CallbackKey
from mizan.domain.payments import Disposition, PaymentState
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.samples import ACCOUNT, CUSTOMER, a_callback, a_capture, a_payment, an_invoice, by_reference, settled
from tests.fakes.sealing import sealed_data

PAGE = "https://www.benefit-gateway.bh/payment/paymentpage.htm?PaymentID=100201935166676976"
UUID = "3f0c1b5e-9f57-4a53-8c0a-2f5f3c1d9e77"


def size_of(item: dict[str, object]) -> int:
    """DynamoDB's reckoning: names and values, bytes of text, a byte per two significant digits of a number and two
    more (for its sign and its end).
    """

    def bytes_of(value: object) -> int:
        if isinstance(value, dict):
            return 3 + sum(len(name.encode()) + 1 + bytes_of(inner) for name, inner in value.items())
        if isinstance(value, list | tuple):
            return 3 + sum(1 + bytes_of(inner) for inner in value)
        if isinstance(value, bytes):
            return len(value)
        if isinstance(value, int):  # a boolean too: it is smaller still
            return (len(str(abs(value)).rstrip("0")) + 1) // 2 + 2
        return len(str(value).encode())

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
def test_only_what_has_a_next_step_is_in_the_due_index(state: PaymentState) -> None:
    """The index is sparse: its size is what is open (undecided, or captured and not confirmed), not what ever was."""
    is_open = state in {PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.SUCCEEDED}

    item = payment_item(a_payment(state=state), sealed_data("personal"))

    assert (item["gsi2pk"] is not None, item["gsi2sk"] is not None) == (is_open, is_open)


def test_a_confirmed_capture_leaves_the_due_index_and_an_idle_overpayment_comes_back_to_it_in_a_year() -> None:
    """Nothing is left to do about allocated money; what was overpaid waits for its payer for 365 days."""
    allocated = payment_item(settled(a_payment(), is_final=True), sealed_data("personal"))
    overpaid = payment_item(settled(a_payment(), Disposition.OVERPAID, is_final=True), sealed_data("personal"))

    assert (allocated["gsi2pk"], allocated["gsi2sk"]) == (None, None)
    assert overpaid["gsi2sk"] == f"2027-03-01T09:02:00+00:00#{a_payment().payment_id}"


def test_settling_moves_nothing_in_the_due_index() -> None:
    """The confirming inquiry keeps the place of the one that was due: the busiest write touches no index."""
    pending, booked = (
        payment_item(a_payment(), sealed_data("personal")),
        payment_item(settled(a_payment()), sealed_data("personal")),
    )

    assert (booked["gsi2pk"], booked["gsi2sk"]) == (pending["gsi2pk"], pending["gsi2sk"])
    assert due_index("pay_000000000000000001000009", NOON) == {
        "gsi2pk": "PEND#1",
        "gsi2sk": "2026-03-01T09:00:00+00:00#pay_000000000000000001000009",
    }


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
    booking = book_capture(payment, ACCOUNT, capture, by_reference(invoice), is_same_track=True, now=NOON)

    sizes = {
        "invoice": size_of(invoice_item(invoice, sealed_data("personal"))),
        "attempt": size_of(payment_item(payment, sealed_data("personal"))),
        "settled attempt": size_of(payment_item(booking.payment, sealed_data("personal"))),
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
