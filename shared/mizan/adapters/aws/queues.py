"""Work queues in SQS: messages carry keys of stored items, never their content."""

import json
from collections.abc import Sequence
from typing import Any

from mizan.domain.callbacks import CallbackKey

BATCH_MAX = 10


class SqsWorkQueue:
    def __init__(self, client: Any, url: str) -> None:
        self._client, self._url = client, url

    def send(self, keys: Sequence[CallbackKey], *, delay_seconds: int = 0) -> None:
        """Raises RuntimeError when the queue refused any: the caller's run is then repeated as a whole.

        A delay takes the place of the queue's own.
        """
        delay: dict[str, int] = {"DelaySeconds": delay_seconds} if delay_seconds else {}
        for start in range(0, len(keys), BATCH_MAX):
            entries = [
                {"Id": str(position), "MessageBody": json.dumps({"pk": key.pk, "sk": key.sk}), **delay}
                for position, key in enumerate(keys[start : start + BATCH_MAX])
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise RuntimeError(f"the queue refused {len(answer['Failed'])} of {len(entries)} messages")
