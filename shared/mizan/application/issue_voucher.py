"""Cash becomes a voucher at a kiosk or an agent's counter; one that was not used can become cash again, or runs out."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mizan.application.ports import Clock, Derivation
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_vouchers import Digest, IssueVoucher, VoucherRepository
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import PLATFORM_AGENCY, MerchantAccount
from mizan.domain.calendar import business_date
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError, NotFoundError
from mizan.domain.history import Entry
from mizan.domain.ledger import (
    LedgerTransaction,
    Posting,
    TransactionKind,
    dormant,
    gateway_clearing,
    vouchers_outstanding,
)
from mizan.domain.references import voucher_id_of
from mizan.domain.vouchers import (
    AMOUNT_MIN,
    HOLDING_MAX,
    LIFETIME,
    VOUCHER_STATES,
    Holding,
    Voucher,
    VoucherEvent,
    VoucherState,
    changed,
    held,
)


def claim_of_code(digest: str) -> str:
    """The name under which a code is known to be a voucher's."""
    return f"VCD#{digest}"


SOLD, CANCELLED = "sold", "cancelled"
"""Which came first of a sale and its cancellation: whoever takes the turn."""

CANCEL_WITHIN = timedelta(minutes=30)
"""How long a machine may say that it gave the cash back; later only the treasury turns a code into cash."""


def _turn(voucher_id: str) -> str:
    return f"VCN#{voucher_id}"


