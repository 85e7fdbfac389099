"""Money in suspense: one person proposes where it belongs, another confirms, and the books move in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from mizan.application.follow_returns import follow_returns
from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.take_credit import CreditOutcome
from mizan.domain.errors import (
    AboveLimitError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
    PersonRequiredError,
    SamePersonError,
    StaleViewError,
)
from mizan.domain.invoices import InvoiceState
from mizan.domain.ledger import LedgerTransaction, TransactionKind
from mizan.domain.payments import Disposition, PaymentState
from mizan.domain.refunds import Beneficiary, RefundEvent, RefundState
from mizan.domain.suspense import SuspenseCase, SuspenseState
from mizan.domain.terms import PartialRule, Terms
from tests.fakes.clock import NOON
from tests.fakes.giving_back import FINANCE
from tests.fakes.samples import AGENCY, AMOUNT, a_capture, a_payment, an_invoice, captured
from tests.fakes.transfers import (
    BANK,
    CLEARING,
    REMITTER,
    SUSPENSE,
    TransferPlatform,
    a_credit,
    to_virtual,
    with_text,
)

PAYABLE = f"agency_payable:{AGENCY}"
OVERPAID = f"overpayment:{AGENCY}"
MAKER = replace(FINANCE, key_id="sub:amal", person="amal")
CHECKER = FINANCE


@pytest.fixture
def platform() -> TransferPlatform:
    return TransferPlatform()


def _suspended(platform: TransferPlatform, amount: int = AMOUNT) -> SuspenseCase:
    assert platform.credit_desk().take(BANK, a_credit(amount=amount)) is CreditOutcome.SUSPENDED
    return platform.only_case()


def _proposed(platform: TransferPlatform, reference: str, amount: int = AMOUNT) -> SuspenseCase:
    case = _suspended(platform, amount)
    return platform.decisions().propose_allocation(case.case_id, reference, seen_left=amount, caller=MAKER)


def test_two_people_allocate_it(platform: TransferPlatform) -> None:
    """The invoice is paid, suspense → agency is one entry that moves nothing at the bank, and each person is named."""
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)

    done = platform.decisions().confirm(case.case_id, caller=CHECKER)

    assert (done.state, done.checker, done.proposal) == (SuspenseState.ALLOCATED, "dana", case.proposal)
    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID
    made = platform.payments.rows[done.allocated_to or ""]
    assert (made.state, made.is_final, made.amount_of(Disposition.ALLOCATED)) == (PaymentState.SUCCEEDED, True, AMOUNT)
    entry = next(one for one in platform.journal.rows.values() if one.payment_id == made.payment_id)
    assert (entry.clearing_movement, [(one.debit, one.credit, one.amount) for one in entry.postings]) == (
        0,
        [(SUSPENSE, PAYABLE, AMOUNT)],
    )
    assert platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}
    held = platform.payments.rows[case.payment_id].lines[0].share(Disposition.SUSPENDED)
    assert held is not None
    assert (held.left, held.reserved, held.elsewhere) == (0, 0, AMOUNT)


def test_each_word_may_be_said_again(platform: TransferPlatform) -> None:
    """The same person's same word is the same answer, and books nothing more."""
    invoice = platform.with_invoice()
    case, desk = _suspended(platform), platform.decisions()

    proposals = [
        desk.propose_allocation(case.case_id, invoice.reference, seen_left=AMOUNT, caller=MAKER) for _ in range(2)
    ]
    confirmations = [desk.confirm(case.case_id, caller=CHECKER) for _ in range(2)]

    assert proposals[0] == proposals[1]
    assert confirmations[0] == confirmations[1]
    assert len(platform.journal.rows) == 2


def test_who_proposed_may_not_confirm(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)

    with pytest.raises(SamePersonError):
        platform.decisions().confirm(case.case_id, caller=MAKER)
    assert platform.balances() == {CLEARING: AMOUNT, SUSPENSE: -AMOUNT}


