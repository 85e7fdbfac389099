"""What a function tells its operators: structured lines and counts, under one correlation id, with nothing personal.

Powertools' logger and metrics (no tracer: importing it costs 205 ms, even disabled). No event is ever logged.
"""

import functools
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from mizan.entrypoints.masking import masked

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "mizan")
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Mizan")

Answer = TypeVar("Answer")


class MaskingFormatter(LambdaPowertoolsFormatter):
    """One JSON line, after `masked`."""

    def serialize(self, log: Any) -> str:
        return super().serialize(masked(log))


logger = Logger(
    service=SERVICE, logger_formatter=MaskingFormatter(utc=True, use_rfc3339=True, serialize_stacktrace=False)
)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def correlate(correlation_id: str) -> None:
    """Every line from here on carries this id: the agency's own where it sent one."""
    logger.set_correlation_id(correlation_id)


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Count something (Embedded Metric Format): written at the end of the call; at once where it has dimensions."""
    if not dimensions:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
        return
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=SERVICE)
        for dimension, text in dimensions.items():
            metric.add_dimension(name=dimension, value=text)


def flush() -> None:
    """Write the counts of this call, where there are any (Powertools warns about none)."""
    if metrics.provider.metric_set:
        metrics.flush_metrics()


def worker(handler: Callable[[dict[str, Any], Any], Answer]) -> Callable[[dict[str, Any], Any], Answer]:
    """A queue or schedule handler with its logs and counts: one closing line, and every failure with its traceback."""

    @functools.wraps(handler)
    def run(event: dict[str, Any], context: Any) -> Answer:
        started = time.monotonic()
        correlate(getattr(context, "aws_request_id", "none"))
        try:
            answer = handler(event, context)
            logger.info("done", extra={"duration_ms": round((time.monotonic() - started) * 1000)})
            return answer
        except Exception:
            logger.exception("failed")
            raise
        finally:
            flush()

    return run
