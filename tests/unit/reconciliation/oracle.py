"""An independent matcher: plain Python over whole sides, one row at a time, written from the taxonomy and not from the
rules. It knows nothing of DuckDB, of clean pairs or of groups as objects, and answers a verdict per row.
"""

from collections.abc import Sequence

from mizan.domain.reconciliation.entries import GatewayLine, PlatformEntry

TAKING_BACK = ("VOID", "REVERSAL")
UNMATCHED = {"REFUND": "REFUND_UNMATCHED", "CHARGEBACK": "CHARGEBACK_UNMATCHED"}

Verdicts = tuple[dict[str, str], dict[int, str]]
"""By transaction id and by line number: MATCHED or the reason."""


def judge(entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine]) -> Verdicts:
    """Nothing is known beside the two sides, and no entry is awaited any more."""
    of_entries, of_lines = _given_back(entries, lines)
    entries = [entry for entry in entries if entry.amount > 0]
    lines = [line for line in lines if line.line not in of_lines]
    taken = _taken_back(lines)
    return (
        of_entries | {entry.transaction_id: _verdict_of_entry(entry, entries, lines, taken) for entry in entries},
        of_lines | {line.line: _verdict_of_line(line, entries, lines, taken) for line in lines},
    )


def _given_back(entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine]) -> Verdicts:
    """Entries below zero, all of them, and the lines that they account for: each takes the only line that names its
    transaction and reference, then the only one that is left of its transaction.
    """
    of_entries: dict[str, str] = {}
    of_lines: dict[int, str] = {}
    mine = [entry for entry in entries if entry.amount < 0]
    for entry in mine:
        rivals = [other for other in mine if other.gateway_transaction == entry.gateway_transaction]
        there = [ln for ln in lines if ln.action != "PURCHASE" and ln.tran_id == entry.gateway_transaction != ""]
        exact = [line for line in there if line.rrn == entry.rrn != ""]
        if len(exact) == 1 and sum(other.rrn == entry.rrn for other in rivals) == 1:
            _settle(entry, exact[0], of_entries, of_lines)
    for entry in mine:
        if entry.transaction_id in of_entries:
            continue
        free = [other for other in mine if other.gateway_transaction == entry.gateway_transaction]
        rivals = [other for other in free if of_entries.get(other.transaction_id, "AMBIGUOUS") == "AMBIGUOUS"]
        there = [ln for ln in lines if ln.action != "PURCHASE" and ln.tran_id == entry.gateway_transaction != ""]
        open_lines = [line for line in there if of_lines.get(line.line, "AMBIGUOUS") == "AMBIGUOUS"]
        if not open_lines:
            of_entries[entry.transaction_id] = "MISSING_AT_GATEWAY"
        elif len(rivals) == len(open_lines) == 1:
            _settle(entry, open_lines[0], of_entries, of_lines)
        else:
            of_entries[entry.transaction_id] = "AMBIGUOUS"
            of_lines |= {line.line: "AMBIGUOUS" for line in open_lines}
    return of_entries, of_lines


def _settle(entry: PlatformEntry, line: GatewayLine, of_entries: dict[str, str], of_lines: dict[int, str]) -> None:
    verdict = "CURRENCY_MISMATCH" if entry.currency != line.currency else "MATCHED"
    if verdict == "MATCHED" and line.amount != -entry.amount:
        verdict = "AMOUNT_OVER" if line.amount > -entry.amount else "AMOUNT_UNDER"
    of_entries[entry.transaction_id] = of_lines[line.line] = verdict


def _taken_back(lines: Sequence[GatewayLine]) -> dict[int, int]:
    """Purchase and void of each pair, both ways: each void takes the first free purchase of its own payment."""
    partner: dict[int, int] = {}
    for void in lines:
        if void.action not in TAKING_BACK:
            continue
        for purchase in lines:
            is_its_own = (
                purchase.action == "PURCHASE"
                and purchase.line not in partner
                and purchase.track_id == void.track_id
                and purchase.gateway_payment == void.gateway_payment
                and (purchase.amount, purchase.currency) == (void.amount, void.currency)
            )
            if is_its_own:
                partner[purchase.line], partner[void.line] = void.line, purchase.line
                break
    return partner


