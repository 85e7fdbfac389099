"""The store in memory: the ports' rules and nothing else. It passes the contract suite of the real stores."""

import base64
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mizan.adapters.dynamodb.payment_records import PENDING_SHARD_COUNT
from mizan.application.ports import Page
from mizan.application.ports_books import CommitOutcome, Move, Record
from mizan.application.ports_transfers import CasePage
from mizan.domain.baskets import Basket
from mizan.domain.calendar import business_date
from mizan.domain.callbacks import CALLBACK_SHARD_COUNT, CallbackKey, RawCallback
from mizan.domain.disputes import Dispute
from mizan.domain.errors import InvalidInputError, ReferenceTakenError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState
from mizan.domain.ledger import LedgerTransaction, counted_movements
from mizan.domain.payments import Payment
from mizan.domain.quotes import Quote
from mizan.domain.references import parse_payment_id
from mizan.domain.refunds import Refund
from mizan.domain.suspense import SuspenseCase, SuspenseState
from mizan.domain.vouchers import Holding, Voucher


class FakeInvoiceRepository:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[str, Invoice] = {}
        self.baskets: dict[str, Basket] = {}
        self.reserved: dict[str, str] = {}
        self.revisions: dict[str, Invoice] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def add(self, invoice: Invoice) -> Invoice | None:
        with self.lock:
            if invoice.reference in self.baskets or invoice.reference in self.reserved:
                raise ReferenceTakenError("the reference is no invoice's")
            existing = self.rows.get(invoice.reference)
            if existing is None:
                self.rows[invoice.reference] = invoice
            return existing

    def get(self, reference: str) -> Invoice | None:
        return self.rows.get(reference)

    def get_many(self, references: Sequence[str]) -> list[Invoice]:
        return [self.rows[reference] for reference in references if reference in self.rows]

    def replace(self, before: Invoice, after: Invoice) -> bool:
        with self.lock:
            if not self.is_as_seen(before):
                return False
            self.keep_revision(before, after)
            self.rows[before.reference] = after
            return True

    def is_as_seen(self, before: Invoice) -> bool:
        stored = self.rows.get(before.reference)
        return stored is not None and (stored.state, stored.sequence) == (before.state, before.sequence)

    def keep_revision(self, before: Invoice, after: Invoice) -> None:
        if any(entry.event == InvoiceEvent.AMEND for entry in after.history[before.sequence :]):
            self.revisions.setdefault(before.reference, before)

    def original(self, invoice: Invoice) -> Invoice:
        first = self.revisions.get(invoice.reference, invoice)
        is_draft = first.history[0].event == InvoiceState.DRAFT
        return replace(
            first,
            state=InvoiceState.DRAFT if is_draft else InvoiceState.ISSUED,
            outstanding=first.amount,
            updated_at=first.created_at,
            plan=None,
            legs_paid=(),
            paid_by=(),
            superseded_by=None,
            grace=None,
            history=first.history[:1],
        )

    def list_day(self, agency: str, day: date, *, limit: int, cursor: str | None) -> Page:
        after = _read_cursor(cursor)
        rows = sorted(
            (invoice.created_at.isoformat(), invoice.reference)
            for invoice in list(self.rows.values())
            if invoice.agency == agency and business_date(invoice.created_at) == day
        )
        rows = [row for row in rows if "#".join(row) > after]
        shown = rows[:limit]
        following = base64.urlsafe_b64encode("#".join(shown[-1]).encode()).decode() if len(rows) > limit else None
        return Page(tuple(reference for _, reference in shown), following)

    def rows_of_day(self, agency: str, day: date, *, after: str, limit: int) -> list[str]:
        rows = sorted(
            f"{invoice.created_at.isoformat()}#{invoice.reference}"
            for invoice in list(self.rows.values())
            if invoice.agency == agency and business_date(invoice.created_at) == day
        )
        return [row for row in rows if row > after][:limit]

    def reserve_key(self, agency: str, idempotency_key: str, fingerprint: str, now: datetime) -> str:
        with self.lock:
            return self._keys.setdefault((agency, idempotency_key), fingerprint)