def test_a_key_may_neither_propose_nor_confirm(platform: TransferPlatform) -> None:
    invoice, case = platform.with_invoice(), _suspended(platform)
    key = replace(FINANCE, person=None)

    with pytest.raises(PersonRequiredError):
        platform.decisions().propose_allocation(case.case_id, invoice.reference, seen_left=AMOUNT, caller=key)
    with pytest.raises(PersonRequiredError):
        platform.decisions().confirm(case.case_id, caller=key)


def test_above_their_limit_nobody_confirms(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)

    with pytest.raises(AboveLimitError):
        platform.decisions().confirm(case.case_id, caller=replace(CHECKER, approval_limit=AMOUNT - 1))


def test_another_agencys_people_do_not_see_the_treasurys_cases(platform: TransferPlatform) -> None:
    invoice, case = platform.with_invoice(), _suspended(platform)

    with pytest.raises(NotFoundError):
        platform.decisions().propose_allocation(
            case.case_id, invoice.reference, seen_left=AMOUNT, caller=replace(MAKER, agency=AGENCY)
        )


def test_a_stale_view_proposes_nothing(platform: TransferPlatform) -> None:
    invoice, case = platform.with_invoice(), _suspended(platform)

    with pytest.raises(StaleViewError) as stale:
        platform.decisions().propose_allocation(case.case_id, invoice.reference, seen_left=1, caller=MAKER)
    assert stale.value.current == AMOUNT


def test_a_second_proposal_waits_until_the_first_is_dropped(platform: TransferPlatform) -> None:
    invoice, other = platform.with_invoice(), platform.with_invoice(an_invoice(2))
    case, desk = _proposed(platform, invoice.reference), platform.decisions()

    with pytest.raises(IllegalTransitionError):
        desk.propose_allocation(case.case_id, other.reference, seen_left=AMOUNT, caller=CHECKER)
    assert desk.drop(case.case_id, caller=CHECKER).state is SuspenseState.OPEN
    again = desk.propose_allocation(case.case_id, other.reference, seen_left=AMOUNT, caller=CHECKER)

    assert again.state is SuspenseState.PROPOSED
    assert desk.confirm(case.case_id, caller=MAKER).state is SuspenseState.ALLOCATED
    assert platform.invoices.rows[other.reference].state is InvoiceState.PAID


def test_too_little_is_not_allocated_where_no_parts_are_allowed(platform: TransferPlatform) -> None:
    invoice, case = platform.with_invoice(), _suspended(platform, 5_000)

    with pytest.raises(InvalidInputError) as refused:
        platform.decisions().propose_allocation(case.case_id, invoice.reference, seen_left=5_000, caller=MAKER)
    assert [(one.field, one.code) for one in refused.value.fields] == [("reference", "no_partial_payment")]


def test_a_part_is_allocated_where_the_terms_allow_it(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice(an_invoice(terms=Terms(partial=PartialRule(minimum=1_000))))
    case = _proposed(platform, invoice.reference, 5_000)

    platform.decisions().confirm(case.case_id, caller=CHECKER)

    assert platform.invoices.rows[invoice.reference].outstanding == 7_500
    assert platform.balances() == {CLEARING: 5_000, PAYABLE: -5_000}


def test_what_is_more_than_was_due_becomes_an_overpayment(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference, AMOUNT + 100)

    platform.decisions().confirm(case.case_id, caller=CHECKER)

    assert platform.balances() == {CLEARING: 12_600, PAYABLE: -AMOUNT, OVERPAID: -100}


def test_an_invoice_that_was_paid_meanwhile_takes_nothing(platform: TransferPlatform) -> None:
    """Between the proposal and the confirmation somebody else paid: the checker is told, the money stays."""
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)
    platform.credit_desk().take(BANK, to_virtual(invoice.reference, bank_reference="BNK0002"))

    with pytest.raises(IllegalTransitionError):
        platform.decisions().confirm(case.case_id, caller=CHECKER)
    assert platform.balances() == {CLEARING: 2 * AMOUNT, SUSPENSE: -AMOUNT, PAYABLE: -AMOUNT}


