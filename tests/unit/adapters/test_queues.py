"""The work queue over SQS: every key handed over, or an error; and what is handed over reads back."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from mizan.adapters.aws.queues import SqsWorkQueue
from mizan.domain.callbacks import CallbackKey
from mizan.entrypoints.queues import key_of
from tests.engines import REGION


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_key_arrives_in_batches_that_sqs_takes(count: int) -> None:
    """Ten at a time; the message carries the key and nothing else."""
    keys = [CallbackKey("CB#202603010902#3", f"2026-03-01T09:02:00+00:00#{number:016x}") for number in range(count)]
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        url = client.create_queue(QueueName="settle")["QueueUrl"]

        SqsWorkQueue(client, url).send(keys)

        received: list[CallbackKey] = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            received += [key_of(message["Body"]) for message in messages]
    assert sorted(received, key=lambda key: key.sk) == keys


class HalfDeaf:
    """Refuses the second message of every batch, with status 200 as SQS does."""

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # AWS's names
        return {
            "Successful": Entries[:1],
            "Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in Entries[1:2]],
        }


def test_a_message_that_was_not_taken_is_an_error() -> None:
    """SQS answers 200 all the same: the caller's run is repeated as a whole."""
    queue = SqsWorkQueue(HalfDeaf(), "url")
    queue.send([CallbackKey("CB#1", "a")])

    with pytest.raises(RuntimeError, match="refused 1 of 2"):
        queue.send([CallbackKey("CB#1", "a"), CallbackKey("CB#1", "b")])


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"pk": "a"}', "null", "not json"])
def test_a_body_that_is_no_key_is_an_error(body: str) -> None:
    """It goes to the dead letters, where a person sees it."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        key_of(body)
