"""What a service, its channels and its phase dates may be: a wrong one cannot be built."""

from datetime import date, timedelta

import pytest

from mizan.domain.services import CashExemption, Channel, ChannelCode, Phase, PhaseDates, is_service_code
from tests.unit.services.samples import CARD, CASH, KIOSK, ONLINE, a_channel, a_service

STOPPED, INVOICES, DIGITAL = date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date.min, Phase.CASH_ALLOWED),
        (STOPPED - DAY, Phase.CASH_ALLOWED),
        (STOPPED, Phase.CASH_STOPPED),
        (INVOICES - DAY, Phase.CASH_STOPPED),
        (INVOICES, Phase.ELECTRONIC_INVOICES),
        (DIGITAL - DAY, Phase.ELECTRONIC_INVOICES),
        (DIGITAL, Phase.FULLY_DIGITAL),
        (date.max, Phase.FULLY_DIGITAL),
    ],
)
def test_a_phase_holds_from_its_first_day_until_the_next_one_starts(day: date, phase: Phase) -> None:
    """The effective date itself belongs to the new phase."""
    phases = PhaseDates(STOPPED, INVOICES, DIGITAL)

    assert phases.phase_on(day) is phase


def test_a_service_without_dates_stays_in_phase_0() -> None:
    """Nothing planned: cash is allowed for ever."""
    assert PhaseDates().phase_on(date.max) is Phase.CASH_ALLOWED


def test_each_phase_knows_its_first_day() -> None:
    """Phase 0 has no beginning; a phase that is not planned has none either."""
    phases = PhaseDates(STOPPED, INVOICES, None)

    assert [phases.starts_on(phase) for phase in Phase] == [None, STOPPED, INVOICES, None]


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ((None, INVOICES, None), "earlier phase has none"),
        ((STOPPED, None, DIGITAL), "earlier phase has none"),
        ((INVOICES, STOPPED, None), "after the one before"),
        ((STOPPED, STOPPED, None), "after the one before"),
    ],
)
def test_phases_are_neither_skipped_nor_out_of_order(
    dates: tuple[date | None, date | None, date | None], message: str
) -> None:
    """A plan that skips or reverses a phase is refused."""
    with pytest.raises(ValueError, match=message):
        PhaseDates(*dates)


@pytest.mark.parametrize(
    "channels",
    [(), (CARD, ONLINE), (CASH, ONLINE), (a_channel(ChannelCode.KIOSK, closes_in_phase=Phase.FULLY_DIGITAL), ONLINE)],
)
def test_a_service_that_could_strand_a_payer_without_a_card_cannot_exist(channels: tuple[Channel, ...]) -> None:
    """One channel that needs no bank card stays open in every phase; cash, which closes, does not count."""
    with pytest.raises(ValueError, match="no channel without a card"):
        a_service(channels=channels)


def test_a_channel_is_listed_once() -> None:
    """Two descriptions of one channel could contradict each other."""
    with pytest.raises(ValueError, match="listed twice"):
        a_service(channels=(KIOSK, KIOSK))


@pytest.mark.parametrize("starts_on", [STOPPED - DAY, date.min])
def test_an_exemption_cannot_start_while_cash_is_allowed(starts_on: date) -> None:
    """There is nothing to be exempt from; `since` would name a day on which no exemption was needed."""
    exemption = CashExemption(starts_on, None, "Hardship.", "حالات العسر.")

    with pytest.raises(ValueError, match="cash is still allowed"):
        a_service(exemptions=(exemption,))


def test_an_exemption_cannot_end_before_it_starts() -> None:
    """Such an exemption would cover no day."""
    with pytest.raises(ValueError, match="ends before it starts"):
        CashExemption(STOPPED, STOPPED - DAY, "Hardship.", "حالات العسر.")


@pytest.mark.parametrize(("name", "name_ar"), [("Kiosk", ""), ("Kiosk", "Kiosk"), (" ", "جهاز الدفع")])
def test_a_text_without_its_english_or_its_arabic_is_refused(name: str, name_ar: str) -> None:
    """People are served in both languages; a Latin copy in the Arabic field is not Arabic."""
    with pytest.raises(ValueError, match=r"no Arabic|English text is empty"):
        Channel(ChannelCode.KIOSK, name, name_ar, False, False, ("Pay.",), ("ادفع.",))


@pytest.mark.parametrize(("steps", "steps_ar"), [((), ()), (("One.", "Two."), ("واحد.",))])
def test_every_step_has_both_languages(steps: tuple[str, ...], steps_ar: tuple[str, ...]) -> None:
    """A payer who reads Arabic gets as many steps as one who reads English, and someone gets at least one."""
    with pytest.raises(ValueError, match="every step"):
        Channel(ChannelCode.KIOSK, "Kiosk", "جهاز الدفع", False, False, steps, steps_ar)


def test_a_channel_cannot_be_shut_from_the_start() -> None:
    """`closes_in_phase` 0 would list a channel that nobody can ever use."""
    with pytest.raises(ValueError, match="never open"):
        a_channel(ChannelCode.KIOSK, closes_in_phase=Phase.CASH_ALLOWED)


@pytest.mark.parametrize("code", ["", "CR", "cr_registration", "-cr", "cr-", "cr--x", "cr/x", "رخصة", "x" * 65, "cr\n"])
def test_what_is_not_shaped_like_a_service_code_is_seen_without_a_look_up(code: str) -> None:
    """Codes are lower-case words and digits joined by single hyphens, at most 64 characters."""
    assert not is_service_code(code)
    with pytest.raises(ValueError, match="a code is"):
        a_service(code=code)


def test_a_service_code_of_full_length_is_accepted() -> None:
    """64 characters are allowed."""
    assert is_service_code("x" * 64)
    assert is_service_code("cr-registration")
