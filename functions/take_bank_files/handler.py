"""Each minute: work through the banks' files in the inbox. A repeat is harmless: every credit is booked once."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = bootstrap.bank_file_desk().run()
    followed = bootstrap.follow_returns()()
    for outcome, number in report.outcomes.items():
        count("BankCredit", number, outcome=str(outcome))
    count("BankFileRefused", len(report.refused))
    if report.refused:
        logger.warning("bank files refused", extra={"keys": report.refused})
    counts = {str(outcome): number for outcome, number in report.outcomes.items()}
    if report.taken:
        logger.info("bank files taken", extra={"keys": report.taken, "outcomes": counts})
    return {"taken": len(report.taken), "refused": len(report.refused), "followed": followed, "outcomes": counts}
