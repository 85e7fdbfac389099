"""Money that went back: the journal's refunds, reversals and chargebacks against the lines that say the same."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.domain.ledger import Posting, agency_payable, gateway_clearing, suspense
from mizan.domain.payments import PaymentState
from mizan.domain.reconciliation.control import RunStatus, Totals, Verdict
from mizan.domain.reconciliation.entries import Action, Classified, GatewayLine, KnownPayment, PlatformEntry
from mizan.domain.reconciliation.reasons import Reason
from mizan.domain.reconciliation.rules import Classifier
from mizan.domain.refunds import RefundDestination, RefundState
from tests.fakes.refund_samples import a_refund
from tests.unit.reconciliation.samples import (
    ACCOUNT_ID,
    AMOUNT,
    DAY,
    GATEWAY,
    a_file,
    a_line,
    a_payment_id,
    a_return,
    a_transaction,
    an_entry,
)
from tests.unit.reconciliation.world import NEXT_NIGHT, ReconciliationWorld

REFUND_TRACK = "5" * 24


@pytest.fixture
def world() -> ReconciliationWorld:
    return ReconciliationWorld()


def _refund_line(number: int = 1, line: int = 3, **changes: object) -> GatewayLine:
    """The gateway's line for `a_return(number)`."""
    own = {
        "tran_id": f"5000{number:06d}",
        "rrn": f"5{number:011d}",
        "track_id": REFUND_TRACK,
        "amount": 4_000,
        "fee": 0,
    }
    return a_line(number, line, action=Action.REFUND, **own | changes)


def _known(**changes: Any) -> KnownPayment:
    known = KnownPayment(
        payment_id=a_payment_id(),
        reference="1",
        agency="moic",
        service="s",
        state="succeeded",
        amount=AMOUNT,
        currency="BHD",
        gateway_transaction="9000000001",
        correlation_id="c",
    )
    return replace(known, **changes)


def _judged(
    entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], known: KnownPayment | None = None
) -> Classified:
    return Classifier(lambda _: known, lambda _: False).classify(entries, lines)


def _reasons(judged: Classified) -> list[Reason]:
    return [difference.reason for difference in judged.differences]


# -- what a journal entry moves -------------------------------------------------------------------------------------


def test_an_entry_counts_by_what_it_moves_at_its_gateway() -> None:
    """A capture adds, a refund takes, whatever the other side of the posting is; several postings are summed."""
    clearing, payable = gateway_clearing(GATEWAY, ACCOUNT_ID), agency_payable("moic")
    basket = (Posting(clearing, payable, 1_000), Posting(clearing, agency_payable("health"), 500))
    both = (Posting(clearing, payable, 1_000), Posting(payable, clearing, 400))

    assert a_transaction().clearing_movement == AMOUNT
    assert a_return().clearing_movement == -4_000
    assert replace(a_transaction(), postings=basket).clearing_movement == 1_500
    assert replace(a_transaction(), postings=both).clearing_movement == 600


@pytest.mark.parametrize(
    "posting",
    [
        Posting(agency_payable("moic"), suspense(GATEWAY), 900),
        Posting(gateway_clearing(GATEWAY, "acc-2"), agency_payable("moic"), 900),
        Posting(gateway_clearing("other", ACCOUNT_ID), agency_payable("moic"), 900),
    ],
)
def test_what_does_not_touch_its_gateways_clearing_moves_nothing(posting: Posting) -> None:
    """An allocation, or a posting of another account's clearing."""
    assert replace(a_transaction(), postings=(posting,)).clearing_movement == 0


# -- a day ----------------------------------------------------------------------------------------------------------


def test_a_refund_that_both_sides_know_is_reconciled(world: ReconciliationWorld) -> None:
    """Captured and refunded in part on one day: four rows, and both sides come to 8.500."""
    world.capture(1)
    world.give_back(1)
    world.deliver([a_line(1, 2), _refund_line()])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.control is Verdict.PASS
    assert run.outcome.platform.input == run.outcome.platform.matched == Totals(2, AMOUNT - 4_000)
    assert run.outcome.gateway_side.input == run.outcome.gateway_side.matched == Totals(2, AMOUNT - 4_000)
    document = world.document(run)
    assert [(row["kind"], row["amount"], row["fee"]) for row in document["matched"]] == [
        ("capture", 12_500, 100),
        ("refund", -4_000, 0),
    ]
    assert document["movements"]["refunds"] == {"count": 1, "amount": -4_000}
    assert document["movements"]["net_due"] == AMOUNT - 4_000 - 100


