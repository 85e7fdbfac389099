"""Operators: what they have not banked, exact to the fils, and what people decide about them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.manage_operators import BankDeposit
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    AboveLimitError,
    FinanceOnlyError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.ledger import trial_balance
from mizan.domain.operators import OperatorEvent, OperatorState
from tests.fakes.clock import NOON
from tests.fakes.samples import CALLER
from tests.unit.billers.world import Billers, an_operator

PERSON = Caller("*", "finance", "sub:p", frozenset({"operators:write"}), person="p")
DEPOSIT = BankDeposit(
    code="sample-kiosks",
    account_id="kiosk-1",
    amount=10_000,
    currency="BHD",
    bank_reference="FT-1",
    banked_at=NOON,
    correlation_id="corr-d",
)


@pytest.fixture
def billers() -> Billers:
    """BHD 12.500 were taken and are not banked."""
    billers = Billers()
    billers.tell_kiosk()
    billers.work()
    return billers


def test_exposure_is_what_was_notified_and_not_banked(billers: Billers) -> None:
    """A deposit lowers it by as much, and moves the money from the receivable to the bank."""
    before = billers.operator_desk().view("sample-kiosks", caller=PERSON)
    after, is_new = billers.operator_desk().bank(DEPOSIT, caller=PERSON)

    rows = trial_balance(billers.platform.journal.rows.values())
    assert (before.exposure, after.exposure, after.by_account, is_new) == (12_500, 2_500, (("kiosk-1", 2_500),), True)
    assert {row.account: row.balance for row in rows} == {
        "agency_payable:moic": -12_500,
        "deposits_bank:sample-kiosks": 10_000,
        "operator_receivable:kiosk-1": 2_500,
    }


def test_a_deposit_is_recorded_once_under_the_banks_reference(billers: Billers) -> None:
    """Again it is the same; with other money it is a conflict."""
    billers.operator_desk().bank(DEPOSIT, caller=PERSON)
    again, is_new = billers.operator_desk().bank(DEPOSIT, caller=PERSON)

    assert (again.exposure, is_new) == (2_500, False)
    with pytest.raises(IdempotencyConflictError):
        billers.operator_desk().bank(replace(DEPOSIT, amount=1), caller=PERSON)
    assert billers.operator_desk().view("sample-kiosks", caller=PERSON).exposure == 2_500


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"account_id": "kiosk-2"}, InvalidInputError),
        ({"banked_at": NOON + timedelta(hours=1)}, InvalidInputError),
        ({"code": "nobody"}, NotFoundError),
    ],
)
def test_a_deposit_that_cannot_be_is_refused(
    billers: Billers, changes: dict[str, object], error: type[Exception]
) -> None:
    """Another operator's account, a day to come, an operator that there is not."""
    with pytest.raises(error):
        billers.operator_desk().bank(replace(DEPOSIT, **changes), caller=PERSON)  # type: ignore[arg-type]  # per case


def test_who_may_decide_less_alone_records_no_more_than_that(billers: Billers) -> None:
    """A person's limit holds for what they say was banked, too."""
    with pytest.raises(AboveLimitError):
        billers.operator_desk().bank(DEPOSIT, caller=replace(PERSON, approval_limit=9_999))

    assert billers.operator_desk().view("sample-kiosks", caller=PERSON).exposure == 12_500


def test_suspending_and_resuming_leave_who_and_why(billers: Billers) -> None:
    """Twice is refused: the second person sees that it is so already."""
    desk = billers.operator_desk()
    suspended = desk.decide("sample-kiosks", OperatorEvent.SUSPEND, caller=PERSON, reason="late").operator

    assert (suspended.state, suspended.reason, suspended.history[-1].actor) == (OperatorState.SUSPENDED, "late", "p")
    with pytest.raises(IllegalTransitionError):
        desk.decide("sample-kiosks", OperatorEvent.SUSPEND, caller=PERSON, reason="late")
    resumed = desk.decide("sample-kiosks", OperatorEvent.RESUME, caller=PERSON).operator
    assert [entry.event for entry in resumed.history] == ["license", "suspend", "resume"]
    assert (resumed.state, resumed.reason) == (OperatorState.ACTIVE, "")


def test_agencies_do_not_see_operators(billers: Billers) -> None:
    """They are the treasury's."""
    with pytest.raises(FinanceOnlyError):
        billers.operator_desk().list(caller=CALLER)
    with pytest.raises(FinanceOnlyError):
        billers.operator_desk().view("sample-kiosks", caller=CALLER)
    assert [view.operator.code for view in billers.operator_desk().list(caller=PERSON)] == ["sample-kiosks"]


@pytest.mark.parametrize("changes", [{"commission": 10_001}, {"commission": -1}, {"exposure_cap": -1}])
def test_an_operator_that_cannot_be_is_refused(changes: dict[str, int]) -> None:
    """A commission of more than all, a cap below nothing."""
    with pytest.raises(ValueError, match="commission"):
        an_operator(**changes)
