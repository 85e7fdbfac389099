"""From the table's stream to the queues: new deliveries to the settling worker, changed objects to the publisher.

It copies keys and nothing else, so that no record can wedge the stream; a failed send raises and the batch comes again.
"""

from typing import Any

from mizan import bootstrap
from mizan.application.dispatch_changes import dispatch_changes

WRITES = ("INSERT", "MODIFY")
"""What expires is no news. Deliveries are never modified."""


def lambda_handler(event: dict[str, Any], context: object) -> None:
    keys = [
        (record["dynamodb"]["Keys"]["pk"]["S"], record["dynamodb"]["Keys"]["sk"]["S"])
        for record in event["Records"]
        if record["eventName"] in WRITES
    ]
    dispatch_changes(keys, routes=bootstrap.stream_routes())
