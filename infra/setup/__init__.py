"""Setting a deployed platform up: key ring, merchant accounts, API keys, people; on AWS and on the local engine alike.

Every call of `add_key` makes another key, and an account without its token another account.
"""

from infra.setup.accounts import add_account, payout_account
from infra.setup.keys import KeyGrant, add_key, revoke_key
from infra.setup.people import put_person, revoke_person
from infra.setup.ring import ensure_key_ring

__all__ = [
    "KeyGrant",
    "add_account",
    "add_key",
    "ensure_key_ring",
    "payout_account",
    "put_person",
    "revoke_key",
    "revoke_person",
]
