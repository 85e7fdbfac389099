"""Which ways are open for whom: phase, hours, limits, accounts and health each close a way, with a code of its own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mizan.domain.fees import Fee, FeeBearer
from mizan.domain.journeys import (
    MEANS,
    Charge,
    ClosedCode,
    Offer,
    PayerProfile,
    Rail,
    Surroundings,
    fit_for,
    lacks_plain_way,
    offers_of,
)
from mizan.domain.payments import PaymentMethod
from mizan.domain.services import ChannelCode
from tests.fakes.clock import NOON
from tests.fakes.journeys import ALL_RAILS, a_service_with_ways, a_way

SERVICE = a_service_with_ways()
AROUND = Surroundings(rails=ALL_RAILS, now=NOON, holidays=frozenset())
COUNTER = (ChannelCode.COUNTER_CASH, None)
KIOSK = (ChannelCode.KIOSK, PaymentMethod.KIOSK)
CASH: set[PaymentMethod | None] = {PaymentMethod.KIOSK, None}
ONLINE_CASH: set[PaymentMethod | None] = {PaymentMethod.SADAD}


def offers(
    amount: int | None = 12_500, around: Surroundings = AROUND
) -> dict[tuple[ChannelCode, PaymentMethod | None], Offer]:
    found = offers_of([Charge(SERVICE, amount)], around)
    return {(offer.channel.code, offer.route.method): offer for offer in found}


def codes(offer: Offer) -> list[ClosedCode]:
    return [closing.code for closing in offer.closings]


def methods(found: tuple[Offer, ...]) -> set[PaymentMethod | None]:
    return {offer.route.method for offer in found}


def test_everything_is_open_at_noon_on_a_working_day() -> None:
    """Nothing closes what nothing speaks against."""
    assert all(offer.is_open for offer in offers().values())


def test_what_needs_no_card_comes_first_and_what_is_closed_last() -> None:
    """Nobody is led to a card who has another way."""
    around = replace(AROUND, rails={**ALL_RAILS, PaymentMethod.WALLET: Rail("wallet", is_down=True)})

    found = offers_of([Charge(SERVICE, 12_500)], around)

    assert [(offer.is_open, offer.route.needs_card) for offer in found] == [(True, False)] * 4 + [(True, True)] * 2 + [
        (False, False)
    ]


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (99, ClosedCode.TOO_LITTLE),
        (100, None),
        (1_000_000, None),
        (1_000_001, ClosedCode.TOO_MUCH),
    ],
)
def test_limits_hold_at_their_very_edges(amount: int, reason: ClosedCode | None) -> None:
    """Minimum and maximum are still taken."""
    assert codes(offers(amount)[KIOSK]) == ([reason] if reason else [])


def test_no_account_and_a_rail_that_is_down_are_told_apart() -> None:
    """The one is the agency's to mend, the other passes."""
    rails = {**ALL_RAILS, PaymentMethod.WALLET: Rail("wallet", is_down=True)}
    del rails[PaymentMethod.KIOSK]

    found = offers(around=replace(AROUND, rails=rails))

    assert codes(found[KIOSK]) == [ClosedCode.NO_ACCOUNT]
    assert codes(found[ChannelCode.WALLET, PaymentMethod.WALLET]) == [ClosedCode.DOWN]
    assert found[COUNTER].is_open  # the agency's own counter needs no account of the platform


def test_a_phase_shuts_a_channel_and_an_hour_closes_it_until_it_opens() -> None:
    """Both are said where both hold; only the hour says when it opens."""
    service = a_service_with_ways(stops_on=date(2026, 3, 1))
    evening = replace(AROUND, now=NOON + timedelta(hours=6))

    (counter,) = [one for one in offers_of([Charge(service, 12_500)], evening) if one.route.method is None]

    assert codes(counter) == [ClosedCode.PHASE, ClosedCode.HOURS]
    assert [closing.opens_at for closing in counter.closings] == [None, NOON.replace(day=2, hour=4, minute=30)]


def test_every_reason_is_said_in_both_languages() -> None:
    """With the amounts that decide."""
    for amount in (1, 2_000_000):
        for offer in offers(amount, Surroundings({}, NOON + timedelta(hours=12), frozenset())).values():
            for closing in offer.closings:
                assert closing.text
                assert any("\u0600" <= letter <= "\u06ff" for letter in closing.text_ar)
    assert "BHD 1000.000" in offers(2_000_000)[KIOSK].closings[0].text


