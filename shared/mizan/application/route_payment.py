"""Choose the merchant accounts that a payment may go through, in order; skip those whose rail is down.

A rail that is down is let one call at a time to see whether it is back (`RailWatch.claim_probe`), whatever its rank: so
every rail comes back by itself, and where only those that are down are left, the best of them is tried within bounds.
"""

from collections.abc import Iterator

from mizan.application.ports import AccountDirectory, Clock
from mizan.application.watch_rails import RailWatch
from mizan.domain.accounts import PLATFORM_AGENCY, MerchantAccount
from mizan.domain.errors import InvalidInputError, MethodUnavailableError
from mizan.domain.ledger import CASH_GATEWAYS
from mizan.domain.payments import NOTICE_FIRST, PaymentMethod
from mizan.domain.routing import candidates

ROUTE_COUNT_MAX = 3
"""Accounts that one attempt may be sent to, one after the other: the payer is waiting."""


class Router:
    """Implements `mizan.application.ports_rails.MethodAvailability`."""

    def __init__(self, *, accounts: AccountDirectory, watch: RailWatch, clock: Clock) -> None:
        self._accounts, self._watch, self._clock = accounts, watch, clock

    def routes(self, agency: str, service: str, method: PaymentMethod, amount: int) -> tuple[MerchantAccount, ...]:
        """The accounts for a payment of `amount` fils, the first to be tried first; at least one.

        Raises InvalidInputError (no account takes this), MethodUnavailableError (each that does is down).
        """
        if method in NOTICE_FIRST:
            raise InvalidInputError.of("method", "method_starts_elsewhere")
        fitting = self._candidates(agency, service, method, amount)
        if not fitting:
            raise InvalidInputError.of("method", "method_not_available")
        up = [account for account in fitting if self._watch.health_of(account.account_id).is_up]
        routes = (*self._probe(fitting), *up)
        if not routes:
            raise MethodUnavailableError(method, self.available_methods(agency, service))
        return _alike(routes)[:ROUTE_COUNT_MAX]

    def is_method_up(self, agency: str, service: str, method: PaymentMethod) -> bool:
        fitting = self._candidates(agency, service, method, None)
        return any(self._is_up(account) or self._watch.may_try(account.account_id) for account in fitting)

    def available_methods(self, agency: str, service: str) -> tuple[PaymentMethod, ...]:
        return tuple(method for method in PaymentMethod if self.open_accounts(agency, service, method, None))

    def open_accounts(
        self, agency: str, service: str, method: PaymentMethod, amount: int | None
    ) -> tuple[MerchantAccount, ...]:
        return tuple(one for one in self._candidates(agency, service, method, amount) if self._is_up(one))

    def _candidates(
        self, agency: str, service: str, method: PaymentMethod, amount: int | None
    ) -> tuple[MerchantAccount, ...]:
        found = self._accounts.all_active_for(agency, method)
        if method in NOTICE_FIRST:  # one account may serve all agencies
            found = [*found, *self._accounts.all_active_for(PLATFORM_AGENCY, method)]
        return candidates(found, method=method, service=service, amount=amount, now=self._clock.now())

    def _is_up(self, account: MerchantAccount) -> bool:
        return account.method in NOTICE_FIRST or self._watch.health_of(account.account_id).is_up

    def _probe(self, fitting: tuple[MerchantAccount, ...]) -> Iterator[MerchantAccount]:
        """At most one: the best that is due and that nobody else is trying."""
        for account in fitting:
            if self._watch.may_probe(account.account_id) and self._watch.claim_probe(account.account_id):
                yield account
                return


def _alike(routes: tuple[MerchantAccount, ...]) -> tuple[MerchantAccount, ...]:
    """Those that ask for the same amount as the first: one that takes coins rounds, and the attempt's price stands."""
    takes_coins = routes[0].gateway in CASH_GATEWAYS
    return tuple(account for account in routes if (account.gateway in CASH_GATEWAYS) is takes_coins)
