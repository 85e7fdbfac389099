"""Everything that a story left, read once: what is stored, and what the world outside knows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from mizan.adapters.dynamodb.invoice_records import invoice_of
from mizan.adapters.dynamodb.items import unpack
from mizan.adapters.dynamodb.journal_records import transaction_of
from mizan.adapters.dynamodb.payment_records import payment_of
from mizan.adapters.dynamodb.refund_records import dispute_of, refund_of
from mizan.adapters.dynamodb.voucher_records import holding_of, voucher_of
from mizan.domain.disputes import Dispute
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import VOUCHER_GATEWAY, LedgerTransaction
from mizan.domain.payments import Capture, Payment
from mizan.domain.references import track_id
from mizan.domain.refunds import Refund
from mizan.domain.suspense import SuspenseCase
from mizan.domain.vouchers import Holding, Voucher, VoucherState
from tests.simulation.billers import Taken
from tests.simulation.everybody import Everybody
from tests.simulation.wiring import SimulatedPlatform

Findings = Iterator[str]


NO_INVOICES = frozenset({"basket", "suspense"})
"""Kinds of heads that keep a reference for something else."""


@dataclass
class Books:
    """Everything that is stored, read once."""

    platform: SimulatedPlatform
    actors: Everybody

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        return self.platform.table.all_keys()

    def items(self, pk: str, sk: str = "") -> list[dict[str, Any]]:
        table = self.platform.table
        return [
            unpack(item)
            for key in self.keys
            if key[0].startswith(pk) and key[1].startswith(sk) and (item := table.get(key)) is not None
        ]

    @cached_property
    def invoices(self) -> dict[str, Invoice]:
        sealing = self.platform.truth.invoices._personal
        rows = [invoice_of(item, sealing) for item in self.items("INV#", "HEAD") if item.get("kind") not in NO_INVOICES]
        return {row.reference: row for row in rows}

    @cached_property
    def basket_references(self) -> frozenset[str]:
        heads = self.items("INV#", "HEAD")
        return frozenset(item["pk"].removeprefix("INV#") for item in heads if item.get("kind") == "basket")

    @cached_property
    def payments(self) -> dict[str, Payment]:
        sealing = self.platform.truth.invoices._personal
        return {row.payment_id: row for row in (payment_of(item, sealing) for item in self.items("INV#", "PAY#"))}

    @cached_property
    def refunds(self) -> dict[str, Refund]:
        sealing = self.platform.truth.invoices._personal
        return {row.refund_id: row for row in (refund_of(item, sealing) for item in self.items("INV#", "RFD#"))}

    @cached_property
    def disputes(self) -> dict[str, Dispute]:
        return {row.dispute_id: row for row in map(dispute_of, self.items("INV#", "DSP#"))}

    @cached_property
    def journal(self) -> list[LedgerTransaction]:
        return [transaction_of(item) for item in self.items("JRN#")]

    @cached_property
    def balances(self) -> Counter[tuple[str, str]]:
        """(account, currency) → debit less credit, in minor units."""
        found: Counter[tuple[str, str]] = Counter()
        for entry in self.journal:
            for posting in entry.postings:
                found[posting.debit, entry.currency] += posting.amount
                found[posting.credit, entry.currency] -= posting.amount
        return found

    @cached_property
    def cases(self) -> dict[str, SuspenseCase]:
        return {case.case_id: case for case in self.platform.all_cases()}

    @cached_property
    def allocations(self) -> dict[str, SuspenseCase]:
        """Attempts that money in suspense became, with the case of each."""
        return {case.allocated_to: case for case in self.cases.values() if case.allocated_to is not None}

    @cached_property
    def vouchers(self) -> dict[str, Voucher]:
        return {row.voucher_id: row for row in map(voucher_of, self.items("vch_", "VCH#"))}

    @cached_property
    def holdings(self) -> dict[str, Holding]:
        return {row.holder: row for row in map(holding_of, self.items("HLD#", "HEAD"))}

    @cached_property
    def moved_cases(self) -> frozenset[str]:
        """Cases whose money lies elsewhere by now: there it is taken back."""
        return frozenset(case.case_id for case in self.allocations.values())

    def _said_of_allocated(self, payment: Payment, case: SuspenseCase) -> tuple[str, Capture | None]:
        """What a rail took that a case is about: a transfer is taken back where it lies, others where they came."""
        transfer = self.platform.bank_account.transfers.get(payment.capture.transaction) if payment.capture else None
        state = "reversed" if transfer is not None and transfer.is_reversed else "captured"
        return state, replace(payment.capture, amount=case.amount) if payment.capture else None

    def taken_of(self, payment: Payment) -> Taken | None:
        """What a bank or a kiosk took, where an attempt is of that."""
        taken = self.platform.billers.taken.get(payment.capture.transaction) if payment.capture else None
        return taken if taken is not None and taken.account.account_id == payment.account_id else None

    def said_of(self, payment: Payment) -> tuple[str, Capture | None]:
        """What its rail says of an attempt, and what it took."""
        case = self.allocations.get(payment.payment_id)
        if case is not None:
            return self._said_of_allocated(payment, case)
        transfer = self.platform.bank_account.transfers.get(payment.capture.transaction) if payment.capture else None
        if transfer is not None:
            is_gone = transfer.is_reversed and f"sus_{track_id(payment.payment_id)}" not in self.moved_cases
            return "reversed" if is_gone else "captured", transfer.capture
        if payment.gateway == VOUCHER_GATEWAY:
            transaction = payment.capture.transaction if payment.capture else ""
            voucher = self.vouchers.get(transaction)
            is_its_own = voucher is not None and voucher.payment_id == payment.payment_id
            is_spent = is_its_own and voucher is not None and voucher.state is VoucherState.SPENT
            return ("captured", payment.capture) if is_spent else ("never opened", None)
        taken = self.taken_of(payment)
        if taken is not None:
            return "reversed" if taken.is_reversed else "captured", taken.capture
        page = self.platform.gateway.pages.get(track_id(payment.payment_id))
        return (page.state, page.capture) if page is not None else ("never opened", None)