def _read_cursor(cursor: str | None) -> str:
    try:
        after = base64.urlsafe_b64decode(cursor).decode() if cursor is not None else ""
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if cursor is not None and "#" not in after:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return after


class FakePayerIndex:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], set[str]] = {}

    def put(self, agency: str, payer: str, row: str) -> None:
        self.rows.setdefault((agency, payer.upper()), set()).add(row)

    def rows_of_payer(self, agency: str, payer: str, *, after: str, limit: int) -> list[str]:
        rows = sorted(self.rows.get((agency, payer.upper()), set()))
        return [row for row in rows if row > after][:limit]


class FakeJournal:
    def __init__(self) -> None:
        self.rows: dict[CallbackKey, LedgerTransaction] = {}

    def read_day(self, posting_day: date) -> Iterator[LedgerTransaction]:
        rows = [row for row in list(self.rows.values()) if row.posting_day == posting_day]
        yield from sorted(rows, key=lambda row: (row.shard, row.transaction_id))

    def get(self, key: CallbackKey) -> LedgerTransaction | None:
        return self.rows.get(key)


class FakePaymentRepository:
    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self.rows: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self.vouchers: dict[str, Voucher] = {}

    def add(self, payment: Payment) -> Payment | None:
        with self._lock:
            existing = self.rows.get(payment.payment_id)
            if existing is None:
                self.rows[payment.payment_id] = payment
            return existing

    def get(self, payment_id: str) -> Payment | None:
        return self.rows.get(payment_id) if parse_payment_id(payment_id) else None

    def list_of_invoice(self, reference: str) -> list[Payment]:
        rows = [row for row in list(self.rows.values()) if row.reference == reference]
        return sorted(rows, key=lambda row: (row.created_at, row.payment_id))

    def replace(self, before: Payment, after: Payment) -> bool:
        with self._lock:
            if not self.is_as_seen(before):
                return False
            self.rows[before.payment_id] = after
            return True

    def is_as_seen(self, before: Payment) -> bool:
        stored = self.rows.get(before.payment_id)
        return stored is not None and _seen(stored) == _seen(before)

    def list_due(self, now: datetime, *, limit: int) -> Iterator[CallbackKey]:
        for shard in range(PENDING_SHARD_COUNT):
            due = [
                (at, own_id, key)
                for at, own_id, key in self._open_steps()
                if int(own_id[-6:]) % PENDING_SHARD_COUNT == shard and at <= now
            ]
            yield from (key for _, _, key in sorted(due, key=lambda one: one[:2])[:limit])

    def _open_steps(self) -> Iterator[tuple[datetime, str, CallbackKey]]:
        for payment in list(self.rows.values()):
            if (at := payment.next_step_at) is not None:
                yield at, payment.payment_id, CallbackKey(f"INV#{payment.reference}", f"PAY#{payment.payment_id}")
        for refund in list(self.refunds.values()):
            if (at := refund.next_step_at) is not None:
                yield at, refund.refund_id, CallbackKey(f"INV#{refund.payment_reference}", f"RFD#{refund.refund_id}")
        for voucher in list(self.vouchers.values()):
            if (at := voucher.next_step_at) is not None:
                yield at, voucher.voucher_id, CallbackKey(voucher.voucher_id, f"VCH#{voucher.voucher_id}")


def _seen(record: Payment | Refund) -> tuple[str, int, int]:
    return record.state, record.sequence, record.inquiry_count


ID_OF = {
    Refund: "refund_id",
    Dispute: "dispute_id",
    SuspenseCase: "case_id",
    Voucher: "voucher_id",
    Holding: "holder",
}


class FakeVoucherRepository:
    def __init__(self, books: "FakeBooks") -> None:
        self._books = books

    def get(self, voucher_id: str) -> Voucher | None:
        return self._books.vouchers.get(voucher_id)

    def holding(self, holder: str) -> Holding | None:
        return self._books.holdings.get(holder)


