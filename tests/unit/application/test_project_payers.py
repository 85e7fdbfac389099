"""Writing down whose an invoice is: done again nothing changes, and what the stream lost the sweep finds."""

from datetime import timedelta

import pytest

from mizan.application import project_payers as module
from mizan.application.project_payers import SETTLING, project_payers, sweep_payers
from mizan.domain.callbacks import CallbackKey
from mizan.domain.invoices import Customer
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AGENCY, a_reference, an_invoice
from tests.fakes.store import FakePayerIndex


@pytest.fixture
def platform() -> Platform:
    platform = Platform()
    platform.clock.advance(timedelta(hours=1))
    return platform


def sweep(platform: Platform) -> int:
    return sweep_payers(
        services=platform.services,
        created=platform.invoices,
        queue=platform.queue,
        marks=platform.marks,
        clock=platform.clock,
    )


@pytest.mark.parametrize("sort_key", ["HEAD", "REV#0001"])
def test_an_invoice_is_written_down_under_each_identity_of_its_payer(platform: Platform, sort_key: str) -> None:
    """From its head or from a kept revision; again, and nothing is doubled."""
    payers = FakePayerIndex()
    customer = Customer("Maryam", cpr="900101123", passport="ab12345", cr="1-2")
    invoice = platform.with_invoice(an_invoice(customer=customer))
    key = CallbackKey(f"INV#{invoice.reference}", sort_key)

    counts = [project_payers(key, invoices=platform.invoices, payers=payers) for _ in range(2)]

    row = f"{NOON.isoformat()}#{invoice.reference}"
    assert counts == [3, 3]
    assert payers.rows == {(AGENCY, payer): {row} for payer in ("CPR:900101123", "PASSPORT:AB12345", "CR:1-2")}


def test_a_basket_and_a_nameless_payer_leave_no_row(platform: Platform) -> None:
    """There is nobody to be found by."""
    payers = FakePayerIndex()
    nameless = platform.with_invoice(an_invoice(customer=Customer("Somebody")))

    for reference in (nameless.reference, a_reference(9)):
        assert project_payers(CallbackKey(f"INV#{reference}", "HEAD"), invoices=platform.invoices, payers=payers) == 0

    assert payers.rows == {}


def test_the_sweep_hands_over_what_was_created_since_once(platform: Platform) -> None:
    """Every agency's; what is younger than five minutes is left to the stream until the next run."""
    now = platform.clock.now()
    old = [platform.with_invoice(an_invoice(number, created_at=NOON)) for number in (1, 2)]
    old.append(platform.with_invoice(an_invoice(3, agency="health", service="clinic-fees", created_at=NOON)))
    young = platform.with_invoice(an_invoice(4, created_at=now - SETTLING + timedelta(seconds=1)))

    counts = [sweep(platform), sweep(platform)]
    platform.clock.advance(timedelta(hours=1))
    counts.append(sweep(platform))

    assert counts == [3, 0, 1]
    handed = [key.pk for key in platform.queue.sent]
    assert sorted(handed) == sorted(f"INV#{invoice.reference}" for invoice in [*old, young])


def test_a_long_outage_is_caught_up_from_the_mark(platform: Platform) -> None:
    """The mark stays where it was: days later everything since is handed over."""
    sweep(platform)
    for days in range(1, 5):
        platform.with_invoice(an_invoice(days, created_at=platform.clock.now() + timedelta(days=days)))
    platform.clock.advance(timedelta(days=6))

    assert sweep(platform) == 4
    assert sweep(platform) == 0


def test_a_bulk_load_is_handed_over_in_bounded_runs(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run goes on where this one stopped, and none is lost."""
    monkeypatch.setattr(module, "ROW_COUNT_MAX", 4)
    monkeypatch.setattr(module, "CHUNK_ROW_COUNT", 2)
    for number in range(10):
        platform.with_invoice(an_invoice(number, created_at=NOON + timedelta(seconds=number)))

    counts = [sweep(platform) for _ in range(5)]

    assert counts[0] == 4
    assert counts[-1] == 0
    assert len({key.pk for key in platform.queue.sent}) == 10


def test_a_queue_that_refuses_leaves_the_mark(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not handed over is handed over by the next run."""
    platform.with_invoice(an_invoice(1, created_at=NOON))

    def refuse(keys: object) -> None:
        raise RuntimeError("the queue refused")

    with monkeypatch.context() as patch:
        patch.setattr(platform.queue, "send", refuse)
        with pytest.raises(RuntimeError, match="refused"):
            sweep(platform)

    assert sweep(platform) == 1
