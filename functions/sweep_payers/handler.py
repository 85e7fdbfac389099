"""Each hour: hand what was created since to the projector once more, so that what the stream lost is found."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    handed_over = bootstrap.sweep_payers()()
    count("PayersSwept", handed_over)
    logger.info("swept", extra={"handed_over": handed_over})
    return {"handed_over": handed_over}
