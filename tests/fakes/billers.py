"""What billers' notices need from the store, in memory; and the use cases wired over a platform's fakes."""

from datetime import datetime
from typing import Any

from mizan.adapters.gateways.billers import BILLERS
from mizan.application.book_biller_notice import BillerNotices
from mizan.application.book_notice import NoticeBook
from mizan.application.book_unmatched import UnmatchedMoney
from mizan.domain.operators import Operator


class FakeNoticeClaims:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}

    def take(self, account_token: str, name: str, holder: str) -> str:
        return self.rows.setdefault((account_token, name), holder)


class FakeMissCounter:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, datetime], int] = {}

    def count(self, account_token: str, minute: datetime) -> int:
        return self.rows.get((account_token, minute), 0)

    def add(self, account_token: str, minute: datetime) -> None:
        self.rows[account_token, minute] = self.count(account_token, minute) + 1


class FakeOperatorRepository:
    def __init__(self, *operators: Operator) -> None:
        self.rows = {operator.code: operator for operator in operators}

    def get(self, code: str) -> Operator | None:
        return self.rows.get(code)

    def all(self) -> list[Operator]:
        return [operator for _, operator in sorted(self.rows.items())]

    def replace(self, before: Operator, after: Operator) -> bool:
        stored = self.rows.get(before.code)
        if stored is None or (stored.state, stored.sequence) != (before.state, before.sequence):
            return False
        self.rows[before.code] = after
        return True


def biller_notices(
    book: NoticeBook,
    *,
    accounts: Any,
    payments: Any,
    books: Any,
    derivation: Any,
    clock: Any,
    sleep: Any,
    claims: FakeNoticeClaims | None = None,
) -> BillerNotices:
    """The production use case over whatever stores are given."""
    unmatched = UnmatchedMoney(
        payments=payments, books=books, book=book, derivation=derivation, clock=clock, sleep=sleep
    )
    return BillerNotices(
        accounts=accounts, billers=BILLERS, claims=claims or FakeNoticeClaims(), book=book, unmatched=unmatched
    )
