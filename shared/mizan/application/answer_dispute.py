"""Answer a bank's dispute: the agency's evidence, note by note, then its representation."""

import time

from mizan.application.ports import Clock
from mizan.application.ports_books import Books, CommitOutcome, Move
from mizan.application.ports_refunds_store import DisputeRepository
from mizan.application.read_disputes import show_dispute
from mizan.application.trying_again import Sleep, attempts
from mizan.domain.accounts import Caller, maker_of
from mizan.domain.disputes import Dispute, DisputeEvent, changed
from mizan.domain.errors import BusyError, InvalidInputError

EVIDENCE_COUNT_MAX = 20


class DisputeAnswers:
    """Both are idempotent by their outcome: a note is kept once, a dispute represented once."""

    def __init__(self, *, disputes: DisputeRepository, books: Books, clock: Clock, sleep: Sleep = time.sleep) -> None:
        self._disputes, self._books, self._clock, self._sleep = disputes, books, clock, sleep

    def add_evidence(self, dispute_id: str, note: str, *, caller: Caller) -> Dispute:
        """Raises NotFoundError, InvalidInputError (too many notes), IllegalTransitionError, BusyError."""
        for _ in attempts(self._sleep):
            dispute = show_dispute(dispute_id, caller=caller, disputes=self._disputes)
            if note in dispute.evidence:
                return dispute
            if len(dispute.evidence) >= EVIDENCE_COUNT_MAX:
                raise InvalidInputError.of("note", "too_many")
            evidence = (*dispute.evidence, note)
            now, actor = self._clock.now(), maker_of(caller)
            after = changed(dispute, DisputeEvent.ADD_EVIDENCE, now, actor=actor, evidence=evidence)
            if self._books.commit([Move(dispute, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the dispute kept changing")

    def represent(self, dispute_id: str, *, caller: Caller) -> Dispute:
        """The agency stands by the charge; the bank decides. Raises as `add_evidence` does."""
        for _ in attempts(self._sleep):
            dispute = show_dispute(dispute_id, caller=caller, disputes=self._disputes)
            if any(entry.event == DisputeEvent.REPRESENT for entry in dispute.history):
                return dispute
            after = changed(dispute, DisputeEvent.REPRESENT, self._clock.now(), actor=maker_of(caller))
            if self._books.commit([Move(dispute, after)]) is CommitOutcome.COMMITTED:
                return after
        raise BusyError("the dispute kept changing")
