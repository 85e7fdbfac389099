"""Raising an invoice: the same request is one invoice and one answer, however often and in whatever order it comes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.change_invoice import change_invoice
from mizan.domain.errors import BusyError, FieldError, IdempotencyConflictError, InvalidInputError
from mizan.domain.invoices import InvoiceEvent, InvoiceLine, InvoiceState
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.references import PROBE_COUNT_MAX, is_reference
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import CALLER


@pytest.fixture
def platform() -> Platform:
    return Platform()


def test_a_new_invoice_is_issued_and_owes_its_total(platform: Platform) -> None:
    """BHD 10.000 + 2.500: amount and outstanding 12.500, issued now, under a reference with check digits."""
    lines = (InvoiceLine("Fee", 10_000), InvoiceLine("Stamp", 2_500))

    invoice, is_new = platform.create(a_creation(lines=lines))

    assert is_new
    assert (invoice.amount, invoice.outstanding, invoice.state) == (12_500, 12_500, InvoiceState.ISSUED)
    assert (invoice.created_at, invoice.updated_at) == (NOON, NOON)
    assert is_reference(invoice.reference)
    assert platform.invoices.rows == {invoice.reference: invoice}


@pytest.mark.parametrize(
    "changes", [{}, {"idempotency_key": None}, {"invoice_number": None}], ids=["both", "number only", "key only"]
)
def test_the_same_request_again_is_the_same_invoice(platform: Platform, changes: dict[str, None]) -> None:
    """Same identity, same body: the original answer, and one row."""
    command = a_creation(**changes)
    first, _ = platform.create(command)
    platform.clock.advance(timedelta(days=1))

    again, is_new = platform.create(replace(command, correlation_id="corr-other"))

    assert not is_new
    assert again == first
    assert len(platform.invoices.rows) == 1


def test_a_replay_after_cancellation_gets_the_answer_of_the_first_time(platform: Platform) -> None:
    """What happened since does not change what creation said: issued, all of it outstanding, as of then."""
    first, _ = platform.create(a_creation())
    platform.clock.advance(timedelta(hours=1))
    change_invoice(
        first.reference, InvoiceEvent.CANCEL, caller=CALLER, invoices=platform.invoices, clock=platform.clock
    )

    again, _ = platform.create(a_creation())

    assert again == first
    assert platform.invoices.rows[first.reference].state is InvoiceState.CANCELLED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"idempotency_key": "key-2"}),
        ({}, {"invoice_number": "2026-0002"}),
        ({"idempotency_key": None}, {"idempotency_key": None}),
        ({"invoice_number": None}, {"invoice_number": None}),
        ({"invoice_number": None}, {}),
        ({}, {"invoice_number": None}),
    ],
    ids=[
        "same number and key",
        "same number, other key",
        "same key, other number",
        "same number, no keys",
        "same key, no numbers",
        "key alone, then with a number",
        "key with a number, then alone",
    ],
)
def test_the_same_number_or_key_with_another_body_is_a_conflict(
    platform: Platform, first: dict[str, str | None], second: dict[str, str | None]
) -> None:
    """409 and nothing written: neither a number nor a key can stand for two bodies, given alone or together."""
    original, _ = platform.create(a_creation(**first))

    with pytest.raises(IdempotencyConflictError):
        platform.create(a_creation(fingerprint="body-2", **second))

    assert platform.invoices.rows == {original.reference: original}


def test_two_agencies_may_use_the_same_number_and_key(platform: Platform) -> None:
    """Identities are an agency's own."""
    ours, _ = platform.create(a_creation())

    theirs, is_new = platform.create(a_creation(agency="health", service="clinic-fees", fingerprint="body-2"))

    assert is_new
    assert theirs.reference != ours.reference


def test_a_number_and_a_key_of_the_same_text_are_not_the_same_identity(platform: Platform) -> None:
    """What an agency calls an invoice and what it calls a request are different things."""
    by_number, _ = platform.create(a_creation(invoice_number="7", idempotency_key=None))

    by_key, is_new = platform.create(a_creation(invoice_number=None, idempotency_key="7", fingerprint="body-2"))

    assert is_new
    assert by_key.reference != by_number.reference


def test_a_collision_of_references_is_probed_past(platform: Platform) -> None:
    """Two identities that hash to one reference get two: the second moves on, and a replay finds it again."""
    platform.derivation = FakeDerivation(collision_count=2)
    first, _ = platform.create(a_creation())

    second, is_new = platform.create(a_creation(invoice_number="2026-0002", idempotency_key="key-2"))
    again, is_again_new = platform.create(a_creation(invoice_number="2026-0002", idempotency_key="key-2"))

    assert (is_new, is_again_new) == (True, False)
    assert second.reference != first.reference
    assert again == second


def test_probing_is_bounded(platform: Platform) -> None:
    """Sixteen collisions in a row are a bug, not bad luck: it says so, and nothing is overwritten."""
    platform.derivation = FakeDerivation(collision_count=PROBE_COUNT_MAX)
    first, _ = platform.create(a_creation())

    with pytest.raises(BusyError):
        platform.create(a_creation(invoice_number="2026-0002", idempotency_key="key-2"))

    assert platform.invoices.rows == {first.reference: first}


def test_every_wrong_field_is_named_at_once(platform: Platform) -> None:
    """An unknown service, a total above the bound and no identity: three errors in one answer, nothing written."""
    lines = (InvoiceLine("Fee", AMOUNT_MAX), InvoiceLine("Stamp", 1))

    with pytest.raises(InvalidInputError) as caught:
        platform.create(a_creation(service="nothing", lines=lines, invoice_number=None, idempotency_key=None))

    assert caught.value.fields == (
        FieldError("service", "unknown_service"),
        FieldError("lines", "total_too_large"),
        FieldError("invoice_number", "number_or_key_required"),
    )
    assert platform.invoices.rows == {}


def test_another_agencys_service_is_as_unknown_as_none(platform: Platform) -> None:
    """An agency bills for its own services only, and does not learn of others'."""
    with pytest.raises(InvalidInputError) as caught:
        platform.create(a_creation(service="clinic-fees"))

    assert caught.value.fields == (FieldError("service", "unknown_service"),)


def test_a_refused_body_does_not_use_up_its_key(platform: Platform) -> None:
    """A key is bound to what was accepted: after a 422 the corrected body may come under the same key."""
    with pytest.raises(InvalidInputError):
        platform.create(a_creation(service="nothing"))

    _, is_new = platform.create(a_creation(fingerprint="body-2"))

    assert is_new