class VoucherDesk:
    """`digest` keeps who holds a voucher out of the store."""

    def __init__(
        self,
        *,
        vouchers: VoucherRepository,
        books: Books,
        derivation: Derivation,
        digest: Digest,
        clock: Clock,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._vouchers, self._books, self._derivation = vouchers, books, derivation
        self._digest, self._clock, self._sleep = digest, clock, sleep

    def issue(self, command: IssueVoucher) -> tuple[Voucher, str, bool]:
        """The voucher, its code, and whether this call made it (False: the same transaction again).

        Raises InvalidInputError (too little, more than the holder may have, another currency),
        IdempotencyConflictError (the transaction's id came before with something else), BusyError.
        """
        holder = self._digest(command.identifier)
        code = self._derivation.cash_code(command.voucher_id)
        for _ in attempts(self._sleep):
            existing = self._vouchers.get(command.voucher_id)
            if existing is not None:
                if (existing.holder, existing.amount) != (holder, command.amount):
                    raise IdempotencyConflictError("the transaction's id came before with something else")
                if existing.state is VoucherState.CANCELLED:
                    raise VOUCHER_STATES.refusal(existing.state, VoucherEvent.ISSUE)
                return existing, code, False
            holding = self._vouchers.holding(holder)
            _require_room(command, holding)
            voucher = self._new(command, holder, code)
            moves = [Move(None, voucher), holding_move(holding, holder, command.amount)]
            outcome = self._books.commit(
                moves,
                transaction=_issued(voucher, command),
                claims={claim_of_code(voucher.code_digest): voucher.voucher_id, _turn(voucher.voucher_id): SOLD},
            )
            if outcome is CommitOutcome.COMMITTED:
                return voucher, code, True
            if outcome is CommitOutcome.CLAIMED:
                self._require_not_cancelled(voucher.voucher_id)
        raise BusyError("the holder's vouchers kept changing")

    def is_known(self, command: IssueVoucher) -> bool:
        """Whether the transaction was sold before: then it is answered whatever holds by now."""
        return self._vouchers.get(command.voucher_id) is not None

    def cancel(self, account: MerchantAccount, transaction: str) -> Voucher:
        """The machine gave the cash back. The same again is answered alike. A sale that comes after its cancellation
        is refused.

        Raises NotFoundError, IllegalTransitionError (it was used), InvalidInputError (too late: a payer has the code
        and the operator the cash), BusyError.
        """
        voucher_id = voucher_id_of(f"{account.gateway}\x1f{account.account_id}\x1f{transaction}")
        for _ in attempts(self._sleep):
            taken = self._books.commit([], claims={_turn(voucher_id): CANCELLED})
            if taken is not CommitOutcome.CONFLICT:
                break
        voucher = self._vouchers.get(voucher_id)
        is_late = voucher is not None and self._clock.now() > voucher.created_at + CANCEL_WITHIN
        if voucher is not None and voucher.state is VoucherState.ISSUED and is_late:
            raise InvalidInputError.of("transaction", "too_late_to_cancel")
        return self._ended(voucher_id, VoucherEvent.CANCEL)

    def expire(self, voucher_id: str) -> Voucher:
        """Set the money of a code that nobody used aside, once it is time; before that, or after, as it stands.

        Raises NotFoundError, BusyError.
        """
        voucher = self._vouchers.get(voucher_id)
        if voucher is None:
            raise NotFoundError("voucher")
        if voucher.next_step_at is None or voucher.next_step_at > self._clock.now():
            return voucher
        return self._ended(voucher_id, VoucherEvent.EXPIRE)

    def _require_not_cancelled(self, voucher_id: str) -> None:
        if self._books.holder(_turn(voucher_id)) == CANCELLED:
            raise VOUCHER_STATES.refusal(VoucherState.CANCELLED, VoucherEvent.ISSUE)

    def _ended(self, voucher_id: str, event: VoucherEvent) -> Voucher:
        for _ in attempts(self._sleep):
            voucher, holding = self._with_holding(voucher_id)
            if voucher.history[-1].event == event:
                return voucher
            if not VOUCHER_STATES.allows(voucher.state, event):
                if event is VoucherEvent.EXPIRE:
                    return voucher
                raise VOUCHER_STATES.refusal(voucher.state, event)
            now = self._clock.now()
            after = changed(voucher, event, now)
            moves = [Move(voucher, after), holding_move(holding, voucher.holder, -voucher.amount)]
            if self._books.commit(moves, transaction=_ended_entry(after, event, now)) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the voucher kept changing")

    def _with_holding(self, voucher_id: str) -> tuple[Voucher, Holding | None]:
        """The holding is read first: what the voucher, read after it, can still pay is in it."""
        known = self._vouchers.get(voucher_id)
        holding = self._vouchers.holding(known.holder) if known else None
        voucher = self._vouchers.get(voucher_id) if known else None
        if voucher is None:
            raise NotFoundError("voucher")
        return voucher, holding

    def _new(self, command: IssueVoucher, holder: str, code: str) -> Voucher:
        now = self._clock.now()
        return Voucher(
            voucher_id=command.voucher_id,
            amount=command.amount,
            currency=command.currency,
            state=VOUCHER_STATES.initial,
            holder=holder,
            code_digest=self._derivation.cash_code_digest(code),
            sold_by=command.account.gateway,
            account_id=command.account.account_id,
            transaction=command.transaction,
            created_at=now,
            updated_at=now,
            expires_at=now + LIFETIME,
            correlation_id=command.correlation_id,
            history=(Entry(VoucherEvent.ISSUE, now, command.amount),),
        )


def holding_move(holding: Holding | None, holder: str, movement: int) -> Move:
    """What the holder has, after `movement` fils; `holding` as read before the voucher that they are of."""
    return Move(holding, held(holding or Holding(holder, 0, 0), movement))


def _require_room(command: IssueVoucher, holding: Holding | None) -> None:
    kind = command.identifier.partition(":")[0]
    if kind not in HOLDING_MAX:
        raise InvalidInputError.of("identifier", "bad_format")
    if command.currency != "BHD":
        raise InvalidInputError.of("currency", "unsupported_currency")
    if command.amount < AMOUNT_MIN:
        raise InvalidInputError.of("amount", "below_minimum")
    if (holding.amount if holding else 0) + command.amount > HOLDING_MAX[kind]:
        raise InvalidInputError.of("amount", "above_holding_cap")


def _entry(
    voucher: Voucher, kind: TransactionKind, prefix: str, postings: Sequence[Posting], now: datetime
) -> LedgerTransaction:
    return LedgerTransaction(
        transaction_id=f"{prefix}_{voucher.voucher_id}",
        kind=kind,
        posting_day=business_date(now),
        business_date=business_date(now),
        posted_at=now,
        captured_at=now,
        postings=tuple(postings),
        currency=voucher.currency,
        agency=PLATFORM_AGENCY,
        service="",
        reference="",
        payment_id=voucher.voucher_id,
        gateway=voucher.sold_by,
        account_id=voucher.account_id,
        gateway_transaction=voucher.transaction,
        rrn="",
        correlation_id=voucher.correlation_id,
    )


def _issued(voucher: Voucher, command: IssueVoucher) -> LedgerTransaction:
    """The operator owes what its machine took; the platform owes it to whoever has the code."""
    posting = Posting(gateway_clearing(voucher.sold_by, voucher.account_id), vouchers_outstanding(), voucher.amount)
    entry = _entry(voucher, TransactionKind.VOUCHER_ISSUED, "vis", [posting], voucher.created_at)
    day = business_date(command.paid_at, command.account.cutoff)
    return replace(entry, captured_at=command.paid_at, business_date=day)


def _ended_entry(voucher: Voucher, event: VoucherEvent, now: datetime) -> LedgerTransaction:
    """Back to the operator's debt where the cash went back; into what nobody asked for where the code ran out."""
    if event is VoucherEvent.CANCEL:
        clearing = gateway_clearing(voucher.sold_by, voucher.account_id)
        posting = Posting(vouchers_outstanding(), clearing, voucher.amount)
        return _entry(voucher, TransactionKind.VOUCHER_CANCELLED, "vca", [posting], now)
    posting = Posting(vouchers_outstanding(), dormant(PLATFORM_AGENCY), voucher.amount)
    return _entry(voucher, TransactionKind.VOUCHER_EXPIRED, "vex", [posting], now)


def change_of(voucher: Voucher, amount: int, derivation: Derivation, now: datetime) -> tuple[Voucher, str]:
    """A new voucher of `amount` fils for what `voucher` leaves, for the same holder and as long, and its code."""
    voucher_id = voucher_id_of(f"change\x1f{voucher.voucher_id}")
    code = derivation.cash_code(voucher_id)
    left = replace(
        voucher,
        voucher_id=voucher_id,
        amount=amount,
        code_digest=derivation.cash_code_digest(code),
        created_at=now,
        updated_at=now,
        parent=voucher.voucher_id,
        history=(Entry(VoucherEvent.ISSUE, now, amount),),
    )
    return left, code


def request_digest(*parts: str) -> str:
    """32 hexadecimal digits of what a request says."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