def test_fees_are_disclosed_and_only_the_payers_own_is_added() -> None:
    """1.5 % of 12.500 are 188 fils and 19 of VAT; the treasury's 150 cost the payer nothing."""
    found = offers()
    card, kiosk = found[ChannelCode.ONLINE, PaymentMethod.CREDIT_CARD], found[KIOSK]

    assert card.fees == (Fee(188, 19, FeeBearer.PAYER),)
    assert (card.fee_added, card.payer_pays) == (207, 12_707)
    assert kiosk.fees == (Fee(150, 15, FeeBearer.TREASURY),)
    assert (kiosk.fee_added, kiosk.payer_pays) == (0, 12_500)
    assert found[COUNTER].fees == ()


@pytest.mark.parametrize(("amount", "asked"), [(12_389, 12_500), (12_390, 12_500), (12_392, 12_505), (12_394, 12_505)])
def test_where_coins_are_taken_the_payer_is_told_the_rounded_amount(amount: int, asked: int) -> None:
    """To 5 fils, after the fee: 101 and 10 of VAT are the payer's here."""
    sadad = offers(amount)[ChannelCode.KIOSK, PaymentMethod.SADAD]

    assert sadad.payer_pays == asked
    assert sadad.rounding == asked - amount - 111


def test_without_an_amount_neither_limits_nor_fees_are_judged() -> None:
    """What closes it all the same is said."""
    found = offers(None, replace(AROUND, rails={}))

    assert codes(found[KIOSK]) == [ClosedCode.NO_ACCOUNT]
    assert (found[KIOSK].fees, found[KIOSK].payer_pays) == ((), None)


@pytest.mark.parametrize(
    ("profile", "theirs"),
    [
        (PayerProfile.DEBIT_CARD, CASH | ONLINE_CASH | {PaymentMethod.DEBIT_CARD, PaymentMethod.BANK_TRANSFER}),
        (PayerProfile.WALLET_ONLY, CASH | ONLINE_CASH | {PaymentMethod.WALLET}),
        (PayerProfile.CASH_NO_SMARTPHONE, CASH),
        (PayerProfile.BANK_ACCOUNT_ONLY, CASH | ONLINE_CASH | {PaymentMethod.BANK_TRANSFER}),
        (PayerProfile.ABROAD, {PaymentMethod.CREDIT_CARD, PaymentMethod.BANK_TRANSFER}),
        (
            PayerProfile.COMPANY,
            CASH | ONLINE_CASH | {PaymentMethod.DEBIT_CARD, PaymentMethod.CREDIT_CARD, PaymentMethod.BANK_TRANSFER},
        ),
    ],
)
def test_each_payer_is_offered_what_they_can_use(profile: PayerProfile, theirs: set[PaymentMethod | None]) -> None:
    """Nobody is sent to what they do not have."""
    assert methods(fit_for(profile, offers().values())) == theirs


def test_every_profile_has_means() -> None:
    """A new profile is a line of the table."""
    assert MEANS.keys() == set(PayerProfile)


def test_a_service_that_leaves_nobody_without_a_card_a_way_is_flagged() -> None:
    """What opens tomorrow morning is a way; what has no account, is down or too small is none."""
    online, kiosk = a_way(ChannelCode.ONLINE), a_way(ChannelCode.KIOSK)
    service = a_service_with_ways(channels=(online, kiosk))

    def is_flagged(amount: int, around: Surroundings) -> bool:
        return lacks_plain_way(offers_of([Charge(service, amount)], around))

    assert not is_flagged(12_500, AROUND)
    assert is_flagged(2_000_000, AROUND)
    assert is_flagged(12_500, replace(AROUND, rails={PaymentMethod.DEBIT_CARD: Rail("benefit")}))
    assert not lacks_plain_way(offers(around=replace(AROUND, rails={}, now=NOON + timedelta(hours=12))).values())


def test_what_is_paid_at_once_goes_only_where_all_of_it_can_go() -> None:
    """Channels of every service, the sum against the limits, a fee for each."""
    narrow = a_service_with_ways("trade-name", channels=(a_way(ChannelCode.ONLINE), a_way(ChannelCode.KIOSK)))

    found = offers_of([Charge(SERVICE, 600_000), Charge(narrow, 500_000)], AROUND)

    assert {offer.channel.code for offer in found} == {ChannelCode.ONLINE, ChannelCode.KIOSK}
    assert all(codes(offer) == [ClosedCode.TOO_MUCH] for offer in found)
    card = next(offer for offer in found if offer.route.method is PaymentMethod.CREDIT_CARD)
    assert [fee.amount for fee in card.fees] == [9_000, 7_500]
    assert card.payer_pays == 1_100_000 + 9_900 + 8_250
