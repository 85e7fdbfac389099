"""Who may call, and through which merchant account money comes in."""

from dataclasses import dataclass
from datetime import datetime, time

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


class AccountSecrets:
    """What a gateway gave us to speak to it; prints as stars."""

    __slots__ = ("password", "resource_key", "retired_keys")

    def __init__(self, *, password: str, resource_key: str, retired_keys: tuple[str, ...] = ()) -> None:
        self.password, self.resource_key, self.retired_keys = password, resource_key, retired_keys

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