def test_it_is_judged_by_when_it_was_paid(platform: TransferPlatform) -> None:
    """A week later the invoice has expired; the transfer had come in time."""
    invoice = platform.with_invoice(an_invoice(terms=Terms(expires_on=date(2026, 3, 1))))
    case = _suspended(platform)
    platform.clock.advance(timedelta(days=7))
    desk = platform.decisions()
    desk.propose_allocation(case.case_id, invoice.reference, seen_left=AMOUNT, caller=MAKER)

    desk.confirm(case.case_id, caller=CHECKER)

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


def test_money_of_another_currency_pays_no_invoice(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    platform.credit_desk().take(BANK, a_credit(amount=3_315, currency="USD"))
    case = platform.only_case()

    with pytest.raises(InvalidInputError) as refused:
        platform.decisions().propose_allocation(case.case_id, invoice.reference, seen_left=3_315, caller=MAKER)
    assert refused.value.fields[0].code == "other_currency"


def test_nobody_wins_twice(platform: TransferPlatform) -> None:
    """Two checkers at once: the store lets one through; the other finds it allocated."""
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)
    desk = platform.decisions()
    desk.confirm(case.case_id, caller=CHECKER)

    with pytest.raises(IllegalTransitionError):
        desk.confirm(case.case_id, caller=replace(CHECKER, person="hala"))
    assert platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}


