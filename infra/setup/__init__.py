"""Setting a deployed platform up: key ring, merchant accounts, API keys; on AWS and on the local engine alike.

Each call may be made again; none replaces a key or a secret that is there.
"""

from infra.setup.accounts import add_account
from infra.setup.keys import KeyGrant, add_key
from infra.setup.ring import ensure_key_ring

__all__ = ["KeyGrant", "add_account", "add_key", "ensure_key_ring"]
