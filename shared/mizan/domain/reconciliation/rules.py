"""How a capture in the journal and the lines of a settlement file find each other, and what a disagreement is called.

The key is the track id (the attempt's 24 digits), then the gateway's transaction id. Nothing is closed on a tolerance,
and where two counterparts are possible none is chosen. Every row of the input comes out exactly once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mizan.domain.reconciliation.entries import (
    Action,
    Classified,
    Difference,
    GatewayLine,
    KnownPayment,
    Match,
    PlatformEntry,
)
from mizan.domain.reconciliation.reasons import Reason

RULES_VERSION = "1"
"""Part of what a run was made from: rules that change make new runs of the days they still look at."""

Pair = tuple[GatewayLine, GatewayLine]


@dataclass(slots=True)
class Group:
    """All rows of one track id. `pairs`: purchases with their voids; `voids`: those whose purchase is not there."""

    entries: list[PlatformEntry] = field(default_factory=list)
    purchases: list[GatewayLine] = field(default_factory=list)
    voids: list[GatewayLine] = field(default_factory=list)
    refunds: list[GatewayLine] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    def pair_voids(self) -> None:
        """A void takes back the purchase of the same gateway payment and amount."""
        orphans = []
        for void in self.voids:
            purchase = next((p for p in self.purchases if _takes_back(void, p)), None)
            if purchase is None:
                orphans.append(void)
            else:
                self.purchases.remove(purchase)
                self.pairs.append((purchase, void))
        self.voids = orphans


class Classifier:
    """`look_up`: what the platform knows about a track id; `is_awaited`: whether the gateway still has time."""

    def __init__(
        self, look_up: Callable[[str], KnownPayment | None], is_awaited: Callable[[PlatformEntry], bool]
    ) -> None:
        self._look_up, self._is_awaited = look_up, is_awaited
        self._matches: list[Match] = []
        self._differences: list[Difference] = []
        self._lonely_entries: list[PlatformEntry] = []
        self._strangers: list[Group] = []

    def classify(self, entries: Iterable[PlatformEntry], lines: Iterable[GatewayLine]) -> Classified:
        for group in _groups(entries, lines):
            self._judge(group)
        self._find_by_transaction()
        for group in self._strangers:
            self._explain(group)
        for entry in self._lonely_entries:
            reason = Reason.AWAITING_GATEWAY if self._is_awaited(entry) else Reason.MISSING_AT_GATEWAY
            self._differ(reason, entry)
        return Classified(tuple(self._matches), tuple(self._differences))

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
        for refund in group.refunds:
            self._differ(Reason.REFUND_UNMATCHED, None, (refund,))
        if len(group.entries) > 1:
            for entry in group.entries:
                self._differ(Reason.AMBIGUOUS, entry)
            self._differ_each(Reason.AMBIGUOUS, group)
        elif group.entries:
            self._judge_entry(group.entries[0], group)
        else:
            self._strangers.append(group)

    def _judge_entry(self, entry: PlatformEntry, group: Group) -> None:
        if not group.purchases:
            taken_back = tuple(line for pair in group.pairs for line in pair) + tuple(group.voids)
            if taken_back:
                self._differ(Reason.STATUS_MISMATCH, entry, taken_back)
            else:
                self._lonely_entries.append(entry)
            return
        self._choose(entry, group.purchases)
        self._settle_voids(group, are_pairs_agreed=True)

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
        self._settle_voids(group, are_pairs_agreed=bool(group.purchases), known=known)

    def _explain_voided(self, group: Group, known: KnownPayment) -> None:
        for line in group.purchases:
            self._differ(Reason.STATUS_MISMATCH, None, (line,), known)
        for lines in [*group.pairs, *((void,) for void in group.voids)]:
            self._matches.append(Match(None, lines))


def _groups(entries: Iterable[PlatformEntry], lines: Iterable[GatewayLine]) -> list[Group]:
    """By track id, in its order; inside, in the order of the input."""
    groups: defaultdict[str, Group] = defaultdict(Group)
    for entry in entries:
        groups[entry.track_id].entries.append(entry)
    for line in lines:
        group = groups[line.track_id]
        {Action.PURCHASE: group.purchases, Action.VOID: group.voids, Action.REFUND: group.refunds}[line.action].append(
            line
        )
    return [groups[track] for track in sorted(groups)]


def _takes_back(void: GatewayLine, purchase: GatewayLine) -> bool:
    return (void.gateway_payment, void.amount, void.currency) == (
        purchase.gateway_payment,
        purchase.amount,
        purchase.currency,
    )


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
