"""From the table's stream to the queues: new deliveries to the settling worker, changed objects to the publisher,
new invoices to the projector.

It copies keys and nothing else, so that no record can wedge the stream; a failed send raises and the batch comes again.
"""

from typing import Any

from mizan import bootstrap
from mizan.application.dispatch_changes import dispatch_changes

WRITES = ("INSERT", "MODIFY")
"""What expires is no news. Deliveries are never modified."""


def lambda_handler(event: dict[str, Any], context: object) -> None:
    written = [record for record in event["Records"] if record["eventName"] in WRITES]
    born = [record for record in written if record["eventName"] == "INSERT"]
    dispatch_changes(map(_key_in, written), routes=bootstrap.stream_routes())
    dispatch_changes(map(_key_in, born), routes=bootstrap.birth_routes())


def _key_in(record: dict[str, Any]) -> tuple[str, str]:
    key = record["dynamodb"]["Keys"]
    return key["pk"]["S"], key["sk"]["S"]
