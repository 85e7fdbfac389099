"""May the counter take this payment this way on this day, and if not, what else is open?"""

from datetime import date, timedelta

import pytest

from mizan.domain.errors import FieldError, InvalidInputError
from mizan.domain.phase_check import PhaseReasonCode, check_phase
from mizan.domain.services import CashExemption, ChannelCode, Phase, PhaseDates
from tests.unit.services.samples import CARD, CASH, KIOSK, ONLINE, a_service

STOPPED, INVOICES, DIGITAL = date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)
DAY = timedelta(days=1)


def test_cash_is_allowed_until_the_day_it_stops_and_the_counter_is_told_that_day() -> None:
    """Phase 0: yes, with the planned day in the reason so that nobody is surprised by it."""
    decision = check_phase(a_service(), "counter_cash", STOPPED - DAY)

    assert (decision.allowed, decision.phase, decision.since) == (True, Phase.CASH_ALLOWED, None)
    assert decision.reason.code is PhaseReasonCode.CASH_ALLOWED
    assert "2026-01-01" in decision.reason.text
    assert "2026-01-01" in decision.reason.text_ar
    assert decision.channels == (CASH, CARD, ONLINE, KIOSK)


def test_cash_is_allowed_where_no_end_is_planned() -> None:
    """No phase date: no day is invented."""
    decision = check_phase(a_service(phases=PhaseDates()), "counter_cash", date(2030, 1, 1))

    assert (decision.allowed, decision.reason.code) == (True, PhaseReasonCode.CASH_ALLOWED)
    assert decision.reason.text == "Cash is accepted at the counter."


@pytest.mark.parametrize(
    ("on", "phase", "open_channels"),
    [
        (STOPPED, Phase.CASH_STOPPED, (CARD, ONLINE, KIOSK)),
        (INVOICES, Phase.ELECTRONIC_INVOICES, (CARD, ONLINE, KIOSK)),
        (DIGITAL, Phase.FULLY_DIGITAL, (ONLINE, KIOSK)),
    ],
)
def test_cash_is_refused_from_the_day_it_stopped_on_and_later_phases_keep_that_day(
    on: date, phase: Phase, open_channels: tuple[object, ...]
) -> None:
    """`since` is the day cash stopped, also in phases 2 and 3: that is what the payer asks."""
    decision = check_phase(a_service(), "counter_cash", on)

    assert (decision.allowed, decision.phase, decision.since) == (False, phase, STOPPED)
    assert decision.reason.code is PhaseReasonCode.CASH_STOPPED
    assert "2026-01-01" in decision.reason.text
    assert "2026-01-01" in decision.reason.text_ar
    assert decision.channels == open_channels


def test_an_exemption_keeps_cash_allowed_on_its_days_and_says_why() -> None:
    """From its first to its last day, both included; cash is then among the open channels."""
    exemption = CashExemption(date(2026, 3, 1), date(2026, 3, 31), "Emergencies.", "الحالات الطارئة.")
    service = a_service(exemptions=(exemption,))

    decisions = {
        day: check_phase(service, "counter_cash", day)
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1))
    }

    assert [decision.allowed for decision in decisions.values()] == [False, True, True, False]
    first = decisions[date(2026, 3, 1)]
    assert (first.reason.code, first.since, first.phase) == (
        PhaseReasonCode.CASH_EXEMPT,
        date(2026, 3, 1),
        Phase.CASH_STOPPED,
    )
    assert "Emergencies." in first.reason.text
    assert "الحالات الطارئة." in first.reason.text_ar
    assert CASH in first.channels
    assert CASH not in decisions[date(2026, 4, 1)].channels


def test_an_exemption_without_an_end_holds_until_it_is_revoked() -> None:
    """`ends_on` None covers every later day."""
    exemption = CashExemption(STOPPED, None, "Emergencies.", "الحالات الطارئة.")

    decision = check_phase(a_service(exemptions=(exemption,)), "counter_cash", date.max)

    assert (decision.allowed, decision.reason.code) == (True, PhaseReasonCode.CASH_EXEMPT)


def test_an_exemption_is_for_cash_alone() -> None:
    """A card at the counter stays closed in phase 3, exemption or not."""
    exemption = CashExemption(STOPPED, None, "Emergencies.", "الحالات الطارئة.")

    decision = check_phase(a_service(exemptions=(exemption,)), "counter_card", DIGITAL)

    assert (decision.allowed, decision.reason.code) == (False, PhaseReasonCode.CHANNEL_CLOSED)


@pytest.mark.parametrize(
    ("channel", "on", "allowed", "code", "since"),
    [
        ("counter_card", DIGITAL - DAY, True, PhaseReasonCode.CHANNEL_OPEN, None),
        ("counter_card", DIGITAL, False, PhaseReasonCode.CHANNEL_CLOSED, DIGITAL),
        ("kiosk", DIGITAL, True, PhaseReasonCode.CHANNEL_OPEN, None),
        ("online", STOPPED, True, PhaseReasonCode.CHANNEL_OPEN, None),
        ("wallet", STOPPED, False, PhaseReasonCode.CHANNEL_NOT_OFFERED, None),
    ],
)
def test_other_channels_close_by_their_own_phase_or_not_at_all(
    channel: str, on: date, allowed: bool, code: PhaseReasonCode, since: date | None
) -> None:
    """The counter closes wholly in phase 3; what a service does not offer is a no, not an error."""
    decision = check_phase(a_service(), channel, on)

    assert (decision.allowed, decision.reason.code, decision.since) == (allowed, code, since)


@pytest.mark.parametrize("channel", ["", "cash", "COUNTER_CASH", "counter_cash "])
def test_an_unknown_channel_is_an_error_that_names_the_field(channel: str) -> None:
    """A spelling mistake must never read as "not allowed"."""
    with pytest.raises(InvalidInputError) as caught:
        check_phase(a_service(), channel, STOPPED)

    assert caught.value.fields == (FieldError("channel", "unknown_channel"),)


@pytest.mark.parametrize("channel", list(ChannelCode))
@pytest.mark.parametrize("on", [date.min, STOPPED, INVOICES, DIGITAL, date.max])
def test_every_answer_offers_a_way_without_a_card_and_agrees_with_its_own_list(channel: ChannelCode, on: date) -> None:
    """A channel is allowed exactly when it is among the open ones, and one of these needs no card."""
    decision = check_phase(a_service(), channel, on)

    assert decision.allowed == (channel in [open_channel.code for open_channel in decision.channels])
    assert any(not open_channel.needs_card for open_channel in decision.channels)
    assert any("\u0600" <= letter <= "\u06ff" for letter in decision.reason.text_ar)
