"""How each merchant account's rail is doing, for those who watch over them: state, rates, and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass

from mizan.application.ports import AccountDirectory, Clock
from mizan.application.ports_rails import RailRecords
from mizan.domain.accounts import PAYOUT_METHOD, Caller, MerchantAccount
from mizan.domain.health import RailEntry, RailHealth, RailPolicy, Tally

ENTRY_COUNT_MAX = 20


@dataclass(frozen=True, slots=True)
class RailReport:
    """`seen`: what was counted in the last slots; `entries` the last changes, newest first."""

    account: MerchantAccount
    health: RailHealth
    seen: Tally
    entries: Sequence[RailEntry]


def read_rails(
    *, caller: Caller, accounts: AccountDirectory, records: RailRecords, policy: RailPolicy, clock: Clock
) -> list[RailReport]:
    """Of the active accounts that `caller` may see, by agency, method and rank."""
    now = clock.now()
    shown = [
        account
        for account in accounts.list_all()
        if account.is_active and account.method != PAYOUT_METHOD and caller.may_see(account.agency)
    ]
    reports = []
    for account in sorted(shown, key=lambda one: (one.agency, one.method, one.rank, one.account_id)):
        health = records.read(account.account_id)
        seen = records.total(account.account_id, policy.window_from(health, now))
        entries = records.entries(account.account_id, limit=ENTRY_COUNT_MAX)
        reports.append(RailReport(account, health, seen, entries))
    return reports
