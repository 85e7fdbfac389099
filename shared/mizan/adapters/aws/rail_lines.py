"""What operators are told of rails: one line in CloudWatch's Embedded Metric Format per change, for the alarms.

Standard library only: whatever calls a gateway loads this.
"""

import json
import os
import sys
from datetime import UTC, datetime

from mizan.domain.health import RailEvent, RailHealth

NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Mizan")
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "mizan")

METRIC_OF = {RailEvent.TRIP: "RailDown", RailEvent.FAIL: "RailProbeFailed", RailEvent.RECOVER: "RailUp"}
"""The metric of a change; a probe that passed is none by itself."""


def tell_rail_change(health: RailHealth, event: RailEvent) -> None:
    """`RailDown`, `RailUp`, `RailProbeFailed`: each counted by service, the account named beside it."""
    metric = METRIC_OF.get(event)
    if metric is None:
        return
    seen = {
        "calls": health.seen.calls,
        "failure_rate": health.seen.failure_rate,
        "unknown_rate": health.seen.unknown_rate,
    }
    _write(metric, {"account": health.account_id, "state": str(health.state), **seen})


def tell_lost_count(error: Exception) -> None:
    """A call that could not be counted: its answer stands, the rate lacks it."""
    _write("RailCountLost", {"error": type(error).__name__})


def _write(metric: str, properties: dict[str, str | int]) -> None:
    directive = {"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": [{"Name": metric, "Unit": "Count"}]}
    stamp = int(datetime.now(UTC).timestamp() * 1000)
    line = {"_aws": {"Timestamp": stamp, "CloudWatchMetrics": [directive]}, "service": SERVICE, metric: 1, **properties}
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
