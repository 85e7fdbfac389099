"""The queue of invoice batches: a message names a batch, nothing more."""

import json
from typing import Any


class SqsBatchQueue:
    """Implements `BatchQueue`."""

    def __init__(self, client: Any, url: str) -> None:
        self._client, self._url = client, url

    def send(self, batch_id: str, *, delay_seconds: int = 0) -> None:
        body = json.dumps({"batch_id": batch_id})
        self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay_seconds)
