"""Suspense cases whose money is on its way back follow their refunds: returned with them, or open again."""

from mizan.application.decide_suspense import SuspenseDecisions
from mizan.application.ports_transfers import SuspenseCases
from mizan.domain.suspense import SuspenseState

CASE_COUNT_MAX = 500
PAGE_SIZE = 100


def follow_returns(*, cases: SuspenseCases, decisions: SuspenseDecisions) -> int:
    """How many changed. Bounded; done again, nothing changes."""
    seen = changed = 0
    cursor: str | None = None
    while seen < CASE_COUNT_MAX:
        page = cases.page(SuspenseState.PROPOSED, limit=PAGE_SIZE, cursor=cursor)
        changed += sum(decisions.follow(case) != case for case in page.cases)
        seen += PAGE_SIZE
        cursor = page.cursor
        if cursor is None:
            break
    return changed
