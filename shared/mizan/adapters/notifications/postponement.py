"""Puts a queue message off: it stays in the queue and comes back after a wait that the worker chooses."""

import math
import random
from datetime import datetime
from typing import Any

WAIT_SECONDS_MIN = 5
WAIT_SECONDS_MAX = 12 * 60 * 60 - 300
"""SQS hides a message for at most 12 hours from its receipt, and the attempt itself took some of them."""
JITTER = 0.1
"""So that one outage's messages do not all come back in the same second."""


class SqsPostponement:
    def __init__(self, client: Any, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def until(self, receipt_handle: str, instant: datetime, now: datetime) -> int:
        """Hide the message until `instant` (UTC); the seconds that it is hidden for."""
        wait = max((instant - now).total_seconds(), WAIT_SECONDS_MIN)
        wait *= 1 + random.uniform(0, JITTER)  # noqa: S311  # jitter, not a secret
        seconds = min(math.ceil(wait), WAIT_SECONDS_MAX)
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
        return seconds