class FakeBooks:
    """Commits over the fakes it is given, under one lock: all of it or none of it."""

    def __init__(self, invoices: FakeInvoiceRepository, payments: FakePaymentRepository, journal: FakeJournal) -> None:
        self._invoices, self._payments, self._journal = invoices, payments, journal
        self.refunds = payments.refunds
        self.disputes: dict[str, Dispute] = {}
        self.cases: dict[str, SuspenseCase] = {}
        self.vouchers = payments.vouchers
        self.holdings: dict[str, Holding] = {}
        self.rows_of: dict[type, dict[str, Any]] = {
            Refund: self.refunds,
            Dispute: self.disputes,
            SuspenseCase: self.cases,
            Voucher: self.vouchers,
            Holding: self.holdings,
        }
        self.claims: dict[str, str] = {}
        self.balances: dict[str, int] = {}
        self.commit_count = 0

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        with self._invoices.lock:
            self.commit_count += 1
            key = _journal_key(transaction) if transaction else None
            if not all(self._is_as_seen(move) for move in moves) or key in self._journal.rows:
                return CommitOutcome.CHANGED
            if any(name in self.claims for name in claims or {}):
                return CommitOutcome.CLAIMED
            for move in moves:
                self._write(move)
            if transaction is not None and key is not None:
                self._journal.rows[key] = transaction
                for account, movement in counted_movements(transaction).items():
                    self.balances[account] = self.balances.get(account, 0) + movement
            self.claims |= claims or {}
            return CommitOutcome.COMMITTED

    def holder(self, claim: str) -> str | None:
        return self.claims.get(claim)

    def balance(self, account: str) -> int:
        """As `RunningBalances`."""
        return self.balances.get(account, 0)

    def _rows(self, record: Record) -> tuple[dict[str, Any], str]:
        if isinstance(record, Invoice):
            return self._invoices.rows, record.reference
        if isinstance(record, Payment):
            return self._payments.rows, record.payment_id
        return self.rows_of[type(record)], str(getattr(record, ID_OF[type(record)]))

    def _is_as_seen(self, move: Move) -> bool:
        rows, key = self._rows(move.after)
        stored = rows.get(key)
        if move.before is None or stored is None:
            is_taken = isinstance(move.after, Invoice) and move.after.reference in self._invoices.baskets
            return stored is None and move.before is None and not is_taken
        if isinstance(stored, Payment | Refund):
            return _seen(stored) == _seen(move.before)  # type: ignore[arg-type]  # a move keeps its kind
        return bool((stored.state, stored.sequence) == (move.before.state, move.before.sequence))

    def _write(self, move: Move) -> None:
        rows, key = self._rows(move.after)
        if isinstance(move.before, Invoice) and isinstance(move.after, Invoice):
            self._invoices.keep_revision(move.before, move.after)
        rows[key] = move.after


def _journal_key(transaction: LedgerTransaction) -> CallbackKey:
    return CallbackKey(f"JRN#{transaction.posting_day:%Y-%m-%d}#{transaction.shard:02d}", transaction.transaction_id)


class FakeRefundRepository:
    def __init__(self, books: FakeBooks) -> None:
        self._books = books

    def get(self, refund_id: str) -> Refund | None:
        return self._books.refunds.get(refund_id)

    def list_of_invoice(self, reference: str) -> list[Refund]:
        rows = [row for row in self._books.refunds.values() if row.payment_reference == reference]
        return sorted(rows, key=lambda row: (row.created_at, row.refund_id))


class FakeDisputeRepository:
    def __init__(self, books: FakeBooks) -> None:
        self._books = books

    def get(self, dispute_id: str) -> Dispute | None:
        return self._books.disputes.get(dispute_id)

    def list_of_invoice(self, reference: str) -> list[Dispute]:
        rows = [row for row in self._books.disputes.values() if row.payment_reference == reference]
        return sorted(rows, key=lambda row: (row.created_at, row.dispute_id))