def _live(track: str, lines: Sequence[GatewayLine], taken: dict[int, int]) -> list[GatewayLine]:
    return [ln for ln in lines if ln.track_id == track and ln.action == "PURCHASE" and ln.line not in taken]


def _of_track(track: str, entries: Sequence[PlatformEntry]) -> list[PlatformEntry]:
    return [entry for entry in entries if entry.track_id == track]


def _compare(entry: PlatformEntry, line: GatewayLine) -> str:
    if entry.currency != line.currency:
        return "CURRENCY_MISMATCH"
    if line.amount > entry.amount:
        return "AMOUNT_OVER"
    if line.amount < entry.amount:
        return "AMOUNT_UNDER"
    is_same = entry.track_id == line.track_id and entry.gateway_transaction == line.tran_id
    return "MATCHED" if is_same else "REF_REPAIRED"


def _is_lonely(
    entry: PlatformEntry, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], taken: dict[int, int]
) -> bool:
    """The only entry of its track, which no purchase or void names."""
    if len(_of_track(entry.track_id, entries)) > 1:
        return False
    return not any(ln.track_id == entry.track_id and ln.action not in UNMATCHED for ln in lines)


def _is_stranger(
    line: GatewayLine, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], taken: dict[int, int]
) -> bool:
    """A purchase that stands, under a track id that no entry has."""
    return line.action == "PURCHASE" and line.line not in taken and not _of_track(line.track_id, entries)


def _verdict_of_entry(
    entry: PlatformEntry, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], taken: dict[int, int]
) -> str:
    if len(_of_track(entry.track_id, entries)) > 1:
        return "AMBIGUOUS"
    live = _live(entry.track_id, lines, taken)
    if live:
        line = _chosen(entry, live)
        return _compare(entry, line) if line else "AMBIGUOUS"
    if not _is_lonely(entry, entries, lines, taken):
        return "STATUS_MISMATCH"
    mine, theirs = _by_transaction(entry.gateway_transaction, entries, lines, taken)
    if not theirs:
        return "MISSING_AT_GATEWAY"
    return _compare(entry, theirs[0]) if len(mine) == len(theirs) == 1 else "AMBIGUOUS"


def _verdict_of_line(
    line: GatewayLine, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], taken: dict[int, int]
) -> str:
    own = _of_track(line.track_id, entries)
    live = _live(line.track_id, lines, taken)
    if line.action in UNMATCHED or len(own) > 1:
        return UNMATCHED.get(str(line.action), "AMBIGUOUS")
    if own and (line.line in taken or line.action in TAKING_BACK):
        return "MATCHED" if live and line.line in taken else "STATUS_MISMATCH"
    if own:
        return _verdict_beside(own[0], line, live)
    mine: list[PlatformEntry] = []
    theirs: list[GatewayLine] = []
    if _is_stranger(line, entries, lines, taken):
        mine, theirs = _by_transaction(line.tran_id, entries, lines, taken)
    if not mine:
        return "MISSING_IN_PLATFORM"
    return _compare(mine[0], line) if len(mine) == len(theirs) == 1 else "AMBIGUOUS"


def _verdict_beside(entry: PlatformEntry, line: GatewayLine, live: Sequence[GatewayLine]) -> str:
    """Of one of the purchases that stand under an entry's track id."""
    chosen = _chosen(entry, live)
    if chosen is None:
        return "AMBIGUOUS"
    return _compare(entry, line) if chosen.line == line.line else "DUPLICATE_AT_GATEWAY"


def _chosen(entry: PlatformEntry, live: Sequence[GatewayLine]) -> GatewayLine | None:
    if len(live) == 1:
        return live[0]
    same = [line for line in live if line.tran_id == entry.gateway_transaction]
    return same[0] if len(same) == 1 else None


def _by_transaction(
    transaction: str, entries: Sequence[PlatformEntry], lines: Sequence[GatewayLine], taken: dict[int, int]
) -> tuple[list[PlatformEntry], list[GatewayLine]]:
    if not transaction:
        return [], []
    mine = [e for e in entries if e.gateway_transaction == transaction and _is_lonely(e, entries, lines, taken)]
    theirs = [ln for ln in lines if ln.tran_id == transaction and _is_stranger(ln, entries, lines, taken)]
    return mine, theirs
