"""From the table's stream to the queues: new deliveries to the settling worker, new journal entries to webhooks.

It copies keys and nothing else, so that no record can wedge the stream; a failed send raises and the batch comes again.
"""

from typing import Any

from mizan import bootstrap
from mizan.application.dispatch_changes import dispatch_changes


def lambda_handler(event: dict[str, Any], context: object) -> None:
    keys = [
        (record["dynamodb"]["Keys"]["pk"]["S"], record["dynamodb"]["Keys"]["sk"]["S"])
        for record in event["Records"]
        if record["eventName"] == "INSERT"
    ]
    dispatch_changes(keys, routes=bootstrap.stream_routes())
