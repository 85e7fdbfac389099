"""The sample catalogue that ships: complete, in both languages, and nobody is left without a way to pay."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from infra.catalogue import Catalogue, load_catalogue
from infra.catalogue.loading import FOLDER
from mizan.domain.fees import FeeBearer, FeeRule
from mizan.domain.payments import PaymentMethod
from mizan.domain.phase_check import PhaseReasonCode, check_phase
from mizan.domain.services import ChannelCode, Phase, Service

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def days_on_which_something_changes(service: Service) -> Iterator[date]:
    """Answers change on these days only, so they and the days next to them stand for every date."""
    yield date.min
    yield date.max
    changes = [service.phases.starts_on(phase) for phase in Phase]
    changes += [day for exemption in service.exemptions for day in (exemption.starts_on, exemption.ends_on)]
    for change in changes:
        if change is not None:
            yield from (change - DAY, change, change + DAY)


def test_there_are_34_services_and_no_code_is_used_twice(catalogue: Catalogue) -> None:
    """The programme is about 34 services."""
    codes = [service.code for service in catalogue.services]

    assert len(codes) == 34
    assert len(set(codes)) == 34
    assert "cr-registration" in codes


def test_every_service_offers_a_way_without_card_and_without_smartphone_on_every_date(catalogue: Catalogue) -> None:
    """More than the rule asks (no card): somebody with neither can pay, whatever the channel and the day."""
    for service in catalogue.services:
        for on in days_on_which_something_changes(service):
            for channel in ChannelCode:
                open_channels = check_phase(service, channel, on).channels
                assert any(not item.needs_card and not item.needs_smartphone for item in open_channels), (
                    service.code,
                    on,
                )


def test_the_way_without_a_card_is_never_cash_at_the_counter_alone_once_cash_stopped(catalogue: Catalogue) -> None:
    """An exemption may not be the only thing that lets a payer without a card pay."""
    for service in catalogue.services:
        open_channels = service.open_channels(date.max)
        assert any(not item.needs_card for item in open_channels if item.code is not ChannelCode.COUNTER_CASH)


def test_the_programme_is_under_way(catalogue: Catalogue) -> None:
    """Most services stopped cash, some went further, and some still take it until a planned day."""
    on = date(2026, 11, 1)
    phases = Counter(service.phases.phase_on(on) for service in catalogue.services)

    assert phases == {
        Phase.CASH_ALLOWED: 4,
        Phase.CASH_STOPPED: 21,
        Phase.ELECTRONIC_INVOICES: 7,
        Phase.FULLY_DIGITAL: 2,
    }
    waiting = [service for service in catalogue.services if service.phases.phase_on(on) is Phase.CASH_ALLOWED]
    assert all(service.phases.cash_stopped_on is not None for service in waiting)
    assert all(
        service.phases.cash_stopped_on >= date(2027, 1, 1) for service in waiting if service.phases.cash_stopped_on
    )


@pytest.mark.parametrize(
    ("code", "on", "allowed", "reason"),
    [
        ("cr-registration", date(2025, 6, 30), True, PhaseReasonCode.CASH_ALLOWED),
        ("cr-registration", date(2025, 7, 1), False, PhaseReasonCode.CASH_STOPPED),
        ("title-deed-registration", date(2027, 6, 30), True, PhaseReasonCode.CASH_ALLOWED),
        ("title-deed-registration", date(2027, 7, 1), False, PhaseReasonCode.CASH_STOPPED),
        ("court-execution-deposit", date(2027, 6, 30), True, PhaseReasonCode.CASH_EXEMPT),
        ("court-execution-deposit", date(2027, 7, 1), False, PhaseReasonCode.CASH_STOPPED),
    ],
)
def test_the_counter_gets_the_answer_of_the_file(
    catalogue: Catalogue, code: str, on: date, allowed: bool, reason: PhaseReasonCode
) -> None:
    """A stopped service, one that still takes cash, and one with an exemption that ends."""
    service = next(service for service in catalogue.services if service.code == code)

    decision = check_phase(service, "counter_cash", on)

    assert (decision.allowed, decision.reason.code) == (allowed, reason)


def test_every_service_says_what_each_method_costs_and_its_own_rule_wins(catalogue: Catalogue) -> None:
    """The general rules hold for each service; where it has its own for a method, that one holds."""
    by_code = {service.code: service for service in catalogue.services}

    assert all(service.fees.keys() == set(PaymentMethod) for service in catalogue.services)
    assert by_code["cr-renewal"].fee_rule(PaymentMethod.CREDIT_CARD) == FeeRule(FeeBearer.TREASURY, 0, 150, 50)
    assert by_code["trademark-filing"].fee_rule(PaymentMethod.CREDIT_CARD) == FeeRule(
        FeeBearer.PAYER, 0, 150, 100, 10_000
    )
    assert by_code["customs-clearance"].fee_rule(PaymentMethod.CREDIT_CARD).bearer is FeeBearer.AGENCY


def test_somebody_with_neither_card_nor_smartphone_always_finds_a_way_that_costs_nothing(catalogue: Catalogue) -> None:
    """Whoever cannot use a card is not made to pay for that."""
    for service in catalogue.services:
        ways = [PaymentMethod.KIOSK, PaymentMethod.CASH_AGENT, PaymentMethod.BANK_TRANSFER]
        offered = [way for way in ways if service.channel(ChannelCode(way)) is not None]
        assert any(service.fee_rule(way).bearer is not FeeBearer.PAYER for way in offered), service.code


def test_every_text_in_the_files_has_its_arabic() -> None:
    """Every `name`, `text`, `steps` and `notice`, in every object at every depth, has its `…_ar`, in Arabic letters."""

    def objects(node: object) -> Iterator[dict[str, object]]:
        if isinstance(node, dict):
            yield node
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            yield from objects(child)

    pair_count = 0
    for path in sorted(FOLDER.glob("*.json")):
        for entry in objects(json.loads(path.read_text(encoding="utf-8"))):
            for field in entry.keys() & {"name", "text", "steps", "notice"}:
                if entry[field] == []:  # its channel's steps hold
                    continue
                arabic = json.dumps(entry[f"{field}_ar"], ensure_ascii=False)
                assert any("\u0600" <= letter <= "\u06ff" for letter in arabic), (path.name, entry)
                assert arabic != json.dumps(entry[field], ensure_ascii=False)
                pair_count += 1
    assert pair_count >= 34 + 8 * 2 + 11 + 30


def test_every_file_says_that_it_is_sample_data() -> None:
    """Nobody may take these dates for official ones."""
    for name in ("services.json", "agencies.json", "holidays.json"):
        content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        assert content["sample"] is True
        assert "Sample data" in content["notice"]


def test_every_agency_has_a_service_and_every_service_an_agency(catalogue: Catalogue) -> None:
    """No agency without purpose, no service without owner."""
    assert {service.agency for service in catalogue.services} == {agency.code for agency in catalogue.agencies}


def test_the_holidays_of_2026_and_2027_are_there_in_order_with_the_moon_ones_marked(catalogue: Catalogue) -> None:
    """Fixed days are certain; the two Eids, Arafat, the Hijri year, Ashura and the Prophet's birth are estimates."""
    days = [holiday.day for holiday in catalogue.holidays]
    certain = [holiday.day for holiday in catalogue.holidays if not holiday.moon_dependent]

    assert all(earlier < later for earlier, later in pairwise(days))
    assert Counter(day.year for day in days) == {2026: 15, 2027: 15}
    assert certain == [
        date(year, month, day) for year in (2026, 2027) for month, day in ((1, 1), (5, 1), (12, 16), (12, 17))
    ]
