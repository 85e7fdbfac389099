"""Who may call, and through which merchant account money comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from types import MappingProxyType

PLATFORM_AGENCY = "*"
"""Whose account it is when it is no agency's: the treasury's own."""

PAYOUT_METHOD = "iban_payout"
"""The method of the account that the platform pays out from, to any IBAN; it takes no payments."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the authoriser found behind a key or a personal token. `agency` is its code, or "*" for a platform role.

    `person` is the subject at the identity issuer, None where an API key calls; a person's `key_id` is
    `sub:{person}`. `approval_limit` is the largest amount, in fils, that the person may approve at once; None: no
    limit was set.
    """

    agency: str
    role: str
    key_id: str
    scopes: frozenset[str]
    person: str | None = None
    approval_limit: int | None = None

    def may_see(self, agency: str) -> bool:
        return self.agency in ("*", agency)


def maker_of(caller: Caller) -> str:
    """Whom a record names as its maker: the person, else `key:{key_id}`.

    Two keys can be one person, so a checker is compared by this where a person checks (SamePersonError).
    """
    return caller.person if caller.person is not None else f"key:{caller.key_id}"


NOTHING: Mapping[str, str] = MappingProxyType({})


class AccountSecrets:
    """What a gateway gave us to speak to it; prints as stars. `named` holds what only some rails have, by name
    (`webhook_secret`, a PEM `signing_key` …).
    """

    __slots__ = ("named", "password", "resource_key", "retired_keys")

    def __init__(
        self,
        *,
        password: str,
        resource_key: str,
        retired_keys: tuple[str, ...] = (),
        named: Mapping[str, str] = NOTHING,
    ) -> None:
        self.password, self.resource_key, self.retired_keys = password, resource_key, retired_keys
        self.named = MappingProxyType(dict(named))

    def __repr__(self) -> str:
        return "AccountSecrets(***)"


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """A gateway account: which terminal takes money for which agency, and the secrets to speak for it.

    `agency` is `PLATFORM_AGENCY` for the treasury's own: its terminal for payments that are several agencies', and the
    account at the payout bank (`PAYOUT_METHOD`; terminal id = client id, password = API key, resource key = signing
    secret).
    `token` is the opaque part of the callback address. `secrets` holds the active key first, then retired ones, which
    still open old messages; never logged (kept out of `repr` by `AccountSecrets`).

    `rank`: among the accounts that take a method for an agency the lowest is preferred. `operator`: the code of the
    private operator that runs the rail, where one does. `settings`: what the rail's adapter has to know and anyone may
    (an app id, a currency code); each adapter names its own.
    """

    account_id: str
    token: str
    gateway: str
    agency: str
    terminal_id: str
    method: str
    base_url: str
    cutoff: time
    is_active: bool
    secrets: AccountSecrets
    effective_from: datetime
    rank: int = 0
    operator: str | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: NOTHING)
