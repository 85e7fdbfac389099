"""How the journal and the lines of a settlement file find each other, and what a disagreement is called.

A capture's key is the track id (the attempt's 24 digits), then the gateway's transaction id; what went back is joined
first, by its own transaction (`returns`): a void that the journal has takes no purchase with it. Nothing is closed on a
tolerance, and where two counterparts are possible none is chosen. Every row of the input comes out exactly once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mizan.domain.reconciliation.entries import (
    Action,
    Classified,
    Difference,
    GatewayLine,
    KnownPayment,
    Match,
    PlatformEntry,
)
from mizan.domain.reconciliation.groups import Group, grouped
from mizan.domain.reconciliation.reasons import Reason
from mizan.domain.reconciliation.returns import join_returns

RULES_VERSION = "2"
"""Part of what a run was made from: rules that change make new runs of the days they still look at."""

UNMATCHED = {Action.REFUND: Reason.REFUND_UNMATCHED, Action.CHARGEBACK: Reason.CHARGEBACK_UNMATCHED}


class Classifier:
    """`look_up`: what the platform knows about a track id; `is_awaited`: whether the gateway still has time."""

    def __init__(
        self, look_up: Callable[[str], KnownPayment | None], is_awaited: Callable[[PlatformEntry], bool]
    ) -> None:
        self._look_up, self._is_awaited = look_up, is_awaited
        self._matches: list[Match] = []
        self._differences: list[Difference] = []
        self._lonely_entries: list[PlatformEntry] = []
        self._lonely_returns: list[PlatformEntry] = []
        self._strangers: list[Group] = []

    def classify(self, entries: Iterable[PlatformEntry], lines: Iterable[GatewayLine]) -> Classified:
        entries, lines = list(entries), list(lines)
        purchases = [line for line in lines if line.action is Action.PURCHASE]
        given_back = self._judge_returns(entries, [line for line in lines if line.action is not Action.PURCHASE])
        captures = [entry for entry in entries if not entry.went_back]
        for group in grouped(captures, [*purchases, *given_back]):
            self._judge(group)
        self._find_by_transaction()
        for group in self._strangers:
            self._explain(group)
        for entry in (*self._lonely_entries, *self._lonely_returns):
            reason = Reason.AWAITING_GATEWAY if self._is_awaited(entry) else Reason.MISSING_AT_GATEWAY
            self._differ(reason, entry)
        return Classified(tuple(self._matches), tuple(self._differences))

    def _judge_returns(self, entries: Iterable[PlatformEntry], lines: Sequence[GatewayLine]) -> tuple[GatewayLine, ...]:
        """What went back in the journal, with its lines; those that it does not name are left."""
        returns = join_returns((entry for entry in entries if entry.went_back), lines)
        for entry, line in returns.pairs:
            reason = _value_reason(-entry.amount, entry.currency, line)
            if reason is None:
                self._matches.append(Match(entry, (line,)))
            else:
                self._differ(reason, entry, (line,))
        for entry in returns.unclear_entries:
            self._differ(Reason.AMBIGUOUS, entry)
        for line in returns.unclear_lines:
            self._differ(Reason.AMBIGUOUS, None, (line,))
        self._lonely_returns += returns.lonely
        return returns.lines

    def _differ(
        self,
        reason: Reason,
        entry: PlatformEntry | None = None,
        lines: tuple[GatewayLine, ...] = (),
        known: KnownPayment | None = None,
    ) -> None:
        self._differences.append(Difference(reason, entry, lines, known))

    def _differ_each(self, reason: Reason, group: Group, known: KnownPayment | None = None) -> None:
        """Every purchase, pair and void of the group on its own."""
        for line in (*group.purchases, *group.voids):
            self._differ(reason, None, (line,), known)
        for pair in group.pairs:
            self._differ(reason, None, pair, known)

    def _judge(self, group: Group) -> None:
        group.pair_voids()
        for line in group.returns:
            self._explain_return(line)
        if len(group.entries) > 1:
            for entry in group.entries:
                self._differ(Reason.AMBIGUOUS, entry)
            self._differ_each(Reason.AMBIGUOUS, group)
        elif group.entries:
            self._judge_entry(group.entries[0], group)
        else:
            self._strangers.append(group)

    def _judge_entry(self, entry: PlatformEntry, group: Group) -> None:
        if group.purchases:
            self._choose(entry, group.purchases)
            self._settle_voids(group, are_pairs_agreed=True)
            return
        taken_back = tuple(line for pair in group.pairs for line in pair) + tuple(group.voids)
        if not taken_back:
            self._lonely_entries.append(entry)
            return
        known = self._look_up(entry.track_id)
        if known is not None and known.is_taken_back and len(group.pairs) == 1 and not group.voids:
            purchase, void = group.pairs[0]
            self._compare(entry, purchase)
            self._differ(Reason.LATE, None, (void,), replace(known, amount=-(known.amount or 0)))
        else:
            self._differ(Reason.STATUS_MISMATCH, entry, taken_back)

    def _choose(self, entry: PlatformEntry, purchases: list[GatewayLine]) -> None:
        same = [line for line in purchases if line.tran_id == entry.gateway_transaction]
        if len(purchases) == 1:
            self._compare(entry, purchases[0])
        elif len(same) == 1:
            self._compare(entry, same[0])
            for line in purchases:
                if line is not same[0]:
                    self._differ(Reason.DUPLICATE_AT_GATEWAY, None, (line,), _known(entry))
        else:
            self._differ(Reason.AMBIGUOUS, entry)
            for line in purchases:
                self._differ(Reason.AMBIGUOUS, None, (line,))

    def _compare(self, entry: PlatformEntry, line: GatewayLine) -> None:
        reason = _value_reason(entry.amount, entry.currency, line)
        is_same = entry.track_id == line.track_id and entry.gateway_transaction == line.tran_id
        if reason is None and is_same:
            self._matches.append(Match(entry, (line,)))
        else:
            self._differ(reason or Reason.REF_REPAIRED, entry, (line,))

    def _settle_voids(self, group: Group, *, are_pairs_agreed: bool, known: KnownPayment | None = None) -> None:
        for pair in group.pairs:
            if are_pairs_agreed:
                self._matches.append(Match(None, pair))
            else:
                self._differ(Reason.STATUS_MISMATCH, None, pair, known)
        for void in group.voids:
            self._differ(Reason.STATUS_MISMATCH, None, (void,), known)

    def _find_by_transaction(self) -> None:
        """Second key: entries without a line and lines without an entry that name the same gateway transaction."""
        entries: defaultdict[str, list[PlatformEntry]] = defaultdict(list)
        for entry in self._lonely_entries:
            if entry.gateway_transaction:
                entries[entry.gateway_transaction].append(entry)
        lines: defaultdict[str, list[GatewayLine]] = defaultdict(list)
        for line in (line for group in self._strangers for line in group.purchases):
            if line.tran_id in entries:
                lines[line.tran_id].append(line)
        for transaction in sorted(lines):
            self._join(entries[transaction], lines[transaction])
        found = {line.line for group in lines.values() for line in group}
        claimed = {entry.transaction_id for transaction in lines for entry in entries[transaction]}
        self._lonely_entries = [entry for entry in self._lonely_entries if entry.transaction_id not in claimed]
        for group in self._strangers:
            group.purchases = [line for line in group.purchases if line.line not in found]

    def _join(self, entries: list[PlatformEntry], lines: list[GatewayLine]) -> None:
        if len(entries) == 1 and len(lines) == 1:
            self._compare(entries[0], lines[0])
            return
        for entry in entries:
            self._differ(Reason.AMBIGUOUS, entry)
        for line in lines:
            self._differ(Reason.AMBIGUOUS, None, (line,))

    def _explain_return(self, line: GatewayLine) -> None:
        """A refund or chargeback that the day's journal does not have: booked on another day, or never asked for."""
        known = self._look_up(line.track_id)
        if known is not None and known.amount is not None and known.amount < 0:
            reason = _value_reason(-known.amount, known.currency, line) or Reason.LATE
        elif known is not None and line.action is Action.CHARGEBACK and known.state == "charged_back":
            reason, known = Reason.LATE, replace(known, amount=None)
        else:
            reason, known = UNMATCHED[line.action], replace(known, amount=None) if known is not None else None
        self._differ(reason, None, (line,), known)

    def _explain(self, group: Group) -> None:
        """Lines that the day's journal does not know: what else does the platform know about them?"""
        rows = [*group.purchases, *group.voids, *(line for pair in group.pairs for line in pair)]
        if not rows:
            return
        known = self._look_up(rows[0].track_id)
        if known is None:
            self._differ_each(Reason.MISSING_IN_PLATFORM, group)
        elif known.is_captured:
            self._explain_captured(group, known)
        elif known.is_voided:
            self._explain_voided(group, known)
        else:
            self._differ_each(Reason.STATUS_MISMATCH, group, known)

    def _explain_captured(self, group: Group, known: KnownPayment) -> None:
        """Recorded on another business day, or posted after the window that the day is read over."""
        same = [line for line in group.purchases if line.tran_id == known.gateway_transaction]
        one = group.purchases[0] if len(group.purchases) == 1 else same[0] if len(same) == 1 else None
        for line in group.purchases:
            reason = Reason.AMBIGUOUS if one is None else Reason.DUPLICATE_AT_GATEWAY
            if line is one:
                reason = _value_reason(known.amount or 0, known.currency, line) or Reason.LATE
            self._differ(reason, None, (line,), known)
        if known.is_taken_back:
            self._settle_late(group, known)
        else:
            self._settle_voids(group, are_pairs_agreed=bool(group.purchases), known=known)

    def _settle_late(self, group: Group, known: KnownPayment) -> None:
        """Taken back here too, both booked on other business days than the file's."""
        for pair in group.pairs:
            self._differ(Reason.LATE, None, pair, replace(known, amount=0))
        for void in group.voids:
            self._differ(Reason.LATE, None, (void,), replace(known, amount=-(known.amount or 0)))

    def _explain_voided(self, group: Group, known: KnownPayment) -> None:
        for line in group.purchases:
            self._differ(Reason.STATUS_MISMATCH, None, (line,), known)
        for lines in [*group.pairs, *((void,) for void in group.voids)]:
            self._matches.append(Match(None, lines))


def _value_reason(amount: int, currency: str, line: GatewayLine) -> Reason | None:
    if currency != line.currency:
        return Reason.CURRENCY_MISMATCH
    if line.amount == amount:
        return None
    return Reason.AMOUNT_OVER if line.amount > amount else Reason.AMOUNT_UNDER


def _known(entry: PlatformEntry) -> KnownPayment:
    """The attempt that was charged twice: named on the second charge, whose own platform amount is nothing."""
    return KnownPayment(
        payment_id=entry.payment_id,
        reference=entry.reference,
        agency=entry.agency,
        service=entry.service,
        state="succeeded",
        amount=None,
        currency=entry.currency,
        gateway_transaction=entry.gateway_transaction,
        correlation_id=entry.correlation_id,
    )
