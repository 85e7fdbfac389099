"""A bank takes a capture back: the money is held when its notice comes, and goes back to the agency or to the bank."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from mizan.application.giving_back import chargeback_entry, reopen
from mizan.application.ports import Clock, Derivation, InvoiceRepository, PaymentRepository
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import DisputeRepository
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.disputes import DISPUTE_STATES, Dispute, DisputeEvent, DisputeState, changed
from mizan.domain.errors import BusyError, IdempotencyConflictError, InvalidInputError, NotFoundError
from mizan.domain.headroom import HeadroomError, consume, portions_of, release, reserve
from mizan.domain.history import Entry
from mizan.domain.invoices import as_of
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import Payment, PaymentEvent
from mizan.domain.payments import changed as changed_payment
from mizan.domain.references import PROBE_COUNT_MAX

RETRY_COUNT_MAX = 8
EVIDENCE_COUNT_MAX = 20


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A bank's notice: its own `case_number` makes a repeat the same dispute. `amount` in fils; None: all that is
    left.
    """

    payment_id: str
    case_number: str
    reason: str
    respond_by: datetime
    fingerprint: str
    correlation_id: str
    amount: int | None = None


class Disputes:
    def __init__(
        self,
        *,
        invoices: InvoiceRepository,
        payments: PaymentRepository,
        disputes: DisputeRepository,
        books: Books,
        derivation: Derivation,
        clock: Clock,
    ) -> None:
        self._invoices, self._payments, self._disputes = invoices, payments, disputes
        self._books, self._derivation, self._clock = books, derivation, clock

    def open(self, command: OpenDispute, *, caller: Caller) -> tuple[Dispute, bool]:
        """The dispute with its money held, and whether this call made it.

        Raises NotFoundError, InvalidInputError (more than is left: a refund is under way or done),
        IllegalTransitionError (the payment holds no money, or is disputed already), IdempotencyConflictError,
        BusyError.
        """
        for _ in range(RETRY_COUNT_MAX):
            payment = self._payments.get(command.payment_id)
            if payment is None or not caller.may_see(payment.agency):
                raise NotFoundError("payment")
            made = self._made_before(command, payment)
            if isinstance(made, Dispute):
                return made, False
            now = self._clock.now()
            dispute, held = self._held(command, payment, made, caller, now)
            if self._books.commit([Move(payment, held), Move(None, dispute)]) is CommitOutcome.COMMITTED:
                return dispute, True
        raise BusyError("the payment kept changing")

    def show(self, dispute_id: str, *, caller: Caller) -> Dispute:
        """Raises NotFoundError for what does not exist or is another agency's."""
        dispute = self._disputes.get(dispute_id)
        if dispute is None or not caller.may_see(dispute.agency):
            raise NotFoundError("dispute")
        return dispute

    def list_of(self, payment_id: str, *, caller: Caller) -> list[Dispute]:
        """A payment's disputes, oldest first. Raises NotFoundError."""
        payment = self._payments.get(payment_id)
        if payment is None or not caller.may_see(payment.agency):
            raise NotFoundError("payment")
        return [one for one in self._disputes.list_of_invoice(payment.reference) if one.payment_id == payment_id]

    def answer(self, dispute_id: str, event: DisputeEvent, *, caller: Caller, note: str | None = None) -> Dispute:
        """ADD_EVIDENCE with a note, REPRESENT; the same again is answered alike. Raises IllegalTransitionError."""
        for _ in range(RETRY_COUNT_MAX):
            dispute = self.show(dispute_id, caller=caller)
            if event is DisputeEvent.REPRESENT and dispute.state is DisputeState.REPRESENTED:
                return dispute
            if note is not None and dispute.evidence[-1:] == (note,):
                return dispute
            if note is not None and len(dispute.evidence) >= EVIDENCE_COUNT_MAX:
                raise InvalidInputError.of("note", "too_many")
            evidence = (*dispute.evidence, note) if note is not None else dispute.evidence
            after = changed(dispute, event, self._clock.now(), actor=maker_of(caller), evidence=evidence)
            if self._books.commit([Move(dispute, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the dispute kept changing")

    def decide(self, dispute_id: str, event: DisputeEvent, *, caller: Caller) -> Dispute:
        """WIN, LOSE or ACCEPT: the held money is free again, or gone and its invoice owed again. One transaction.

        The same decision again is answered alike. Raises NotFoundError, IllegalTransitionError, BusyError.
        """
        for _ in range(RETRY_COUNT_MAX):
            dispute = self.show(dispute_id, caller=caller)
            is_won = event is DisputeEvent.WIN
            if dispute.state is (DisputeState.WON if is_won else DisputeState.LOST):
                return dispute
            if not DISPUTE_STATES.allows(dispute.state, event):
                raise DISPUTE_STATES.refusal(dispute.state, event)
            payment = self._payments.get(dispute.payment_id)
            if payment is None:
                raise NotFoundError("payment")
            now = self._clock.now()
            after = changed(dispute, event, now, actor=maker_of(caller))
            moves, transaction = self._won(dispute, payment, now) if is_won else self._lost(dispute, payment, now)
            done = self._books.commit([Move(dispute, after), *moves], transaction=transaction)
            if done is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the dispute kept changing")

    def _won(self, dispute: Dispute, payment: Payment, now: datetime) -> tuple[list[Move], LedgerTransaction | None]:
        lines = release(payment, dispute.portions)
        after = changed_payment(payment, PaymentEvent.WIN_DISPUTE, now, amount=dispute.amount, lines=lines)
        return [Move(payment, after)], None

    def _lost(self, dispute: Dispute, payment: Payment, now: datetime) -> tuple[list[Move], LedgerTransaction | None]:
        stored = {one.reference: one for one in self._invoices.get_many([line.reference for line in payment.lines])}
        aged = {reference: as_of(invoice, now) for reference, invoice in stored.items()}
        reopened = reopen(payment, consume(payment, dispute.portions), dispute.portions, aged, now)
        after = changed_payment(payment, PaymentEvent.LOSE_DISPUTE, now, amount=dispute.amount, lines=reopened.lines)
        moves = [Move(stored[invoice.reference], invoice) for _, invoice in reopened.invoices]
        return [Move(payment, after), *moves], chargeback_entry(payment, dispute.dispute_id, dispute.portions, now)

    def _made_before(self, command: OpenDispute, payment: Payment) -> Dispute | str:
        """The dispute that this case made, or the id that it shall have."""
        identity = _identity(command, payment)
        for probe in range(PROBE_COUNT_MAX):
            dispute_id = self._derivation.dispute_id(payment.reference, identity, probe)
            existing = self._disputes.get(dispute_id)
            if existing is None:
                return dispute_id
            if existing.identity == identity:
                if existing.fingerprint != command.fingerprint:
                    raise IdempotencyConflictError("the same case came before with another body")
                return existing
        raise BusyError("no free dispute id")

    def _held(
        self, command: OpenDispute, payment: Payment, dispute_id: str, caller: Caller, now: datetime
    ) -> tuple[Dispute, Payment]:
        amount = command.amount or payment.refundable
        try:
            portions = portions_of(payment, amount)
            lines = reserve(payment, portions)
        except HeadroomError:
            raise InvalidInputError.of("amount", "above_refundable") from None
        maker = maker_of(caller)
        held = changed_payment(
            payment, PaymentEvent.DISPUTE, now, amount=amount, actor=maker, lines=lines, is_final=True
        )
        if not portions:
            raise InvalidInputError.of("amount", "nothing_refundable")
        return (
            Dispute(
                dispute_id=dispute_id,
                payment_id=payment.payment_id,
                payment_reference=payment.reference,
                agency=payment.agency,
                portions=portions,
                currency=payment.capture.currency if payment.capture else payment.currency,
                state=DISPUTE_STATES.initial,
                case_number=command.case_number,
                reason=command.reason,
                maker=maker,
                created_at=now,
                updated_at=now,
                respond_by=command.respond_by,
                identity=_identity(command, payment),
                fingerprint=command.fingerprint,
                correlation_id=command.correlation_id,
                history=(Entry(DisputeEvent.NOTIFY, now, amount, maker),),
            ),
            held,
        )


def _identity(command: OpenDispute, payment: Payment) -> str:
    parts = [payment.payment_id, payment.gateway, command.case_number]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
