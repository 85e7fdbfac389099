"""The payout bank that the platform is wired with pays from the treasury's sealed account."""

import pytest

from mizan import bootstrap
from mizan.adapters.gateways.payout_bank.bank import HttpPayoutBank
from mizan.application.ports_refunds import NameMatch
from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY
from tests.fakes.world import FakeAccountDirectory


class AskedDirectory(FakeAccountDirectory):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def active_for(self, agency: str, method: str) -> None:
        self.asked.append((agency, method))


def test_the_account_is_looked_up_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each call, so that a rotated key is used without a deployment; none is no bank, and no error at start."""
    directory = AskedDirectory()
    monkeypatch.setattr(bootstrap, "accounts", lambda: directory)
    bootstrap.payout_bank.cache_clear()

    bank = bootstrap.payout_bank()

    assert isinstance(bank, HttpPayoutBank)
    assert directory.asked == []
    assert bank.check_name("BH67BMAG00001299123456", "Maryam Ali") is NameMatch.UNAVAILABLE
    assert directory.asked == [(PLATFORM_AGENCY, PAYOUT_METHOD)]
    bootstrap.payout_bank.cache_clear()
