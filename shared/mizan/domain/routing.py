"""Which merchant accounts may take a payment, and in which order: by rank, then by what they cost. Pure.

An account's rules are its settings: `services` (codes, separated by commas; none: all), `amount_min` and `amount_max`
(fils), `cost_fils` and `cost_bps` (what a payment costs the agency: a sum and a part of the amount), `effective_until`
(the instant, ISO 8601, from which it takes nothing new).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from mizan.domain.accounts import MerchantAccount

BASIS = 10_000
RULES = frozenset({"services", "amount_min", "amount_max", "cost_fils", "cost_bps", "effective_until"})


def candidates(
    accounts: Iterable[MerchantAccount], *, method: str, service: str, amount: int | None, now: datetime
) -> tuple[MerchantAccount, ...]:
    """Those that may take `amount` fils (None: any) for `service` by `method` at `now`, the preferred one first.

    `accounts` are the agency's own: money is never taken through another's.
    """
    fitting = [
        account
        for account in accounts
        if account.is_active
        and account.method == method
        and account.effective_from <= now
        and _may_take(account.settings, service, amount, now)
    ]
    return tuple(sorted(fitting, key=lambda account: (account.rank, cost_of(account, amount or 0), account.account_id)))


def cost_of(account: MerchantAccount, amount: int) -> int:
    """What taking `amount` fils costs, in fils, half a fils rounded up. 0 where no cost is known."""
    part = amount * _number(account.settings, "cost_bps", 0)
    return _number(account.settings, "cost_fils", 0) + (part + BASIS // 2) // BASIS


def wrong_rules(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The names of rules that cannot be read: an account with one takes nothing, so whoever adds it is told."""
    return tuple(sorted(name for name in RULES & set(settings) if not _is_readable(name, settings[name])))


def _may_take(settings: Mapping[str, str], service: str, amount: int | None, now: datetime) -> bool:
    if wrong_rules(settings):
        return False
    services = [code.strip() for code in settings.get("services", "").split(",") if code.strip()]
    until = settings.get("effective_until")
    is_open = until is None or now < datetime.fromisoformat(until)
    fits = amount is None or _number(settings, "amount_min", 0) <= amount <= _number(settings, "amount_max", amount)
    return is_open and fits and (not services or service in services)


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name)
    return int(text) if text is not None else default


def _is_readable(name: str, text: str) -> bool:
    if name == "services":
        return True
    if name != "effective_until":
        return text.isascii() and text.isdecimal()
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