class FakeSuspenseCases:
    def __init__(self, books: FakeBooks) -> None:
        self._books = books

    def get(self, case_id: str) -> SuspenseCase | None:
        return self._books.cases.get(case_id)

    def page(self, state: SuspenseState, *, limit: int, cursor: str | None) -> CasePage:
        after = _read_cursor(cursor)
        rows = sorted(
            (f"{case.created_at.isoformat()}#{case.case_id}", case)
            for case in list(self._books.cases.values())
            if case.state is state
        )
        rows = [row for row in rows if row[0] > after]
        shown = rows[:limit]
        following = base64.urlsafe_b64encode(shown[-1][0].encode()).decode() if len(rows) > limit else None
        return CasePage(tuple(case for _, case in shown), following)


class FakeReferenceReservations:
    """References of an invoice repository that are no invoice's."""

    def __init__(self, invoices: FakeInvoiceRepository) -> None:
        self._invoices = invoices

    def reserve(self, reference: str, identity: str) -> bool:
        with self._invoices.lock:
            if reference in self._invoices.rows or reference in self._invoices.baskets:
                return False
            return self._invoices.reserved.setdefault(reference, identity) == identity


class FakeRemitterIndex:
    def __init__(self) -> None:
        self.rows: dict[str, set[str]] = {}

    def put(self, iban: str, row: str) -> None:
        self.rows.setdefault(iban, set()).add(row)

    def rows_of(self, iban: str, *, limit: int) -> list[str]:
        return sorted(self.rows.get(iban, set()), reverse=True)[:limit]


class FakeQuoteBook:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Quote] = {}

    def keep(self, quote_id: str, quote: Quote, now: datetime) -> Quote:
        return self.rows.setdefault((quote.reference, quote_id), quote)

    def get(self, reference: str, quote_id: str) -> Quote | None:
        return self.rows.get((reference, quote_id))


class FakeBasketRepository:
    """Baskets and invoices share one space of references."""

    def __init__(self, invoices: FakeInvoiceRepository) -> None:
        self._invoices, self.rows = invoices, invoices.baskets

    def add(self, basket: Basket) -> Basket | None:
        with self._invoices.lock:
            if basket.reference in self._invoices.rows or basket.reference in self._invoices.reserved:
                raise ReferenceTakenError("the reference is an invoice's")
            existing = self.rows.get(basket.reference)
            self.rows.setdefault(basket.reference, basket)
            return existing

    def get(self, reference: str) -> Basket | None:
        return self.rows.get(reference)


class FakeCallbackLog:
    def __init__(self) -> None:
        self.rows: dict[CallbackKey, RawCallback] = {}
        self.quarantined: dict[CallbackKey, tuple[RawCallback, str]] = {}

    def record(self, callback: RawCallback) -> CallbackKey:
        key = CallbackKey(
            f"CB#{callback.minute}#{callback.shard}", f"{callback.received_at.isoformat()}#{callback.digest[:16]}"
        )
        self.rows[key] = callback
        return key

    def get(self, key: CallbackKey) -> RawCallback | None:
        return self.rows.get(key)

    def keys_of_minute(self, minute: datetime) -> Iterator[CallbackKey]:
        for shard in range(CALLBACK_SHARD_COUNT):
            partition = f"CB#{minute:%Y%m%d%H%M}#{shard}"
            yield from sorted((key for key in list(self.rows) if key.pk == partition), key=lambda key: key.sk)

    def quarantine(self, key: CallbackKey, callback: RawCallback, reason: str) -> None:
        self.quarantined[key] = (callback, reason)


class FakeHighWaterMarks:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rows: dict[str, datetime] = {}

    def read(self, name: str) -> datetime | None:
        return self.rows.get(name)

    def advance(self, name: str, seen: datetime | None, mark: datetime) -> bool:
        with self._lock:
            if self.rows.get(name) != seen:
                return False
            self.rows[name] = mark
            return True
