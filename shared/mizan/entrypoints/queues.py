"""What queues carry: the key of a stored item, never its content."""

import json

from mizan.domain.callbacks import CallbackKey


def key_of(body: str) -> CallbackKey:
    """The key in a message. Raises ValueError or KeyError on a body that is not one."""
    message = json.loads(body)
    return CallbackKey(pk=str(message["pk"]), sk=str(message["sk"]))