def test_a_day_on_which_money_only_went_back_is_reconciled(world: ReconciliationWorld) -> None:
    """A refund of an earlier day's capture, and a chargeback: the gateway is owed."""
    world.give_back(1)
    world.give_back(2, AMOUNT, gateway_transaction="9000000002", rrn="000000000002")
    world.deliver([_refund_line(1, 2), a_line(2, 3, action=Action.CHARGEBACK, rrn="77", fee=0)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.platform.matched == Totals(2, -4_000 - AMOUNT)
    document = world.document(run)
    assert [row["kind"] for row in document["matched"]] == ["refund", "chargeback"]
    assert document["movements"]["chargebacks"] == {"count": 1, "amount": -AMOUNT}
    assert document["movements"]["net_due"] == -4_000 - AMOUNT


@pytest.mark.parametrize("action", [Action.VOID, Action.REVERSAL])
def test_a_capture_that_both_sides_took_back_is_reconciled(world: ReconciliationWorld, action: Action) -> None:
    """The journal has the capture and its reversal; the file has the purchase and its void: two matches, no zero sum
    that hides either.
    """
    world.capture(1)
    world.give_back(1, AMOUNT, gateway_transaction="9000000001", rrn="000000000001")
    world.deliver([a_line(1, 2), a_line(1, 3, action=action, fee=0)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.platform.matched == run.outcome.gateway_side.matched == Totals(2, 0)
    kinds = sorted(row["kind"] for row in world.document(run)["matched"])
    assert kinds == sorted(["capture", action.lower()])


def test_a_refund_is_awaited_and_then_missing(world: ReconciliationWorld) -> None:
    """Booked here, no file yet; then a day late, as for a capture; the amount is below zero."""
    world.give_back(1)
    world.clock.instant = NEXT_NIGHT
    first = world.run_of_day()
    world.clock.instant = NEXT_NIGHT + timedelta(days=1)

    second = world.run_of_day()

    assert (world.reasons(first), world.reasons(second)) == (["AWAITING_GATEWAY"], ["MISSING_AT_GATEWAY"])
    (exception,) = world.document(second)["exceptions"]
    assert (exception["platform_amount"], exception["gateway_amount"], exception["difference"]) == (-4_000, None, 4_000)
    assert (exception["platform_state"], exception["gateway_transaction"]) == ("given_back", "5000000001")


def test_a_refund_of_another_amount_is_named_with_both_amounts(world: ReconciliationWorld) -> None:
    """The gateway gave back more than was asked: its side is lower."""
    world.give_back(1)
    world.deliver([_refund_line(1, 2, amount=4_100)])

    (exception,) = world.document(world.run_of_day())["exceptions"]

    assert exception["reason"] == "AMOUNT_OVER"
    assert (exception["platform_amount"], exception["gateway_amount"], exception["difference"]) == (
        -4_000,
        -4_100,
        -100,
    )


def test_what_the_platform_never_asked_for_keeps_its_reasons(world: ReconciliationWorld) -> None:
    """A refund, a chargeback and a reversal that the books do not have."""
    world.capture(1, 2)
    world.know(3, PaymentState.SUCCEEDED)
    world.deliver(
        [
            a_line(1, 2),
            _refund_line(1, 3),
            a_line(2, 4),
            a_line(2, 5, action=Action.CHARGEBACK, rrn="77"),
            a_line(3, 6, action=Action.REVERSAL),
        ]
    )

    run = world.run_of_day()

    assert sorted(world.reasons(run)) == ["CHARGEBACK_UNMATCHED", "REFUND_UNMATCHED", "STATUS_MISMATCH"]
    assert run.outcome.platform.matched == Totals(2, 2 * AMOUNT)
    assert run.outcome.gateway_side.exceptions == Totals(3, -4_000 - 2 * AMOUNT)


def test_what_moves_only_in_our_books_is_no_part_of_the_day(world: ReconciliationWorld) -> None:
    """Suspense allocated to an agency: the gateway has no line for it and needs none."""
    world.capture(1)
    world.give_back(2, postings=(Posting(suspense(GATEWAY), agency_payable("moic"), 900),))
    world.deliver([a_line(1, 2)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.platform.input == Totals(1, AMOUNT)


def test_the_workbook_shows_what_went_back(world: ReconciliationWorld) -> None:
    """The same figures as JSON in another form: written without an error for every kind of line."""
    world.capture(1)
    world.give_back(1)
    world.deliver([a_line(1, 2), _refund_line()])

    run = world.run_of_day()

    assert {file.name for file in run.files["*"]} >= {"report.json", "report.xlsx"}
    assert json.loads(world.report(run))["rules_version"] == "2"


# -- the platform's own account -------------------------------------------------------------------------------------


def test_an_account_of_the_platform_is_reconciled_in_the_platforms_report_alone(world: ReconciliationWorld) -> None:
    """The treasury's terminal takes for several agencies: one report, none of its rows in an agency's."""
    world.accounts.append(
        replace(world.accounts[0], account_id="acc-all", token="tok-all", agency="*", terminal_id="TERM0009")
    )
    world.capture(1)
    world.capture(2, account_id="acc-all")
    world.know(3, PaymentState.SUCCEEDED)
    world.deliver([a_line(1, 2)])
    world.store.put(
        f"inbox/settlement/{GATEWAY}/acc-all/{DAY}-0001.csv",
        a_file([a_line(2, 2), a_line(3, 3)], terminal="TERM0009"),
    )

    run = world.run_of_day()

    assert set(run.files) == {"*", "moic"}
    assert run.outcome.platform.input == Totals(2, 2 * AMOUNT)
    assert world.reasons(run) == ["LATE"]  # any agency's payment is known through it
    assert [row["account_id"] for row in world.document(run, "moic")["matched"]] == [ACCOUNT_ID]


# -- what else is known ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "known", "reason"),
    [
        (_refund_line(), None, Reason.REFUND_UNMATCHED),
        (_refund_line(), _known(), Reason.REFUND_UNMATCHED),
        (_refund_line(), _known(amount=-4_000, state="completed"), Reason.LATE),
        (_refund_line(), _known(amount=-3_999, state="completed"), Reason.AMOUNT_OVER),
        (_refund_line(), _known(amount=-4_000, currency="KWD"), Reason.CURRENCY_MISMATCH),
        (a_line(action=Action.CHARGEBACK), None, Reason.CHARGEBACK_UNMATCHED),
        (a_line(action=Action.CHARGEBACK), _known(), Reason.CHARGEBACK_UNMATCHED),
        (a_line(action=Action.CHARGEBACK), _known(state="charged_back"), Reason.LATE),
        (a_line(action=Action.REVERSAL), None, Reason.MISSING_IN_PLATFORM),
        (a_line(action=Action.REVERSAL), _known(), Reason.STATUS_MISMATCH),
        (a_line(action=Action.REVERSAL), _known(state="reversed"), Reason.LATE),
        (a_line(action=Action.VOID), _known(state="voided"), Reason.LATE),
    ],
)
def test_a_line_alone_is_explained_by_what_is_known(
    line: GatewayLine, known: KnownPayment | None, reason: Reason
) -> None:
    """Booked on another business day is LATE; anything else is a difference to look into."""
    judged = _judged([], [line], known)

    assert _reasons(judged) == [reason]
    assert judged.matches == ()


@pytest.mark.parametrize(
    ("state", "destination", "reason"),
    [
        (RefundState.COMPLETED, RefundDestination.INSTRUMENT, "LATE"),
        (RefundState.UNKNOWN, RefundDestination.INSTRUMENT, "LATE"),
        (RefundState.FAILED, RefundDestination.INSTRUMENT, "REFUND_UNMATCHED"),
        (RefundState.REJECTED, RefundDestination.INSTRUMENT, "REFUND_UNMATCHED"),
        (RefundState.COMPLETED, RefundDestination.IBAN, "REFUND_UNMATCHED"),
    ],
)
def test_a_refund_line_is_known_by_its_own_track_id(
    world: ReconciliationWorld, state: RefundState, destination: RefundDestination, reason: str
) -> None:
    """Sent and booked on another day, or not booked yet: late. What we say failed, or went another way, is in doubt."""
    payment = world.know(3, PaymentState.SUCCEEDED)
    refund = a_refund(payment, state=state, destination=destination)
    refund = replace(refund, portion=replace(refund.portion, amount=4_000))
    world.payments.refunds[refund.refund_id] = refund
    world.capture(1)
    world.deliver([a_line(1, 2), _refund_line(3, 3, track_id=refund.track_id)])

    assert world.reasons(world.run_of_day()) == [reason]


def test_a_void_of_a_payment_that_was_never_captured_agrees(world: ReconciliationWorld) -> None:
    """Our books have nothing, and the file's two lines come to nothing."""
    judged = _judged([], [a_line(1, 2), a_line(1, 3, action=Action.REVERSAL)], _known(state="voided", amount=None))

    assert (_reasons(judged), len(judged.matches)) == ([], 1)


def test_a_capture_whose_reversal_is_booked_later_matches_its_purchase() -> None:
    """The file already has both, the journal's reversal is the next day's: the capture is not in doubt."""
    entry, purchase, reversal = an_entry(), a_line(1, 2), a_line(1, 3, action=Action.REVERSAL)

    judged = _judged([entry], [purchase, reversal], _known(state="reversed"))

    assert [(match.entry, match.lines) for match in judged.matches] == [(entry, (purchase,))]
    assert [(d.reason, d.lines, d.difference) for d in judged.differences] == [(Reason.LATE, (reversal,), 0)]


def test_both_lines_of_a_payment_that_is_booked_elsewhere_are_late() -> None:
    """Captured and reversed here, on other business days than the file's: together they come to nothing."""
    lines = a_line(1, 2), a_line(1, 3, action=Action.VOID)

    (difference,) = _judged([], lines, _known(state="voided")).differences

    assert (difference.reason, difference.lines, difference.difference) == (Reason.LATE, lines, 0)


def test_a_reversal_that_is_booked_never_takes_a_purchase_for_its_line() -> None:
    """The journal's reversal and the file's purchase name one transaction, and are not each other's counterpart."""
    back = replace(an_entry(), amount=-AMOUNT)

    judged = _judged([back], [a_line()])

    assert sorted(_reasons(judged)) == [Reason.MISSING_AT_GATEWAY, Reason.MISSING_IN_PLATFORM]