def test_an_answer_that_got_lost_is_found_again(platform: TransferPlatform) -> None:
    """Committed, and the answer lost: the same word again books nothing more."""
    invoice = platform.with_invoice()
    case, desk = _proposed(platform, invoice.reference), platform.decisions()
    real = platform.books.commit

    def losing(
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        real(moves, transaction=transaction, claims=claims)
        platform.books.commit = real  # type: ignore[method-assign]  # once
        raise ConnectionError("the answer got lost")

    platform.books.commit = losing  # type: ignore[method-assign]  # a store whose answer gets lost
    with pytest.raises(ConnectionError):
        desk.confirm(case.case_id, caller=CHECKER)

    assert desk.confirm(case.case_id, caller=CHECKER).state is SuspenseState.ALLOCATED
    assert platform.balances() == {CLEARING: AMOUNT, PAYABLE: -AMOUNT}


def test_what_the_bank_takes_back_after_it_was_allocated_is_owed_again(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)
    platform.decisions().confirm(case.case_id, caller=CHECKER)

    outcome = platform.credit_desk().take(BANK, a_credit(is_reversal=True))

    assert outcome is CreditOutcome.REVERSED
    assert platform.books.cases[case.case_id].state is SuspenseState.TAKEN_BACK
    assert platform.invoices.rows[invoice.reference].outstanding == AMOUNT
    assert platform.balances() == {}


def test_a_card_payment_in_suspense_is_a_case_too_and_can_be_allocated(platform: TransferPlatform) -> None:
    """Whatever the rail: a wrong amount opens a case in the same transaction."""
    invoice = platform.with_invoice(an_invoice(terms=Terms(partial=PartialRule(minimum=1_000))))
    payment = platform.with_payment(a_payment(invoice))
    track = payment.payment_id.removeprefix("pay_")
    platform.gateway.inquiries[track] = captured(payment, a_capture(10_000))
    platform.resolver().resolve(payment)
    case = platform.only_case()
    platform.clock.advance(timedelta(minutes=3))
    platform.resolver().resolve(platform.payments.rows[payment.payment_id])
    desk = platform.decisions()
    desk.propose_allocation(case.case_id, invoice.reference, seen_left=10_000, caller=MAKER)

    desk.confirm(case.case_id, caller=CHECKER)

    assert (case.gateway, case.amount, case.reference) == ("fake", 10_000, invoice.reference)
    assert platform.invoices.rows[invoice.reference].outstanding == 2_500
    assert platform.balances() == {"gateway_clearing:fake:acc-1": 10_000, PAYABLE: -10_000}


def test_money_that_is_not_final_waits(platform: TransferPlatform) -> None:
    """What a gateway may still void is not moved on."""
    invoice = platform.with_invoice()
    payment = platform.with_payment(a_payment(invoice))
    platform.gateway.inquiries[payment.payment_id.removeprefix("pay_")] = captured(payment, a_capture(10_000))
    platform.resolver().resolve(payment)

    with pytest.raises(InvalidInputError) as refused:
        platform.decisions().propose_allocation(
            platform.only_case().case_id, invoice.reference, seen_left=10_000, caller=MAKER
        )
    assert refused.value.fields[0].code == "not_final"


# -- the way back -----------------------------------------------------------------------------------------------------


def test_it_goes_back_to_where_it_came_from_with_two_people(platform: TransferPlatform) -> None:
    """A refund to the remitter's IBAN, approved by another person; the case follows it."""
    platform.approval_limit = 0
    case, desk = _suspended(platform), platform.decisions()
    proposed = desk.propose_return(
        case.case_id, seen_left=AMOUNT, beneficiary=None, reason="Meant for another account", caller=MAKER
    )
    refund_id = proposed.proposal.target if proposed.proposal else ""

    with pytest.raises(SamePersonError):
        platform.refund_decisions().decide(refund_id, RefundEvent.APPROVE, caller=MAKER)
    platform.refund_decisions().decide(refund_id, RefundEvent.APPROVE, caller=CHECKER)
    platform.refund_worker().work(refund_id)
    followed = follow_returns(cases=platform.cases, decisions=desk)

    assert followed == 1
    assert platform.refunds.get(refund_id).state is RefundState.COMPLETED  # type: ignore[union-attr]  # it is there
    assert [(one.iban, one.name, one.amount) for one in platform.bank.paid] == [(REMITTER.iban, REMITTER.name, AMOUNT)]
    assert platform.books.cases[case.case_id].state is SuspenseState.RETURNED
    assert platform.balances() == {CLEARING: AMOUNT, "payout_bank:payout_bank": -AMOUNT}


def test_a_way_back_that_is_rejected_opens_the_case_again(platform: TransferPlatform) -> None:
    platform.approval_limit = 0
    case, desk = _suspended(platform), platform.decisions()
    proposed = desk.propose_return(case.case_id, seen_left=AMOUNT, beneficiary=None, reason="no", caller=MAKER)
    assert proposed.proposal is not None
    platform.refund_decisions().decide(proposed.proposal.target, RefundEvent.REJECT, caller=CHECKER)

    assert follow_returns(cases=platform.cases, decisions=desk) == 1
    assert platform.books.cases[case.case_id].state is SuspenseState.OPEN
    assert follow_returns(cases=platform.cases, decisions=desk) == 0


def test_money_on_its_way_back_is_not_allocated_as_well(platform: TransferPlatform) -> None:
    platform.approval_limit = 0
    invoice, case, desk = platform.with_invoice(), _suspended(platform), platform.decisions()
    desk.propose_return(case.case_id, seen_left=AMOUNT, beneficiary=None, reason="no", caller=MAKER)

    for decide in (desk.confirm, desk.drop):
        with pytest.raises(InvalidInputError) as refused:
            decide(case.case_id, caller=CHECKER)
        assert refused.value.fields[0].code == "decide_the_refund"
    with pytest.raises(IllegalTransitionError):
        desk.propose_allocation(case.case_id, invoice.reference, seen_left=AMOUNT, caller=CHECKER)


def test_where_the_bank_did_not_say_who_sent_it_somebody_has_to(platform: TransferPlatform) -> None:
    platform.credit_desk().take(BANK, replace(a_credit(), remitter=replace(REMITTER, iban="")))
    case, desk = platform.only_case(), platform.decisions()

    with pytest.raises(InvalidInputError):
        desk.propose_return(case.case_id, seen_left=AMOUNT, beneficiary=None, reason="no", caller=MAKER)
    done = desk.propose_return(
        case.case_id,
        seen_left=AMOUNT,
        beneficiary=Beneficiary("Maryam Ali", iban=REMITTER.iban),
        reason="no",
        caller=MAKER,
    )
    assert done.state is SuspenseState.PROPOSED


def test_the_journal_names_the_allocation_by_its_kind(platform: TransferPlatform) -> None:
    invoice = platform.with_invoice()
    case = _proposed(platform, invoice.reference)
    platform.decisions().confirm(case.case_id, caller=CHECKER)

    kinds = {one.kind for one in platform.journal.rows.values()}

    assert kinds == {TransactionKind.CAPTURE_SUSPENDED, TransactionKind.CAPTURE_ALLOCATED}


# -- suggestions ------------------------------------------------------------------------------------------------------


def test_a_number_with_one_mistake_suggests_the_invoice(platform: TransferPlatform) -> None:
    """Only candidates that exist, with the reason; the one with this amount first."""
    invoice = platform.with_invoice()
    wrong = invoice.reference[:4] + str((int(invoice.reference[4]) + 1) % 10) + invoice.reference[5:]
    platform.credit_desk().take(BANK, with_text(f"bill {wrong}"))

    view = platform.reader().show(platform.only_case().case_id, caller=FINANCE)

    assert [(one.invoice.reference, one.reasons, one.amount_due) for one in view.suggestions] == [
        (invoice.reference, ("one_digit_wrong", "only_one_with_this_amount"), AMOUNT)
    ]
    assert (view.left, view.reserved) == (AMOUNT, 0)


def test_who_paid_before_suggests_what_those_payers_owe(platform: TransferPlatform) -> None:
    paid, owed = platform.with_invoice(), platform.with_invoice(an_invoice(2))
    for invoice in (paid, owed):
        platform.payers.put(AGENCY, "cpr:900101123", f"{invoice.created_at.isoformat()}#{invoice.reference}")
    desk = platform.credit_desk()
    desk.take(BANK, to_virtual(paid.reference))
    desk.take(BANK, a_credit(bank_reference="BNK0002"))

    view = platform.reader().show(platform.only_case().case_id, caller=FINANCE)

    assert [(one.invoice.reference, one.amount_due) for one in view.suggestions] == [
        (owed.reference, AMOUNT),
        (paid.reference, None),
    ]
    assert "remitter_seen_before" in view.suggestions[0].reasons


def test_nothing_is_suggested_out_of_nothing(platform: TransferPlatform) -> None:
    platform.with_invoice()
    _suspended(platform)

    assert platform.reader().show(platform.only_case().case_id, caller=FINANCE).suggestions == ()


def test_cases_are_listed_by_state_the_oldest_first(platform: TransferPlatform) -> None:
    desk = platform.credit_desk()
    for number in range(3):
        desk.take(BANK, a_credit(bank_reference=f"BNK{number}"))
        platform.clock.advance(timedelta(minutes=1))
    reader = platform.reader()

    first = reader.page(SuspenseState.OPEN, caller=FINANCE, limit=2, cursor=None)
    second = reader.page(SuspenseState.OPEN, caller=FINANCE, limit=2, cursor=first.cursor)

    assert [case.created_at for case in (*first.cases, *second.cases)] == [
        NOON + timedelta(minutes=number) for number in range(3)
    ]
    assert second.cursor is None
    assert reader.page(SuspenseState.ALLOCATED, caller=FINANCE, limit=2, cursor=None).cases == ()
    assert reader.page(SuspenseState.OPEN, caller=replace(FINANCE, agency=AGENCY), limit=2, cursor=None).cases == ()
